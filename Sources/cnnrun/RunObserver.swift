import CNNFiles
import CNNReport
import CNNSession

/// Goes along with training: shows progress, keeps the history, asks the callbacks, and sees to the checkpoints.
struct RunObserver: TrainingObserver {
  private let console: Console
  private let logsSteps: Bool
  private let trainer: TrainingSettings
  private let steps: Int
  /// Seconds between checkpoints within an epoch.
  private let interval: Double
  private let store: CheckpointStore
  private let start = Clock.now
  private(set) var record: RunRecord
  private let secondsBefore: Double
  private var progress: ProgressRenderer
  private(set) var output: RunOutput
  private(set) var history: RunHistory
  private(set) var callbacks: CallbackList
  /// Weights of epochs that may be wanted again: the best one's, and what callbacks name.
  private(set) var kept: [Int: [[Float]]] = [:]
  /// What the run is judged by, once it is over: the best epoch's weights, or those that it ended with.
  private(set) var chosen: [[Float]]?
  private var stepRecords: [StepRecord] = []
  private var checkpointBegan = Clock.now
  /// A checkpoint that could not begin, since the one before was still on its way.
  private var isDue = false
  private var dueIsBest = false
  /// Whether the checkpoint before the first step is on the disk, or was told not to get there.
  private var hasFirstCheckpoint = false
  private var weightsSaved = Clock.now
  private var weightsCost = 0.0

  init(
    output: RunOutput, settings: TrainingSettings, samples: Int, history: RunHistory, callbacks: CallbackList,
    kept: [Int: [[Float]]], record: RunRecord, checkpointSeconds: Double
  ) {
    self.output = output
    self.history = history
    self.callbacks = callbacks
    self.kept = kept
    self.record = record
    console = output.console
    trainer = settings
    secondsBefore = record.seconds
    logsSteps = record.logsSteps
    interval = checkpointSeconds
    store = output.directory.checkpoints
    steps = Batches(count: samples, size: settings.batchSize).count
    progress = ProgressRenderer(
      epochs: settings.epochs, steps: steps, images: samples,
      style: console.redraws ? .terminal(columns: console.columns) : .plain)
  }

  var learningRate: Float? { callbacks.learningRate }
  var wantsStop: Bool { Interrupt.signal != nil }
  /// Trained so far, over all parts of the run.
  var seconds: Double { secondsBefore + Clock.now - start }

  // MARK: Training

  mutating func epochBegan(_ position: TrainingPosition, steps: Int) {
    if let text = progress.begin(epoch: position.epochs + 1, at: Clock.now - position.seconds) { console.note(text) }
  }

  mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {
    awaitFirstCheckpoint()
    if logsSteps {
      stepRecords.append(
        StepRecord(
          epoch: position.epochs + 1, step: position.steps, loss: own.meanLoss,
          accuracy: own.hits / Double(own.samples)))
    }
    if callbacks.looksAtSteps {
      let logs = StepLogs(
        epoch: position.epochs, batch: position.steps - 1, iterations: Int(session.step),
        figures: position.totals.values, wallTime: HostSystem.wallSeconds)
      callbacks.stepEnded(logs, session: session, output: &output)
    }
    let now = Clock.now
    let isAsked = Interrupt.wantsCheckpoint
    if isAsked || isDue || now - checkpointBegan >= interval, !store.isBusy {
      Interrupt.checkpointBegan()
      checkpoint(position, session: session, isBest: dueIsBest)
      if isAsked { say("checkpoint at epoch \(position.epochs + 1), step \(position.steps)\n") }
    }
    if console.isQuiet || !console.redraws { return }
    if let text = progress.update(
      step: position.steps, metrics: position.totals.values.map { ($0.name, $0.value) }, at: now)
    {
      console.note(text)
    }
  }

  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool {
    let isBest = history.append(EpochRecord(result, names: history.names))
    if !console.isQuiet {
      let figures = history.figures(of: history.epochCount - 1).map { ($0.name, $0.value) }
      console.note(progress.end(metrics: figures, at: Clock.now, saysSpeed: console.isVerbose))
    }
    let logs = EpochLogs(
      epoch: result.epoch - 1, figures: history.figures(of: history.epochCount - 1),
      learningRate: result.learningRate, iterations: Int(session.step), steps: steps, seconds: result.seconds,
      wallTime: HostSystem.wallSeconds)
    callbacks.epochEnded(logs, session: session, output: &output)
    keepWeights(session)
    output.appendEpoch(history)
    saveStepRecords()
    if store.isBusy {
      isDue = true
      dueIsBest = dueIsBest || isBest
    } else {
      checkpoint(TrainingPosition(trainer.metrics, epochs: result.epoch), session: session, isBest: isBest)
    }
    saveWeightsNowAndThen(session)
    // An update can leave weights that are not numbers, though its gradients were.
    guard session.hasFiniteWeights else { return false }
    guard let reason = callbacks.stopReason else { return true }
    if result.epoch < trainer.epochs { console.note("epoch \(result.epoch): \(reason)\n") }
    return false
  }

