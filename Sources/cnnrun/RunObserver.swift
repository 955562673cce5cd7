import CNNFiles
import CNNGraph
import CNNReport
import CNNSession

/// Shows progress, keeps history and best weights, and writes them into the run directory.
struct RunObserver: TrainingObserver {
  private let directory: RunDirectory
  private let console: Console
  private let parameters: [Parameter]
  private let logsSteps: Bool
  private let metadata: [String: String]
  private var progress: ProgressRenderer
  private var steps: [StepRecord] = []
  private var bestWeights: [[Float]]?
  /// The last weights that were all finite numbers.
  private var goodWeights: [[Float]]
  private var savedAt = Clock.now
  /// Weights are saved while training goes on, but no more often than this, in seconds: a save takes milliseconds.
  private static let savingInterval = 5.0
  private var epoch = 0
  /// The first write that failed; told once, at the end of training.
  private var failure: FileError?
  private(set) var history: RunHistory

  init(
    directory: RunDirectory, console: Console, parameters: [Parameter], epochs: Int, samples: Int, batchSize: Int,
    metricNames: [String], validates: Bool, logsSteps: Bool, classNames: [String], weights: [[Float]]
  ) {
    goodWeights = weights
    self.directory = directory
    self.console = console
    self.parameters = parameters
    self.logsSteps = logsSteps
    metadata = ["format": "cnnrun", "cnnrun_version": cnnrunVersion, "classes": classNames.joined(separator: "\n")]
    progress = ProgressRenderer(
      epochs: epochs, steps: Batches(count: samples, size: batchSize).count,
      style: console.redraws ? .terminal(columns: console.columns) : .plain)
    history = RunHistory(names: metricNames, validates: validates)
  }

  mutating func epochBegan(_ epoch: Int, steps: Int) {
    self.epoch = epoch
    if let text = progress.begin(epoch: epoch, at: Clock.now) { console.note(text) }
  }

  mutating func stepEnded(_ step: Int, running: MetricTotals, own: Session.StepResult) {
    if logsSteps {
      steps.append(
        StepRecord(epoch: epoch, step: step, loss: own.meanLoss, accuracy: own.hits / Double(own.samples)))
    }
    if console.isQuiet || !console.redraws { return }
    if let text = progress.update(step: step, metrics: running.values.map { ($0.name, $0.value) }, at: Clock.now) {
      console.note(text)
    }
  }

  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) {
    let isBest = history.append(result)
    if session.hasFiniteWeights {
      goodWeights = session.weights
      if isBest { bestWeights = goodWeights }
    }
    if !console.isQuiet { console.note(progress.end(metrics: history.last, at: Clock.now)) }
    let values = history.last.map { $0.1 }
    let steps = steps
    record { directory throws(FileError) in
      try directory.appendEpoch(
        EpochRecord(
          epoch: result.epoch, seconds: result.seconds, learningRate: result.learningRate, values: values))
      if !steps.isEmpty { try directory.appendSteps(steps) }
      try directory.writeStatus(.running, epoch: result.epoch)
    }
    if Clock.now - savedAt > Self.savingInterval {
      let (last, best) = (encode(goodWeights), encode(bestWeights ?? goodWeights))
      record { directory throws(FileError) in
        try directory.writeWeights(.last, last)
        try directory.writeWeights(.best, best)
      }
      savedAt = Clock.now
    }
    self.steps.removeAll(keepingCapacity: true)
  }

  var wantsStop: Bool { Interrupt.signal != nil }

  /// Writes the last weights and the best ones, whatever became of the run; never any that are not numbers.
  ///
  /// - Throws: the first write that failed, after all were tried.
  mutating func close(session: borrowing Session, state: RunDirectory.State) throws(FileError) {
    if let text = progress.leaveLine() { console.note(text) }
    if session.hasFiniteWeights { goodWeights = session.weights }
    let (last, best, steps, epochs) = (
      encode(goodWeights), encode(bestWeights ?? goodWeights), steps, history.epochCount
    )
    record { directory throws(FileError) in try directory.writeWeights(.last, last) }
    record { directory throws(FileError) in try directory.writeWeights(.best, best) }
    if !steps.isEmpty { record { directory throws(FileError) in try directory.appendSteps(steps) } }
    let end = failure == nil ? state : .failed
    record { directory throws(FileError) in try directory.finish(end, epoch: epochs) }
    if let failure { throw failure }
  }

  private func encode(_ weights: [[Float]]) -> [UInt8] {
    Safetensors.encode(WeightsMatch.tensors(of: weights, for: parameters), metadata: metadata)
  }

  /// A failed write must not end training: it is told, and again at the end.
  private mutating func record(_ write: (RunDirectory) throws(FileError) -> Void) {
    do throws(FileError) { try write(directory) } catch {
      if failure == nil { console.fail(error.message, help: error.help) }
      failure = failure ?? error
    }
  }
}

/// The epochs so far, by Keras's names.
struct RunHistory {
  private let names: [String]
  private var series: [[Double]]
  private var best: Double?
  let monitor: String

  /// - Parameter own: `loss`, then the metrics.
  init(names own: [String], validates: Bool) {
    names = own + (validates ? own.map { "val_\($0)" } : [])
    series = Array(repeating: [], count: names.count)
    monitor = (validates ? "val_" : "") + (own.contains("accuracy") ? "accuracy" : "loss")
  }

  var epochCount: Int { series[0].count }
  var training: TrainingHistory { TrainingHistory(Array(zip(names, series))) }
  /// The last epoch's metrics.
  var last: [(String, Double)] { zip(names, series).compactMap { name, values in values.last.map { (name, $0) } } }

  /// Adds an epoch and says whether it is the best so far; the first of equals wins, NaN never does.
  mutating func append(_ result: EpochResult) -> Bool {
    for (index, name) in names.enumerated() { series[index].append(result.value(of: name) ?? .nan) }
    let value = result.value(of: monitor) ?? .nan
    let isBetter = best.map { monitor.hasSuffix("accuracy") ? value > $0 : value < $0 } ?? !value.isNaN
    if isBetter { best = value }
    return isBetter
  }
}
