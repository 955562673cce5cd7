import ArgumentParser
import CNNGraph
import CNNLayers
import CNNPlan
import CNNSpec

struct ShowPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print the compiled plan: fused steps with their work, buffers with place and lifetime.")

  enum Target: String, CaseIterable, ExpressibleByArgument { case inference, training }

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp("inference or training; training needs the section `training`.", valueName: "purpose"))
  var target = Target.inference

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp("Images a step takes; default: the spec's batch_size, or 32.", valueName: "n"))
  var batchSize: Int?

  @Flag(help: "Print the spec with every default instead.")
  var resolved = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let batchSize, !(1...65_536).contains(batchSize) {
      throw ValidationError("--batch-size takes 1 to 65536, not \(batchSize)")
    }
  }

  func run() throws {
    let console = common.console
    let loaded = try SpecInput(spec, console: console).load(specOptions, sections: .model, console: console)
    let spec = loaded.spec
    if resolved {
      try console.result(spec.resolvedText)
      return
    }
    try loaded.checkSize(console: console)
    let compiled = CompiledModel(spec, compiler: Compiler(kernels: try machine.kernels()), batchSize: batchSize)
    switch target {
    case .inference: try console.result(compiled.predictionPlan().description)
    case .training:
      guard let plan = compiled.trainingPlan() else {
        console.fail(
          "the spec has no section `training`",
          help: "add `training: {optimizer: adam, loss: categorical_crossentropy}`, or ask for --for inference")
        throw Exit(.specFault)
      }
      try console.result(plan.description)
    }
  }
}
