import CNNData
import CNNDiagnostics
import CNNFiles
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec

/// One training run: data, plans, session, weights, directory, epochs, closing words.
struct TrainingRun {
  private let loaded: LoadedSpec
  private let console: Console
  private let kernels: KernelTable
  private let threads: Int
  private let settings: TrainingSpec
  private let data: LoadedData

  init(_ loaded: LoadedSpec, console: Console, kernels: KernelTable, threads: Int, dataDirectory: String?) throws {
    guard let data = loaded.spec.data, let training = loaded.spec.training else { throw Exit(.specFault) }
    self.loaded = loaded
    self.console = console
    self.kernels = kernels
    self.threads = threads
    settings = training
    self.data = try loaded.data(data, dataDirectory: dataDirectory, threads: threads, console: console)
    for dataset in [self.data.train, self.data.validation, self.data.test] {
      if let dataset { try loaded.check(dataset, console: console) }
    }
  }

  mutating func run(out: String?, initialWeights: String?, logsSteps: Bool) throws {
    // No step is ever larger than the data: room for more would only be touched and never used.
    let most = [data.train.count, data.validation?.count ?? 0, data.test?.count ?? 0].max() ?? 1
    let compiled = CompiledModel(
      loaded.spec, compiler: Compiler(kernels: kernels), batchSize: min(settings.batchSize.value, max(1, most)))
    guard let trainingPlan = compiled.trainingPlan() else { throw Exit(.specFault) }
    let broken = loaded.brokenLimits(compiled)
    if !broken.isEmpty {
      loaded.report(broken.sorted, console: console)
      throw Exit(.expectation)
    }
    let threads = threads
    let evaluationPlan = compiled.evaluationPlan()
    try MemoryBudget().check(batch: compiled.batchSize, console) { batch in
      let isOwn = batch == compiled.batchSize
      let model = CompiledModel(loaded.spec, compiler: compiled.compiler, batchSize: batch)
      let arena = Session.byteCount(
        training: isOwn ? trainingPlan : model.trainingPlan(),
        evaluation: isOwn ? evaluationPlan : model.evaluationPlan(), threadCount: threads)
      // Beside the arena: the first weights, the best, the last good ones, and a file of them being written.
      return arena + 4 * trainingPlan.sizes.parameters
    }
    let weights = try firstWeights(trainingPlan, from: initialWeights)
    var session = try failing { () throws(SessionError) in
      try Session(
        training: trainingPlan, evaluation: evaluationPlan, threadCount: threads, seed: UInt64(settings.seed)
      )
    }
    session.weights = weights
    Interrupt.listen()
    let directory = try makeDirectory(out: out)
    console.note(
      "\(data.description); training on \(NumberFormat.grouped(data.train.count)) samples"
        + (data.validation.map { ", validating on \(NumberFormat.grouped($0.count))" } ?? "")
        + "; \(threads) \(threads == 1 ? "thread" : "threads"), \(kernels.instructionSet)\n\n")

    var observer = RunObserver(
      directory: directory, console: console, parameters: trainingPlan.graph.parameters, epochs: settings.epochs.value,
      samples: data.train.count, batchSize: settings.batchSize.value,
      showsAccuracy: settings.metrics.contains(.accuracy),
      validates: data.validation != nil, logsSteps: logsSteps, classNames: data.train.classNames, weights: weights)
    let start = Clock.now
    let trainer = Trainer(
      TrainingSettings(
        epochs: settings.epochs.value, batchSize: settings.batchSize.value, shuffles: settings.shuffle,
        learningRate: Float(settings.optimizer.value.learningRate)))
    var state = RunDirectory.State.done
    var divergence: SessionError?
    do throws(SessionError) {
      if try !trainer.run(
        &session, training: data.train, validation: data.validation, observer: &observer, clock: { Clock.now })
      {
        state = .interrupted
      }
    } catch {
      divergence = error
      state = .failed
    }
    if state == .done, !session.hasFiniteWeights {
      divergence = SessionError(
        .diverged, "the last update left weights that are not finite numbers", help: "lower the learning rate")
      state = .failed
    }
    if let divergence {
      if let fault = loaded.faultOfSample(divergence) {
        loaded.report([fault], console: console)
      } else {
        console.fail(divergence.message, help: divergence.help)
      }
    }
    try failing(directory.path) { () throws(FileError) in try observer.close(session: session, state: state) }
    if divergence != nil {
      console.note("the last good weights are in \(directory.path(of: .last))\n")
      throw Exit(.failed)
    }
    if state == .interrupted {
      console.note("interrupted; the weights so far are in \(directory.path(of: .last))\n")
      throw Exit(Interrupt.status)
    }
    let test = try failing { () throws(SessionError) in
      try trainer.evaluate(&session, data.test, wantsStop: { Interrupt.signal != nil })
    }
    if Interrupt.signal != nil { throw Exit(Interrupt.status) }
    try finish(observer, test: data.test == nil ? nil : test, seconds: Clock.now - start, directory)
  }

