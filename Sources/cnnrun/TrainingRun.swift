import CNNData
import CNNDiagnostics
import CNNFiles
import CNNGraph
import CNNKernels
import CNNLayers
import CNNModel
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// One training run, new or resumed: data, plans, session, weights, directory, epochs, and how it ended.
struct TrainingRun {
  let loaded: LoadedSpec
  let console: Console
  let kernels: KernelTable
  let threads: Int
  let settings: TrainingSpec
  let data: LoadedData
  let request: RunRequest

  /// Reads the data.
  init(_ loaded: LoadedSpec, _ request: RunRequest, console: Console, kernels: KernelTable, threads: Int) throws {
    guard let data = loaded.data, let training = loaded.spec.training else { throw Exit(.specFault) }
    self.loaded = loaded
    self.request = request
    self.console = console
    self.kernels = kernels
    self.threads = threads
    settings = training
    let start = Clock.now
    self.data = try loaded.read(data, dataDirectory: request.dataDirectory, threads: threads, console: console)
    console.detail("data read in \(NumberFormat.stepTime(Clock.now - start))\n")
  }

  /// Trains, and says how that went.
  ///
  /// - Throws: an `Exit` for what keeps the run from beginning, after it was told.
  func run() throws -> RunResult {
    let compiled = compile()
    let classWeights = try beginning { () throws(TrainingFaults) in try loaded.spec.classWeights(of: data.train) }
    guard let trainingPlan = compiled.trainingPlan(classWeights: classWeights),
      let trainingSettings = compiled.trainingSettings
    else { throw Exit(.specFault) }
    let evaluationPlan = compiled.evaluationPlan(givesPredictions: tallies)
    let fingerprint = try checkData()
    request.resumed?.warnOfOtherKernels(kernels.instructionSet.word, console)
    let threads = threads
    if let shortage = MemoryBudget(limit: request.memory).shortage(
      of: compiled, training: trainingPlan, evaluation: evaluationPlan, givesPredictions: tallies, threads: threads)
    {
      console.fail(shortage.message, help: shortage.help { "--set training.batch_size=\($0)" })
      throw Exit(.failed)
    }
    let weights = request.resumed == nil ? try firstWeights(trainingPlan) : nil
    var session = try failing { () throws(SessionError) in
      try Session(
        training: trainingPlan, evaluation: evaluationPlan, threadCount: threads, seed: UInt64(settings.seed)
      )
    }
    Interrupt.listen(isQuiet: console.isQuiet)
    let directory = try request.resumed?.directory ?? makeDirectory()
    do {
      return try run(session, weights, (compiled, trainingPlan, trainingSettings), fingerprint, in: directory)
    } catch let exit as Exit {
      // It was told; a directory that nothing was trained in is none, and another must not say that the run goes on.
      if request.resumed == nil, directory.discard() { throw exit }
      try? directory.finish(
        request.resumed?.writtenState ?? .failed, epoch: request.resumed?.checkpoint.position.epochs ?? 0)
      throw exit
    }
  }

  private func run(
    _ made: consuming Session, _ weights: [[Float]]?,
    _ model: (compiled: CompiledModel, plan: Plan, settings: TrainingSettings),
    _ fingerprint: DataFingerprint, in directory: RunDirectory
  ) throws -> RunResult {
    let (compiled, trainingPlan, trainingSettings) = model
    var session = made
    if let weights { session.weights = weights }
    var (observer, position) = try makeObserver(
      directory, trainingPlan, trainingSettings, fingerprint, &session)
    try probe(directory, session)
    try failing(directory.path) { () throws(FileError) in
      try writeDescription(directory, epoch: position.epochs)
      if request.resumed != nil { try observer.restoreFiles() }
    }
    if request.resumed == nil, request.out == nil { directory.linkLatest() }
    // Of a resumed run too: the spec may have been edited.
    observer.begin(position, session: session)
    console.note(opening(position, stopReason: observer.callbacks.stopReason))
    if request.resumed == nil {
      try failing { () throws(SessionError) in
        try loaded.compareWithChance(&session, on: data.train, batch: compiled.batchSize, console: console)
      }
    }

    let trainer = Trainer(trainingSettings)
    var outcome = Outcome.over
    if observer.callbacks.stopReason == nil {
      do throws(SessionError) {
        let isOver = try trainer.run(
          &session, from: &position, training: data.train, validation: data.validation, observer: &observer,
          clock: { Clock.now })
        if !isOver { outcome = .paused }
      } catch { outcome = .failed(error) }
    }
    observer.leaveLine()
    var result =
      session.hasFiniteWeights
      ? try conclude(outcome, position, trainer, &session, &observer, directory)
      : try conclude(lossOf: outcome, &session, &observer, directory)
    // What training took is given back before the report takes anything.
    _ = consume session
    if result.isTrained, request.reports { report(&result, observer, directory, plan: trainingPlan.description) }
    return writeEnd(of: result, directory)
  }

