internal import CNNFiles
internal import CNNGraph
internal import CNNKernels
internal import CNNLayers
internal import CNNModel
internal import CNNSession
internal import CNNSpec
internal import CNNTraining

/// The command's training without its run directory: no checkpoints, no report, no terminal.
struct NetworkTraining {
  private let network: Network
  private let settings: TrainingSpec
  private let callbacks: [any Callback]
  private let callbackDirectory: String?
  private let threads: Int
  private let memory: MemoryBudget

  private var spec: Spec { network.spec }

  init(_ network: Network, callbackDirectory: String?, threads: Int, memoryLimit: Int?) throws(NetworkError) {
    guard let settings = network.spec.training else { throw .unsupported("the spec has no section `training`") }
    if callbackDirectory == nil, let writer = settings.callbacks.first(where: { $0.file != nil }) {
      throw .unsupported("`\(writer.kind.rawValue)` writes files, and there is no `callbackDirectory` for them")
    }
    self.network = network
    self.settings = settings
    callbacks = settings.makeCallbacks(startedAt: HostSystem.wallSeconds)
    self.callbackDirectory = callbackDirectory
    self.threads = threads
    memory = MemoryBudget(limit: memoryLimit)
  }

  func run(
    _ training: Dataset, validation: Dataset?, test: Dataset?, onEpoch: (Network.Epoch) -> Bool,
    onStep: (Network.Step) -> Bool
  ) throws(NetworkError) -> TrainedNetwork {
    if let callbackDirectory {
      do throws(FileError) { try FileAccess().createDirectories(callbackDirectory) } catch {
        throw .file(error.message)
      }
    }
    let compiled = CompiledModel(training: spec, on: [training, validation, test])
    let classWeights = try beginning { () throws(TrainingFaults) in try spec.classWeights(of: training) }
    guard let plan = compiled.trainingPlan(classWeights: classWeights), let settings = compiled.trainingSettings
    else { throw .unsupported("the spec has no section `training`") }
    let evaluationPlan = compiled.evaluationPlan()
    if let shortage = memory.shortage(of: compiled, training: plan, evaluation: evaluationPlan, threads: threads) {
      throw .memory(.init(shortage))
    }
    let firstWeights = try beginning { () throws(TrainingFaults) in
      try spec.firstWeights(of: plan.graph.parameters, below: network.directory)
    }
    let files = CallbackFiles(
      spec: spec, parameters: plan.graph.parameters, classNames: training.classNames, directory: callbackDirectory)
    let outcome: Outcome
    do throws(SessionError) {
      var session = try Session(
        training: plan, evaluation: evaluationPlan, threadCount: threads, seed: UInt64(self.settings.seed))
      session.weights = firstWeights.values
      outcome = try train(
        &session, Trainer(settings), (training, validation, test), files,
        skipped: firstWeights.fitting?.skipped.map(\.layer) ?? [], onEpoch: onEpoch, onStep: onStep)
    } catch {
      if let fault = SpecData(spec, directory: network.directory)?.faultOfSample(error) { throw .data(.init(fault)) }
      throw .run(error.message)
    }
    if let failure = outcome.failure { throw .file(failure.message) }
    return TrainedNetwork(
      TrainedModel(spec: spec, classNames: training.classNames, weights: outcome.weights), record: outcome.record)
  }

  private struct Outcome {
    let weights: [[Float]]
    let record: TrainingRecord
    /// The first write of a callback that failed, which ended training.
    let failure: FileError?
  }

  private func train(
    _ session: inout Session, _ trainer: Trainer, _ data: (training: Dataset, validation: Dataset?, test: Dataset?),
    _ files: CallbackFiles, skipped: [String], onEpoch: (Network.Epoch) -> Bool, onStep: (Network.Step) -> Bool
  ) throws(SessionError) -> Outcome {
    try withoutActuallyEscaping(onStep) { onStep throws(SessionError) in
      try withoutActuallyEscaping(onEpoch) { onEpoch throws(SessionError) in
        var observer = NetworkObserver(CallbackList(callbacks), files, onEpoch: onEpoch, onStep: onStep)
        var position = TrainingPosition(trainer.settings.metrics)
        let clock = ContinuousClock()
        let start = clock.now
        _ = try trainer.run(
          &session, from: &position, training: data.training, validation: data.validation, observer: &observer,
          clock: { (clock.now - start) / .seconds(1) })
        // As Keras ends `fit`: an average that the optimiser keeps, then a callback's best weights.
        session.applyAverage()
        if let epoch = observer.callbacks.finalEpoch, let best = observer.kept[epoch] { session.weights = best }
        let test = try trainer.evaluate(&session, data.test)
        return Outcome(
          weights: session.weights,
          record: TrainingRecord(
            epochs: observer.epochs,
            evaluation: data.test == nil ? [:] : test.values.map { NamedValue("test_\($0.name)", $0.value) }.byName,
            stopReason: observer.callbacks.stopReason, skippedLayers: skipped),
          failure: observer.files.failure)
      }
    }
  }

