import ArgumentParser
import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNSession
import CNNSpec

struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Train, evaluate and save the network of a spec.",
    discussion: """
      Prints the model, trains it, and leaves a run directory with its history and weights: runs/NAME, \
      runs/NAME-2, … (below CNNRUN_RUNS_DIR if that is set), or exactly what --out names.
      """)

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var specs: [String]

  @Option(help: ArgumentHelp("The run directory, exactly; must not hold anything.", valueName: "dir"))
  var out: String?

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where the data set's files are.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    name: .customLong("initial-weights"),
    help: ArgumentHelp(
      "Start from these weights, wherever they lie, as from training.initial_weights.", valueName: "file"))
  var initialWeights: String?

  @Flag(name: .customLong("log-steps"), help: "Write each step's loss and accuracy to steps.csv.")
  var logsSteps = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  /// `cnnrun WORD` means a spec only if the word looks like one; anything else is a command somebody mistyped.
  func validate() throws {
    guard let first = specs.first else { return }
    if !Self.looksLikeASpec(first) {
      let commands = CNNRun.commandNames
      let hint = Spelling.closest(to: first, among: commands).map { "; did you mean `cnnrun \($0)`?" }
      throw ValidationError(
        "'\(first)' is neither a command nor a spec (a path with a `/`, or a name ending in .yaml, .yml or .json)"
          + (hint ?? ""))
    }
    if specs.count > 1 { throw ValidationError("one spec at a time: '\(specs[1])' is too much") }
  }

  func run() throws {
    let console = common.console
    let loaded = try SpecInput(specs[0], console: console).load(specOptions, sections: .training, console: console)
    let kernels = try machine.kernels()
    let broken = loaded.brokenExpectations(Compiler(kernels: kernels))
    if !broken.isEmpty {
      loaded.report(broken.sorted, console: console)
      throw Exit(.expectation)
    }
    console.answer(loaded.spec.summary(.classic, columns: console.columns) + "\n")
    var training = try TrainingRun(
      loaded, console: console, kernels: kernels, threads: try machine.threadCount(),
      dataDirectory: dataDirectory)
    try training.run(out: out, initialWeights: initialWeights, logsSteps: logsSteps)
  }

  private static func looksLikeASpec(_ word: String) -> Bool {
    word == "-" || word.contains("/") || [".yaml", ".yml", ".json"].contains { word.hasSuffix($0) }
  }
}