  enum Outcome {
    case over, paused
    case failed(SessionError)
  }

  /// Whether the report takes what it shows of the test samples from their evaluation.
  var tallies: Bool { request.reports && data.test != nil }

  // MARK: Before training

  private func compile() -> CompiledModel {
    CompiledModel(
      training: loaded.spec, compiler: Compiler(kernels: kernels), on: [data.train, data.validation, data.test])
  }

  /// Tells the data's fingerprint, which a resumed run is held to.
  private func checkData() throws -> DataFingerprint {
    guard let resumed = request.resumed else {
      return DataFingerprint(training: data.train, validation: data.validation, test: data.test)
    }
    let fingerprint = resumed.checkpoint.run.dataFingerprint
    if fingerprint.isOf(training: data.train, validation: data.validation, test: data.test) { return fingerprint }
    console.fail(
      "the data is not what '\(resumed.directory.path)' was trained with: \(data.description)",
      help: "put the old files back, name them with `--data-dir`, or begin a new run")
    throw Exit(.failed)
  }

  private func makeDirectory() throws -> RunDirectory {
    let columns = history.columns
    return try failing(request.out) { () throws(FileError) in
      if let out = request.out { return try RunDirectory.create(at: out, metricNames: columns) }
      return try RunDirectory.create(name: loaded.spec.name, root: request.root, metricNames: columns)
    }
  }

  /// Of a run that begins.
  private var history: RunHistory {
    RunHistory(
      metrics: settings.metrics.map(\.value.name), validates: data.validation != nil,
      ofClasses: data.train.targets.isEmpty)
  }

  /// Brings the session to where the run begins, or was stopped, and makes who goes along from there.
  private func makeObserver(
    _ directory: RunDirectory, _ plan: Plan, _ settings: TrainingSettings, _ fingerprint: DataFingerprint,
    _ session: inout Session
  ) throws -> (RunObserver, TrainingPosition) {
    let startedAt = request.resumed?.checkpoint.run.startedAt ?? HostSystem.wallSeconds
    var record = RunRecord(
      name: loaded.spec.name, spec: loaded.input.bytes, specName: request.resumed?.specName ?? loaded.input.displayName,
      specDirectory: loaded.input.absoluteDirectory, overrides: request.overrides,
      resolved: loaded.spec.resolvedText, epochs: settings.epochs, dataDirectory: request.dataDirectory,
      logsSteps: request.logsSteps,
      startedAt: startedAt, instructionSet: kernels.instructionSet.word, dataFingerprint: fingerprint,
      classNames: data.train.classNames)
    var callbacks = CallbackList(self.settings.makeCallbacks(startedAt: startedAt))
    var position = TrainingPosition(settings.metrics)
    var history = history
    var kept: [Int: [[Float]]] = [:]
    if let resumed = request.resumed {
      let saved: Checkpoint
      (saved, kept) = try resumed.restore(into: &session, console)
      guard let measured = saved.position.measuring(settings.metrics), saved.history.names == history.names
      else { throw resumed.fail("it measured \(saved.history.names.joined(separator: ", "))", console) }
      do throws(StateReader.Fault) { try callbacks.restore(saved.callbacks) } catch {
        throw resumed.fail("its callbacks cannot be taken up: \(error.message)", console)
      }
      callbacks.learningRate = resumed.changesLearningRate ? nil : saved.learningRate
      position = measured
      history = saved.history
      record.seconds = saved.run.seconds
    }
    let output = RunOutput(
      directory: directory.with(metricNames: history.columns), console: console, parameters: plan.graph.parameters,
      classNames: data.train.classNames, resolved: record.resolved,
      growing: callbacks.growingFiles + (record.logsSteps ? [RunDirectory.steps] : []),
      files: request.resumed?.checkpoint.files ?? [])
    let observer = RunObserver(
      output: output, settings: settings, samples: data.train.count, history: history, callbacks: callbacks,
      kept: kept, record: record, checkpointSeconds: request.checkpointSeconds)
    return (observer, position)
  }

  /// Tries whether what will be saved has a place: checkpoints (the last, the one before, the best, one on its way), and
  /// the files of weights.
  private func probe(_ directory: RunDirectory, _ session: borrowing Session) throws {
    let weights = session.tensors.reduce(0) { $0 + $1.extents.reduce(1, *) }
    let checkpoint = 2 * weights + session.optimizerStateCount
    let needed = 4 * (4 * checkpoint + 3 * weights)
    try failing(directory.path) { () throws(FileError) in
      // Of a run that goes on most of it is there, and is replaced.
      try FolderProbe.check(directory.path, byteCount: max(0, needed - directory.savedByteCount))
    }
  }

