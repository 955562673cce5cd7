import ArgumentParser
import CNNKernels
import CNNReport
import CNNSession

struct Evaluate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a trained model: loss, metrics, each class, which are taken for which.",
    discussion: """
      On the run's own test split, or if it has none on its validation split, or on what --split or --data name. Loss and \
      metrics are those that the run reports, to the last bit. Contracts of the spec (`expect: {val_accuracy: …}`) on the \
      split that is measured are held to, and those of --fail-under; what does not hold makes the exit status 4.

      --data takes a set known by name, perhaps with a slice (`fashion_mnist`, `mnist:test[:1000]`), a folder with a \
      folder a class, a file (.npz, IDX images beside their labels), or what `source` of a spec takes, as YAML: \
      --data 'csv: {path: a.csv, label: class}'. Its paths are relative to the current folder, those of a run's own data \
      to the folder of its spec.
      """)

  @OptionGroup var trained: TrainedOptions

  @Option(help: ArgumentHelp("Other samples than the spec's: a set, a folder, a file, or YAML.", valueName: "source"))
  var data: String?

  @Option(help: "Which samples of the spec: train, validation or test.")
  var split: EvaluationSamples.Split?

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where data sets' files are.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp(
      "Samples a step. Default: that of the training, which sums to the same last bit.", valueName: "n"))
  var batchSize: Int?

  @Option(
    name: .customLong("fail-under"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "Exit with status 4 if a figure is below, a loss or error above; repeatable.", valueName: "metric=value"))
  var bounds: [FigureBound] = []

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if data != nil, split != nil { throw ValidationError("--split is of the spec's own data, without --data") }
    if let batchSize, !(1...1_000_000).contains(batchSize) {
      throw ValidationError("--batch-size takes 1 to 1000000, not \(batchSize)")
    }
  }

  func run() throws {
    let console = common.console(answersInJSON: json)
    let kernels = try machine.kernels()
    let threads = try machine.threadCount()
    let input = try TrainedInput(trained, overrides: specOptions.overrides, console: console)
    let names = Evaluation.figureNames(of: input)
    for bound in bounds where !names.contains(bound.name) {
      console.fail(
        "--fail-under knows no `\(bound.name)`", help: "measured are \(names.joined(separator: ", "))")
      throw Exit(.usage)
    }
    let samples =
      if let data {
        try EvaluationSamples(
          data, of: input, overrides: input.overrides, dataDirectory: dataDirectory, batchSize: batchSize,
          threads: threads, console: console)
      } else {
        try EvaluationSamples(
          of: input, split, dataDirectory: dataDirectory, batchSize: batchSize, threads: threads, console: console)
      }
    let evaluation = Evaluation(
      input: input, samples: samples, batchSize: batchSize, threads: threads, kernels: kernels, console: console)
    var report = try evaluation.run()
    let broken = evaluation.broken(by: report.figures)
    let missed = bounds.compactMap { $0.failure(report.figures) }
    report.failures = broken.map(\.message) + missed
    let status: ExitStatus = report.failures.isEmpty ? .fine : .expectation
    try console.result(
      json
        ? report.json(toolVersion: cnnrunVersion, exitStatus: Int(status.rawValue)).text + "\n"
        : report.text(columns: console.columns) + "\n")
    if !broken.isEmpty { samples.loaded.report(broken, console: console) }
    for text in missed { console.fail(text) }
    if status != .fine { throw Exit(status) }
  }
}

extension EvaluationSamples.Split: ExpressibleByArgument {}

/// `accuracy=0.88`: a figure and what it is held to.
struct FigureBound: ExpressibleByArgument {
  let name: String
  let value: Double
  /// As it was written.
  private let text: String

  init?(argument: String) {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, !parts[0].isEmpty, let value = Double(parts[1]), value.isFinite else { return nil }
    (name, self.value, text) = (parts[0], value, parts[1])
  }

  /// Whether less is better: of losses and errors.
  private var isUpper: Bool { name.hasSuffix("loss") || name.hasSuffix("error") }

  /// What is wrong with a figure; `nil` if it is as good as asked for. What is no number never is.
  func failure(_ figures: [(name: String, value: Double)]) -> String? {
    guard let found = figures.first(where: { $0.name == name })?.value else { return "`\(name)` was not measured" }
    if isUpper ? found <= value : found >= value { return nil }
    return "`\(name)` is \(found), and may not be \(isUpper ? "above" : "below") \(text)"
  }
}