  private mutating func keepWeights(_ session: borrowing Session) {
    let epoch = history.epochCount
    var wanted = callbacks.wantedEpochs
    if let best = history.best { wanted.insert(best + 1) }
    if wanted.contains(epoch), session.hasFiniteWeights { kept[epoch] = session.weights }
    kept = kept.filter { wanted.contains($0.key) }
  }

  private mutating func saveStepRecords() {
    output.appendSteps(stepRecords)
    stepRecords.removeAll(keepingCapacity: true)
  }

  // MARK: Checkpoints

  /// Begins a checkpoint; it is put in place beside what follows. Never of weights that are not numbers.
  ///
  /// One that cannot begin is tried again after the next step.
  /// - Precondition: the store is not busy.
  private mutating func checkpoint(
    _ position: TrainingPosition, session: borrowing Session, isBest: Bool, end: RunEnd? = nil
  ) {
    tellOfFailedCheckpoint()
    checkpointBegan = Clock.now
    guard session.hasFiniteWeights else { return }
    saveStepRecords()
    do throws(FileError) {
      try store.write(
        state(position, session, end), session: session, kept: keptEpochs.map { kept[$0] ?? [] }, isBest: isBest,
        after: output.paths)
      isDue = false
      dueIsBest = false
      console.detail(
        "checkpoint of epoch \(position.epochs)\(position.steps > 0 ? ", step \(position.steps) of the next" : ""): "
          + "\(NumberFormat.stepTime(Clock.now - checkpointBegan)) to write\n")
    } catch {
      isDue = true
      dueIsBest = isBest
      tell(error)
    }
  }

  /// Waits, once, for the checkpoint that was begun before the first step: a run that was killed with files of training
  /// in its folder and no checkpoint could neither go on nor begin anew in it.
  private mutating func awaitFirstCheckpoint() {
    if hasFirstCheckpoint { return }
    hasFirstCheckpoint = true
    do throws(FileError) { try store.drain() } catch {
      isDue = true
      tell(error)
    }
  }

  private var keptEpochs: [Int] { kept.keys.sorted() }

  private func state(_ position: TrainingPosition, _ session: borrowing Session, _ end: RunEnd?) -> Checkpoint {
    var record = record
    record.seconds = seconds
    return Checkpoint(
      run: record, position: position, step: session.step, learningRate: callbacks.learningRate, history: history,
      callbacks: callbacks.states, files: output.grownFiles, end: end, tensors: session.tensors,
      optimizerFloatCount: session.optimizerStateCount, keptEpochs: keptEpochs)
  }

  private mutating func tellOfFailedCheckpoint() {
    guard let failure = store.takeFailure() else { return }
    isDue = true
    tell(failure)
  }

  private mutating func tell(_ error: FileError) {
    if let text = progress.leaveLine() { console.note(text) }
    output.tell(error, of: store.path(.last))
  }

