import CNNDiagnostics
import CNNFiles
import CNNReport
import CNNSession

/// How a run went: what its last words, its JSON and its exit status are made from.
struct RunResult {
  let directory: String
  let name: String
  let history: RunHistory
  /// Asked for.
  let epochs: Int
  private(set) var state = RunDirectory.State.done
  /// Why it ended, if not for its epochs being over.
  var reason: String?
  private(set) var help: String?
  private var isFailureTold = false
  /// Whether training came to its end, whatever became of its files.
  private(set) var isTrained = false
  /// Of data that took no part in training.
  var evaluation: [NamedValue] = []
  /// Of the outputs on the test samples, where the weights that they were evaluated with are those that the report is of.
  var tally: OutputTally?
  /// Which weights that is of: `of the best weights, after epoch 12`.
  var evaluatedWeights: String?
  /// Over all parts of the run.
  var seconds = 0.0
  /// What the report shows in a terminal, in blocks.
  var closing: [String] = []
  /// The report's page, once it is written.
  var page: String?
  /// Contracts that do not hold.
  var broken: [Diagnostic] = []

  init(directory: String, name: String, history: RunHistory, epochs: Int) {
    self.directory = directory
    self.name = name
    self.history = history
    self.epochs = epochs
  }

  mutating func interrupt(_ position: TrainingPosition, steps: Int) {
    state = .interrupted
    reason =
      position.steps == 0
      ? "after epoch \(position.epochs) of \(epochs)"
      : position.steps == steps
        ? "before the validation of epoch \(position.epochs + 1) of \(epochs)"
        : "in epoch \(position.epochs + 1) of \(epochs), after step \(position.steps) of \(steps)"
    evaluation = []
  }

  /// - Parameter isTold: whether it was shown already, at its place in the spec.
  mutating func fail(_ message: String, help: String?, isTold: Bool = false) {
    state = .failed
    reason = message
    self.help = help
    isFailureTold = isTold
  }

  /// Of a run that has failed anyway, the first reason stands.
  ///
  /// - Parameter kept: what there is to go on from; `nil` if there is nothing.
  mutating func failToSave(_ message: String, kept: String?, help: String?) {
    if state == .failed { return }
    let way = help ?? "see to that"
    fail(
      kept.map { "\(message); \($0)" } ?? message,
      help: kept == nil ? help : "\(way); then `\(resumeCommand)` goes on from there")
  }

  mutating func end(trained: Bool) { isTrained = trained }

  var end: RunEnd { RunEnd(state, reason: reason, evaluation: evaluation) }

  var status: ExitStatus {
    switch state {
    case .done, .running: broken.isEmpty ? .fine : .expectation
    case .interrupted: Interrupt.status
    case .failed: .failed
    }
  }

  /// The best epoch's figures and the evaluation's.
  var figures: [NamedValue] {
    (history.epochCount > 0 ? history.figures(of: history.best ?? history.epochCount - 1) : []) + evaluation
  }

  var metrics: [String: JSONText] {
    Dictionary(figures.map { ($0.name, JSONText.number($0.value)) }) { $1 }
      .merging(["seconds": .number(seconds)]) { $1 }
  }

  var resumeCommand: String { "cnnrun run --resume \(Self.quoted(directory))" }

  var reportCommand: String { "cnnrun report \(Self.quoted(directory))" }

  static func quoted(_ word: String) -> String { ShellWord.quoted(word) }

  // MARK: Telling

  /// Prints the report, or why there is none.
  func tell(_ console: Console) {
    switch state {
    case .failed where isTrained:
      tellResults(console)
      console.fail(reason ?? "not all of the run could be saved", help: help)
    case .failed:
      if !isFailureTold { console.fail(reason ?? "the run failed", help: help) }
      // Where the disk is full there may be none.
      let weights = "\(directory)/weights/last.safetensors"
      if FileAccess().exists(weights) { console.note("the last good weights are in \(weights)\n") }
      if history.epochCount > 0 { console.note("a report of the epochs that are over: \(reportCommand)\n") }
    case .interrupted:
      console.note("interrupted \(reason ?? ""); go on with\n  \(resumeCommand)\n")
      // Not made here: who interrupts wants an end, and a report looks at all samples of a split.
      if history.epochCount > 0 { console.note("or see how far it got with\n  \(reportCommand)\n") }
    case .done, .running: tellResults(console)
    }
  }

  private func tellResults(_ console: Console) {
    for block in closing { console.answer(block + "\n\n") }
    console.answer(
      RunReport(
        history: TrainingHistory(history.series), best: history.best.map { ($0, history.monitor) },
        evaluation: evaluation.map { ($0.name, $0.value) }, evaluatedWeights: evaluatedWeights,
        runDirectory: directory, page: page
      ).text + "\n")
  }

  /// One object of everything, for tools.
  var json: JSONText {
    let names = history.names
    var members: [String: JSONText] = [
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(cnnrunVersion)]),
      "run": .string(directory), "name": .string(name), "state": .string(state.rawValue),
      "exit_status": .int(Int(status.rawValue)), "epochs": .int(epochs), "seconds": .number(seconds),
      "reason": reason.map(JSONText.string) ?? .null, "monitor": .string(history.monitor),
      "best_epoch": history.best.map { .int($0 + 1) } ?? .null,
      "history": .array(
        history.records.map { record in
          .object(
            Dictionary(zip(names, record.values.map { $0.map(JSONText.number) ?? .null })) { $1 }.merging([
              "epoch": .int(record.epoch), "seconds": .number(record.seconds),
              "learning_rate": .number(Double("\(record.learningRate)") ?? 0),
            ]) { $1 })
        }),
      "evaluation": .object(Dictionary(evaluation.map { ($0.name, JSONText.number($0.value)) }) { $1 }),
      "broken_expectations": .array(broken.map { .string($0.message) }),
    ]
    members["report"] = page.map(JSONText.string) ?? .null
    if state != .done { members["resume"] = .string(resumeCommand) }
    return .object(members)
  }

  /// The object of a run that could not begin.
  static func refusal(_ status: ExitStatus) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(cnnrunVersion)]),
      "state": .string("refused"), "exit_status": .int(Int(status.rawValue)),
    ])
  }
}
