import ArgumentParser
import CNNDiagnostics
import CNNGraph
import CNNLayers
import CNNPlan
import CNNSpec
import CNNYAML

struct ShowPlan: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Print the compiled plan: fused steps with their work, buffers with place and lifetime.")

  enum Target: String, CaseIterable, ExpressibleByArgument { case inference, training }

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String

  @Option(
    name: .customLong("for"),
    help: ArgumentHelp(
      "inference or training; training needs the section `training`. Default: inference.", valueName: "purpose"))
  var target: Target?

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp("Images a step takes; default: the spec's batch_size, or 32.", valueName: "n"))
  var batchSize: Int?

  @Flag(help: "Print the spec with every default instead; it is a spec of the same plan.")
  var resolved = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let batchSize, !(1...65_536).contains(batchSize) {
      throw ValidationError("--batch-size takes 1 to 65536, not \(batchSize)")
    }
    if resolved, target != nil || batchSize != nil {
      throw ValidationError(
        "--resolved prints a spec, on which \(target == nil ? "--batch-size" : "--for") has no effect")
    }
  }

  func run() throws {
    let console = common.console
    let loaded = try SpecInput(spec, console: console).load(specOptions, sections: .model, console: console)
    let spec = loaded.spec
    if resolved { return try printResolved(spec, console) }
    try loaded.checkSize(console: console)
    let compiled = CompiledModel(spec, compiler: Compiler(kernels: try MachineOptions.kernels()), batchSize: batchSize)
    switch target ?? .inference {
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

  /// What is printed is a spec: one that is too long to be read is refused here rather than where it is used.
  private func printResolved(_ spec: Spec, _ console: Console) throws {
    let text = spec.resolvedText
    var bag = DiagnosticBag()
    _ = YAMLReader.read(Array(text.utf8), source: SourceID(index: 0), into: &bag)
    if let fault = bag.diagnostics.first {
      console.fail(
        "with every default written out the spec would be too long to be read again: \(fault.message)",
        help: "`cnnrun summary` and `cnnrun plan` show what it is made of")
      throw Exit(.specFault)
    }
    try console.result(text)
  }
}