  private func writeDescription(_ directory: RunDirectory, epoch: Int) throws(FileError) {
    try directory.writeStatus(.running, epoch: epoch)
    try directory.writeSpec(loaded.input.bytes)
    try directory.writeResolved(loaded.spec.resolvedText)
    try directory.writeSummary(loaded.spec.summary(.classic, columns: 80) + "\n")
    try directory.writeEnvironment(
      Environment(
        instructionSet: kernels.instructionSet.word, threads: threads, seed: UInt64(settings.seed),
        spec: loaded.input.bytes))
  }

  /// - Parameter stopReason: why a callback has ended training already.
  private func opening(_ position: TrainingPosition, stopReason: String?) -> String {
    var text =
      "\(data.description); training on \(NumberFormat.grouped(data.train.count)) "
      + (data.train.count == 1 ? "sample" : "samples")
      + (data.validation.map { ", validating on \(NumberFormat.grouped($0.count))" } ?? "")
      + (data.test.map { ", testing on \(NumberFormat.grouped($0.count)) at the end" } ?? "")
      + "; \(threads) \(threads == 1 ? "thread" : "threads"), \(kernels.instructionSet)\n"
    if let resumed = request.resumed, position.epochs >= settings.epochs.value {
      text +=
        "'\(resumed.directory.path)' is finished: its \(settings.epochs.value) epochs are done; to make it longer, "
        + "`\(resumed.command) --epochs \(2 * settings.epochs.value)`\n"
    } else if let resumed = request.resumed, let reason = stopReason {
      let index = settings.callbacks.firstIndex { $0.kind == .earlyStopping } ?? 0
      let patience = settings.callbacks.indices.contains(index) ? settings.callbacks[index].patience?.value ?? 0 : 0
      text +=
        "'\(resumed.directory.path)' is finished: after epoch \(position.epochs), \(reason); more patience makes it "
        + "longer: `\(resumed.command) --set \"training.callbacks[\(index)].early_stopping.patience="
        + "\(2 * max(1, patience))\"`\n"
    } else if let resumed = request.resumed {
      text += "going on with '\(resumed.directory.path)' in epoch \(position.epochs + 1) of \(settings.epochs.value)"
      text += position.steps > 0 ? ", after step \(position.steps)\n" : "\n"
    }
    return text + "\n"
  }

  /// - Returns: the weights that a new run starts from.
  private func firstWeights(_ plan: Plan) throws -> [[Float]] {
    let parameters = plan.graph.parameters
    guard let given = request.initialWeights else {
      let first = try beginning { () throws(TrainingFaults) in
        try loaded.spec.firstWeights(of: parameters, below: loaded.input.directory)
      }
      return tell(first, of: settings.initialWeights?.value.path ?? "")
    }
    // Given on the command line, and so not held to the folder of the spec; of a run its best weights.
    let place = RunLocator.path(of: given, console)
    do {
      if let past = PastRun(place), let spec = past.spec, let kept = past.weightsSoFar(of: spec, console) {
        let tensors = WeightsMatch.tensors(of: kept.values, for: TrainedModel.parameters(of: spec))
        let first = try loaded.spec.firstWeights(
          of: parameters, from: tensors, of: kept.path, skipsMismatch: request.skipsMismatch)
        return tell(first, of: kept.path)
      }
      let path: String
      do throws(ModelError) { path = try TrainedModel.weightsFile(place) } catch {
        console.fail(error.message, help: error.help)
        throw Exit(.failed)
      }
      let first = try loaded.spec.firstWeights(
        of: parameters, fromFile: path, skipsMismatch: request.skipsMismatch)
      return tell(first, of: path)
    } catch let error as WeightsFileFault {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }

  private func tell(_ first: FirstWeights, of file: String) -> [[Float]] {
    if let text = first.text(file: file, spec: loaded.spec) { console.note(text + "\n") }
    return first.values
  }

  /// Runs `body`; what keeps training from beginning is shown where the spec says it, and ends the command.
  private func beginning<Result>(_ body: () throws(TrainingFaults) -> Result) throws -> Result {
    do throws(TrainingFaults) { return try body() } catch {
      loaded.report(error.diagnostics, console: console)
      throw Exit(error.isOfFiles ? .failed : .specFault)
    }
  }

  /// Runs `body`; what the session cannot do ends the command.
  func failing<Result: ~Copyable>(_ body: () throws(SessionError) -> Result) throws -> Result {
    do throws(SessionError) { return try body() } catch {
      if let fault = loaded.data?.faultOfSample(error) {
        loaded.report([fault], console: console)
      } else {
        console.fail(error.message, help: error.help)
      }
      throw Exit(.failed)
    }
  }

  private func failing<Result>(_ path: String?, _ body: () throws(FileError) -> Result) throws -> Result {
    do throws(FileError) { return try body() } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }
}