  // MARK: Before training

  private func makeDirectory(out: String?) throws -> RunDirectory {
    let names =
      ["train/loss"] + (settings.metrics.contains(.accuracy) ? ["train/accuracy"] : [])
      + (data.validation == nil
        ? [] : ["val/loss"] + (settings.metrics.contains(.accuracy) ? ["val/accuracy"] : []))
    return try failing(out) { () throws(FileError) in
      let directory =
        if let out {
          try RunDirectory.create(at: out, metricNames: names)
        } else {
          try RunDirectory.create(
            name: loaded.spec.name, root: Console.environment("CNNRUN_RUNS_DIR") ?? RunDirectory.defaultRoot,
            metricNames: names)
        }
      try directory.writeStatus(.running, epoch: 0)
      try directory.writeSpec(loaded.input.bytes)
      try directory.writeResolved(loaded.spec.resolvedText)
      try directory.writeSummary(loaded.spec.summary(.classic, columns: 80) + "\n")
      try directory.writeEnvironment(
        Environment(
          instructionSet: kernels.instructionSet.word, threads: threads, seed: UInt64(settings.seed),
          spec: loaded.input.bytes))
      return directory
    }
  }

  /// - Parameter path: given on the command line, and so not held to the folder of the spec.
  private func firstWeights(_ plan: Plan, from path: String?) throws -> [[Float]] {
    let parameters = plan.graph.parameters
    if let path {
      do throws(WeightsError) { return try WeightsFile.load(path, for: parameters) } catch {
        console.fail(error.message, help: error.help)
        throw Exit(.failed)
      }
    }
    guard let file = settings.initialWeights else {
      return parameters.enumerated().map { index, parameter in
        parameter.declaration.initializer.values(parameter, index: index, seed: UInt64(settings.seed))
      }
    }
    do {
      return try WeightsFile.load(ContainedPath(file.value), below: loaded.input.directory, for: parameters)
    } catch let error as WeightsError {
      loaded.report([file.fault(error.message, help: error.help)], console: console)
    } catch let error as FileError {
      loaded.report([file.fault(error.message, help: error.help)], console: console)
    }
    throw Exit(.failed)
  }

  // MARK: After training

  private func finish(
    _ observer: RunObserver, test: Session.StepResult?, seconds: Double, _ directory: RunDirectory
  ) throws {
    var evaluation: [(String, Double)] = []
    if let test {
      evaluation = [("test_loss", test.meanLoss)]
      if settings.metrics.contains(.accuracy) {
        evaluation.append(("test_accuracy", test.hits / Double(max(1, test.samples))))
      }
    }
    let final = observer.history.last + evaluation
    try failing(directory.path) { () throws(FileError) in
      try directory.writeMetrics(
        Dictionary(final.map { ($0.0, JSONText.number($0.1)) }) { $1 }.merging(["seconds": .number(seconds)]) { $1 })
    }
    console.answer(
      RunReport(
        history: observer.history.training, monitor: observer.history.monitor, evaluation: evaluation,
        runDirectory: directory.path
      ).text + "\n")
    var bag = DiagnosticBag()
    for expectation in loaded.spec.expectations.items {
      switch expectation.subject {
      case .metric(let name):
        guard let value = final.first(where: { $0.0 == name })?.1 else {
          bag.add(expectation.broken("`\(name)` was not measured"))
          continue
        }
        bag.add(contentsOf: expectation.check(value))
      case .maxSeconds: bag.add(contentsOf: expectation.check(seconds))
      default: break
      }
    }
    if bag.isEmpty { return }
    loaded.report(bag.sorted, console: console)
    throw Exit(.expectation)
  }

  /// Runs `body`; what the session cannot do ends the command.
  private func failing<Result: ~Copyable>(_ body: () throws(SessionError) -> Result) throws -> Result {
    do throws(SessionError) { return try body() } catch {
      if let fault = loaded.faultOfSample(error) {
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

extension Located {
  /// A fault of what this value names, at its place.
  func fault(_ message: String, help: String?) -> Diagnostic {
    Diagnostic(SpecCode.unusableFile, message, at: span, help: help, path: path)
  }
}