  private mutating func say(_ text: String) {
    if let line = progress.leaveLine() { console.note(line) }
    console.note(text)
  }

  // MARK: Weights

  /// Weights are also saved while a long run goes on: no more often than this, in seconds, and than a fiftieth of the time.
  private static let savingInterval = 5.0
  private static let savingShare = 50.0

  private mutating func saveWeightsNowAndThen(_ session: borrowing Session) {
    let began = Clock.now
    guard began - weightsSaved > max(Self.savingInterval, Self.savingShare * weightsCost), session.hasFiniteWeights
    else { return }
    output.writeWeights(.last, session.weights)
    if let best = bestWeights { output.writeWeights(.best, best) }
    weightsSaved = Clock.now
    weightsCost = weightsSaved - began
  }

  /// `nil` before the first epoch that is better than nothing.
  var bestWeights: [[Float]]? { history.best.flatMap { kept[$0 + 1] } }

  // MARK: The end

  /// Leaves the line of an epoch that is not over.
  mutating func leaveLine() { if let text = progress.leaveLine() { console.note(text) } }

  /// Brings the files of a stopped run back to where its checkpoint is.
  func restoreFiles() throws(FileError) { try output.restore(history) }

  /// Writes the first checkpoint of a new run, so that whatever happens next it can go on.
  mutating func begin(_ position: TrainingPosition, session: borrowing Session) {
    checkpoint(position, session: session, isBest: false)
  }

  /// The newest checkpoint that is whole, once the disk has it.
  func newestCheckpoint() throws(CheckpointError) -> CheckpointStore.Found {
    try? store.drain()
    return try store.load()
  }

  /// Writes the last checkpoint and waits until it is on the disk, then the weights and the history.
  ///
  /// - Parameters:
  ///   - position: where training is.
  ///   - session: as training left it.
  ///   - weights: what the run ends with.
  mutating func close(_ position: TrainingPosition, session: borrowing Session, weights: [[Float]], end: RunEnd) {
    do throws(FileError) { try store.drain() } catch { tell(error) }
    checkpoint(position, session: session, isBest: dueIsBest, end: end)
    closing(weights, hasCheckpoint: !isDue)
  }

  /// The same where training was taken back to an earlier checkpoint, which is written again with the end in it.
  mutating func close(_ last: Checkpoint, kept: [Int: [[Float]]], session: borrowing Session, end: RunEnd) {
    var last = last
    last.end = end
    last.run.seconds = seconds
    do throws(FileError) {
      try store.write(last, session: session, kept: last.keptEpochs.map { kept[$0] ?? [] }, isBest: false)
      closing(session.weights, hasCheckpoint: true)
    } catch {
      tell(error)
      closing(session.weights, hasCheckpoint: false)
    }
  }

  /// - Parameter hasCheckpoint: whether the last one has begun.
  private mutating func closing(_ weights: [[Float]], hasCheckpoint: Bool) {
    do throws(FileError) {
      try store.drain()
      if hasCheckpoint { output.settle(store.path(.last)) }
    } catch { tell(error) }
    let best = bestWeights ?? weights
    chosen = best
    output.writeWeights(.last, weights)
    output.writeWeights(.best, best)
    output.completeHistory(history)
  }

  /// What could not be saved, after everything was tried, and what there is in its place.
  var unsaved: (message: String, kept: String?, help: String?)? {
    guard let (message, help) = output.unsaved.summary else { return nil }
    let found = try? store.load()
    let place = found.map { found in
      let position = found.checkpoint.position
      return found.checkpoint.end?.state == .done && position.steps == 0
        ? "the checkpoint of the run's end"
        : position.steps == 0
          ? "the checkpoint after epoch \(position.epochs) of \(trainer.epochs)"
          : "the checkpoint in epoch \(position.epochs + 1) of \(trainer.epochs), after step \(position.steps)"
    }
    return (message, place.map { "kept is \($0)" }, help)
  }
}
