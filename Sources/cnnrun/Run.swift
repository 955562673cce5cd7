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
      Prints the model, trains it, and leaves a run directory with its history, weights and checkpoints: runs/NAME, \
      runs/NAME-2, … (below CNNRUN_RUNS_DIR if that is set), or exactly what --out names.

      A run that was stopped, by whatever, goes on with --resume RUN and needs no spec: it ends with the same bits as if it \
      had not been stopped. SIGINT and SIGTERM end it after the step with a checkpoint, a second one at once; SIGHUP and \
      SIGUSR1 make a checkpoint.
      """)

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var specs: [String] = []

  @Option(help: ArgumentHelp("The run directory, exactly; must not hold anything.", valueName: "dir"))
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Go on with the run in this directory, or of this name below runs, such as latest.", valueName: "run"))
  var resume: String?

  @Option(
    help: ArgumentHelp(
      "Train for so many epochs in all: --set training.epochs. With --resume it makes a finished run longer.",
      valueName: "n"))
  var epochs: Int?

  @Flag(
    name: .customLong("allow-learning-rate-change"),
    help: "Let a resumed run go on with another learning rate than it was trained with.")
  var allowsLearningRate = false

  @Option(
    name: .customLong("checkpoint-minutes"),
    help: ArgumentHelp(
      "Checkpoints are made after each epoch, and within one after so many minutes; 0 for each step. Default: 5.",
      valueName: "n"))
  var checkpointMinutes: Double?

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where the data set's files are.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    name: .customLong("initial-weights"),
    help: ArgumentHelp(
      "Start from these weights, wherever they lie, as from training.initial_weights; of a run, from its best.",
      valueName: "run|file"))
  var initialWeights: String?

  @Flag(
    name: .customLong("skip-mismatch"),
    help: "With --initial-weights: layers that the file has not, or in other shapes, start as without it.")
  var skipsMismatch = false

  @Option(
    help: ArgumentHelp(
      """
      What training may take, such as 2GiB: steps, evaluation and copies of the weights, beside the program and the \
      samples (26 MiB with small ones). It is refused if it needs more. Default: four fifths of what is free.
      """,
      valueName: "amount"))
  var memory: MemoryAmount?

  @Flag(name: .customLong("log-steps"), help: "Write each step's loss and accuracy to steps.csv.")
  var logsSteps = false

  @Flag(name: .customLong("no-report"), help: "Make no report.html, no plots and no tables at the end.")
  var makesNoReport = false

  @Flag(help: "Print one JSON object about the run to stdout, and nothing else there.")
  var json = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  /// `cnnrun WORD` means a spec only if the word looks like one; anything else is a command somebody mistyped.
  func validate() throws {
    guard let first = specs.first else {
      if resume == nil { throw ValidationError("give a spec, or --resume with a run") }
      return try validateOptions()
    }
    if !Self.looksLikeASpec(first) {
      let commands = CNNRun.commandNames
      let hint = Spelling.closest(to: first, among: commands).map { "; did you mean `cnnrun \($0)`?" }
      throw ValidationError(
        "'\(first)' is neither a command nor a spec (a path with a `/`, or a name ending in .yaml, .yml or .json)"
          + (hint ?? ""))
    }
    if specs.count > 1 {
      let hint = specOptions.overrideCut(before: specs[1...]).map { "; write --set \(ShellWord.quoted($0))" } ?? ""
      throw ValidationError("one spec at a time: '\(specs[1])' is too much\(hint)")
    }
    try validateOptions()
  }

  private func validateOptions() throws {
    if let checkpointMinutes, !(0...1e6).contains(checkpointMinutes) {
      throw ValidationError("--checkpoint-minutes takes a number of minutes, not \(checkpointMinutes)")
    }
    if let epochs, !(1...1_000_000).contains(epochs) {
      throw ValidationError("--epochs takes 1 to 1000000, not \(epochs)")
    }
    if skipsMismatch, initialWeights == nil {
      throw ValidationError(
        "--skip-mismatch belongs to --initial-weights; a spec has `initial_weights: {from: FILE, skip_mismatch: true}`")
    }
    if resume == nil {
      if allowsLearningRate { throw ValidationError("--allow-learning-rate-change belongs to --resume") }
      return
    }
    if out != nil { throw ValidationError("a resumed run goes on in its own directory, without --out") }
    if initialWeights != nil {
      throw ValidationError("a resumed run goes on from its own weights, without --initial-weights")
    }
  }

  func run() throws {
    let console = common.console(answersInJSON: json)
    guard json else {
      let result = try train(console)
      result.tell(console)
      if result.status != .fine { throw Exit(result.status) }
      return
    }
    do {
      let result = try train(console)
      if result.state != .done { result.tell(console) }
      try console.result(result.json.text + "\n")
      if result.status != .fine { throw Exit(result.status) }
    } catch let refusal as Refusal {
      // What kept it from beginning is told on stderr.
      try console.result(RunResult.refusal(refusal.exit.status).text + "\n")
      throw refusal.exit
    }
  }

  /// The run could not begin.
  private struct Refusal: Error { let exit: Exit }

  private func train(_ console: Console) throws -> RunResult {
    do { return try make(console).run() } catch let exit as Exit {
      if json { throw Refusal(exit: exit) }
      throw exit
    }
  }

  private func make(_ console: Console) throws -> TrainingRun {
    let kernels = try machine.kernels()
    let threads = try machine.threadCount()
    let overrides = specOptions.overrides + (epochs.map { ["training.epochs=\($0)"] } ?? [])
    var request = RunRequest(overrides: overrides, out: out, dataDirectory: dataDirectory)
    request.initialWeights = initialWeights
    request.skipsMismatch = skipsMismatch
    request.logsSteps = logsSteps
    request.reports = !makesNoReport
    request.memory = memory?.byteCount
    if let checkpointMinutes { request.checkpointSeconds = 60 * checkpointMinutes }
    let loaded: LoadedSpec
    if let resume {
      let resumed = try ResumedRun(
        resume, spec: try specs.first.map { try SpecInput($0, console: console) }, more: overrides,
        allowsLearningRate: allowsLearningRate, console: console)
      request.take(resumed)
      loaded = resumed.loaded
    } else {
      loaded = try SpecInput(specs[0], console: console).load(
        overrides: overrides, sections: .training, console: console)
    }
    let broken = loaded.brokenExpectations(Compiler(kernels: kernels))
    if !broken.isEmpty {
      loaded.report(broken.sorted, console: console)
      throw Exit(.expectation)
    }
    console.answer(loaded.spec.summary(.classic, columns: console.columns) + "\n")
    return try TrainingRun(loaded, request, console: console, kernels: kernels, threads: threads)
  }

  private static func looksLikeASpec(_ word: String) -> Bool {
    word == "-" || word.contains("/") || [".yaml", ".yml", ".json"].contains { word.hasSuffix($0) }
  }
}