  /// Runs `body`; what keeps training from beginning is a fault of the spec, or of the file that it names.
  private func beginning<Result>(_ body: () throws(TrainingFaults) -> Result) throws(NetworkError) -> Result {
    do throws(TrainingFaults) { return try body() } catch {
      if error.isOfFiles, let first = error.diagnostics.first { throw .file(first.message) }
      throw .spec(error.diagnostics.map { NetworkError.Fault($0) })
    }
  }
}

/// Tells the caller of steps and epochs, and asks the callbacks.
private struct NetworkObserver: TrainingObserver {
  private let onStep: (Network.Step) -> Bool
  private let onEpoch: (Network.Epoch) -> Bool
  private(set) var callbacks: CallbackList
  private(set) var files: CallbackFiles
  private(set) var epochs: [Network.Epoch] = []
  /// Weights of epochs that callbacks may want again.
  private(set) var kept: [Int: [[Float]]] = [:]
  private var steps = 0
  private var isEnded = false

  init(
    _ callbacks: CallbackList, _ files: CallbackFiles, onEpoch: @escaping (Network.Epoch) -> Bool,
    onStep: @escaping (Network.Step) -> Bool
  ) {
    self.callbacks = callbacks
    self.files = files
    self.onStep = onStep
    self.onEpoch = onEpoch
  }

  var learningRate: Float? { callbacks.learningRate }
  var wantsStop: Bool { isEnded }

  mutating func epochBegan(_ position: TrainingPosition, steps: Int) { self.steps = steps }

  mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {
    let figures = position.totals.values
    if callbacks.looksAtSteps {
      let logs = StepLogs(
        epoch: position.epochs, batch: position.steps - 1, iterations: Int(session.step), figures: figures,
        wallTime: HostSystem.wallSeconds)
      callbacks.stepEnded(logs, session: session, output: &files)
    }
    let step = Network.Step(epoch: position.epochs + 1, number: position.steps, count: steps, values: figures.byName)
    if !onStep(step) || files.failure != nil { isEnded = true }
  }

  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool {
    let epoch = Network.Epoch(number: result.epoch, values: result.values.byName)
    epochs.append(epoch)
    let logs = EpochLogs(
      epoch: result.epoch - 1, figures: result.values, learningRate: result.learningRate,
      iterations: Int(session.step), steps: steps, seconds: result.seconds, wallTime: HostSystem.wallSeconds)
    callbacks.epochEnded(logs, session: session, output: &files)
    let wanted = callbacks.wantedEpochs
    if wanted.contains(result.epoch), session.hasFiniteWeights { kept[result.epoch] = session.weights }
    kept = kept.filter { wanted.contains($0.key) }
    return onEpoch(epoch) && session.hasFiniteWeights && callbacks.stopReason == nil && files.failure == nil
  }
}

/// Writes what callbacks ask for below a folder.
private struct CallbackFiles: CallbackOutput {
  private let parameters: [Parameter]
  private let metadata: WeightsMetadata
  /// `nil` where no callback writes.
  private let directory: RunDirectory?
  private(set) var failure: FileError?

  init(spec: Spec, parameters: [Parameter], classNames: [String], directory: String?) {
    self.parameters = parameters
    metadata = WeightsMetadata(spec: spec.resolvedText, classNames: classNames)
    self.directory = directory.map { RunDirectory(existing: $0, metricNames: []) }
  }

  var weightNames: [String] { parameters.map(\.qualifiedName) }

  mutating func note(_ text: String) {}

  mutating func append(_ bytes: [UInt8], to path: String) {
    write { directory throws(FileError) in _ = try directory.append(bytes, to: path) }
  }

  mutating func saveWeights(_ session: borrowing Session, to path: String, withModel: Bool) {
    var metadata = metadata
    if !withModel { metadata.spec = nil }
    let bytes = Safetensors.encode(
      WeightsMatch.tensors(of: session.weights, for: parameters), metadata: metadata.pairs)
    write { directory throws(FileError) in try directory.writeWeights(bytes, to: path) }
  }

  private mutating func write(_ body: (RunDirectory) throws(FileError) -> Void) {
    guard let directory, failure == nil else { return }
    do throws(FileError) { try body(directory) } catch { failure = error }
  }
}

extension [NamedValue] {
  fileprivate var byName: [String: Double] { Dictionary(map { ($0.name, $0.value) }) { first, _ in first } }
}
