import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec

/// Times a model's plans on random samples.
struct ModelBench {
  private let spec: Spec
  private let compiler: Compiler
  private let threads: Int
  private let runs: Int
  private let clock: () -> Double
  private let labels: TensorType

  /// - Parameter labels: those of the samples that steps are run on, where they are not random ones.
  init(
    _ spec: Spec, compiler: Compiler, threads: Int, runs: Int, labels: TensorType = .classIndex,
    clock: @escaping () -> Double
  ) {
    self.spec = spec
    self.labels = labels
    self.compiler = compiler
    self.threads = threads
    self.runs = runs
    self.clock = clock
  }

  /// Each step of the training plan, or of inference where the spec says nothing of training.
  ///
  /// - Parameters:
  ///   - weights: to begin with; as the spec draws them, unless told otherwise.
  ///   - data: at least a batch of samples; random ones, unless told otherwise.
  func steps(
    batch: Int, weights: [[Float]]? = nil, on data: Dataset? = nil
  ) throws(SessionError) -> [BenchReport.Step] {
    let trains = spec.training != nil
    let plan = plan(batch: batch)
    var session = try self.session(training: trains ? plan : nil, evaluation: trains ? nil : plan)
    if let weights { session.weights = weights }
    let data = data ?? samples(batch)
    let times = try session.measureSteps(
      data, order: order(batch), batch: 0..<batch, repeats: runs, ofTraining: trains, clock: clock)
    return zip(plan.steps, times).map { step, seconds in
      let cost = plan.cost(of: step)
      return BenchReport.Step(
        name: step.kernel, layer: step.layer, flops: cost.flops, bytesRead: cost.read, bytesWritten: cost.written,
        seconds: seconds, isBackward: step.origin == .backward)
    }
  }

  /// Bytes of the arena that measuring steps takes.
  func byteCount(batch: Int) -> Int {
    let plan = plan(batch: batch)
    let trains = spec.training != nil
    return Session.byteCount(training: trains ? plan : nil, evaluation: trains ? nil : plan, threadCount: threads)
  }

  /// The plan whose steps can run one by one: each piece of a batch keeps what its steps leave to the next ones.
  private func plan(batch: Int) -> Plan {
    let model = CompiledModel(spec, compiler: compiler, batchSize: batch, labels: labels)
    let whole = model.trainingPlan() ?? model.predictionPlan()
    return compiler.plan(
      whole.graph, purpose: whole.purpose, batch: batch, update: spec.training?.optimizer.value.rule,
      separatesPieces: true)
  }

  /// The training step as it runs, and inference of one image and of many.
  func jobs(batch: Int, images: Int) throws(SessionError) -> [BenchReport.Job] {
    var jobs: [BenchReport.Job] = []
    let model = CompiledModel(spec, compiler: compiler, batchSize: batch)
    if let plan = model.trainingPlan() {
      var session = try session(training: plan, evaluation: nil)
      let data = samples(batch)
      let order = order(batch)
      let seconds = try timed { () throws(SessionError) in
        _ = try session.train(data, order: order, batch: 0..<batch, learningRate: 1e-6)
      }
      jobs.append(
        BenchReport.Job(
          name: "training step, batch \(batch)", images: batch, flops: plan.flops, seconds: seconds))
    }
    for count in images == 1 ? [1] : [1, images] {
      let plan = CompiledModel(spec, compiler: compiler, batchSize: count).predictionPlan()
      var session = try session(training: nil, evaluation: plan)
      let data = samples(count)
      let order = order(count)
      let seconds = try timed { () throws(SessionError) in
        _ = try session.predict(data, order: order, batch: 0..<count)
      }
      jobs.append(
        BenchReport.Job(
          name: "inference of \(count)", images: count, flops: plan.flops, seconds: seconds))
    }
    return jobs
  }

  // MARK: -

  private func session(training: Plan?, evaluation: Plan?) throws(SessionError) -> Session {
    var session = try Session(training: training, evaluation: evaluation, threadCount: threads, seed: 1)
    session.weights =
      (training ?? evaluation)?.graph.parameters.enumerated().map { index, parameter in
        parameter.declaration.initializer.values(parameter, index: index, seed: 1)
      } ?? []
    return session
  }

  /// Uniform in 0 to 1, labels in turn.
  private func samples(_ count: Int) -> Dataset {
    let random = CounterRandom(seed: 1, purpose: .initializer, index: 1 << 20)
    let extents = spec.model.inputType.extents
    let size = extents.reduce(1, *)
    let classes = max(2, spec.model.outputType.elementCount)
    let isBinary = spec.model.outputType.elementCount == 1
    return Dataset(
      sampleShape: extents, storage: .floats((0..<count * size).map { random.uniform($0) }),
      labels: (0..<count).map { Int32($0 % (isBinary ? 2 : classes)) }, classNames: [],
      sourceIndices: Array(0..<count))
  }

  private func order(_ count: Int) -> [Int32] { (0..<Int32(count)).map(\.self) }

  /// Seconds of each run, after a few that warm up; more of the short ones.
  private func timed(_ body: () throws(SessionError) -> Void) throws(SessionError) -> [Double] {
    var seconds: [Double] = []
    let start = clock()
    for _ in 0..<3 { try body() }
    let one = max(1e-7, (clock() - start) / 3)
    for _ in 0..<max(runs, min(20_000, Int(0.5 / one))) {
      let begin = clock()
      try body()
      seconds.append(clock() - begin)
    }
    return seconds
  }
}

extension Plan {
  /// Operations and bytes of one step for a full batch, by the dense algorithm.
  fileprivate func cost(of step: Step) -> (flops: Double, read: Double, written: Double) {
    guard let id = step.node, !step.isPreparation else { return (0, 0, 0) }
    let node = graph.nodes[id.index]
    let operands = node.operands.map { graph[$0].type }
    let results = node.results.map { graph[$0].type }
    let images = Double(decomposition.batch)
    func bytes(_ types: [TensorType]) -> Double {
      types.reduce(0.0) { $0 + Double($1.byteCount) * ($1.isBatched ? images : 1) }
    }
    let flops = Double(node.operation.cost(operands: operands, results: results).flops) * images
    return (flops, bytes(operands), bytes(results))
  }

  /// Of a full batch.
  fileprivate var flops: Double {
    graph.nodes.reduce(0) { sum, node in
      let cost = node.operation.cost(
        operands: node.operands.map { graph[$0].type }, results: node.results.map { graph[$0].type })
      return sum + Double(cost.flops) * Double(decomposition.batch)
    }
  }
}
