internal import CNNGraph
package import CNNKernels
package import CNNLayers
internal import CNNPlan
package import CNNSession

/// How a network is run: which compiler, how large the plan's batch, how many threads.
package struct SessionSetup: Sendable, CustomStringConvertible {
  package var instructionSet = InstructionSet.best
  package var fuses = true
  /// The plan's batch; the number of samples if `nil`.
  package var batch: Int?
  package var threads = 2
  package var seed: UInt64 = 0
  package var step: UInt32 = 0

  package init(
    instructionSet: InstructionSet = .best, fuses: Bool = true, batch: Int? = nil, threads: Int = 2, seed: UInt64 = 0,
    step: UInt32 = 0
  ) {
    self.instructionSet = instructionSet
    self.fuses = fuses
    self.batch = batch
    self.threads = threads
    self.seed = seed
    self.step = step
  }

  package var compiler: Compiler { Compiler(kernels: KernelTable(instructionSet), fuses: fuses) }
  package var description: String {
    "\(instructionSet), \(fuses ? "fused" : "unfused"), \(threads) threads, batch \(batch.map(String.init) ?? "full")"
  }
}

/// What the kernels made of one batch.
package struct SessionOutcome: Sendable, Equatable {
  package var lossSum = 0.0
  package var hits = 0.0
  package var gradients: [[Float]?] = []
  /// After a step at rate zero: as before, but for moving statistics.
  package var weights: [[Float]] = []
  /// Of an evaluation: without dropout, with moving statistics.
  package var evaluatedLossSum = 0.0
  package var evaluatedHits = 0.0
  /// One row a sample.
  package var predictions: [[Float]] = []
}

extension NetworkCase {
  package func dataset(_ data: NetworkData) -> Dataset {
    let isClass = if case .classes = labels { true } else { false }
    return Dataset(
      sampleShape: input, storage: .floats(data.samples.flatMap { $0.map { Float($0) } }),
      labels: data.labels.map { isClass ? Int32($0[0]) : 0 },
      targets: isClass ? [] : data.labels.flatMap { $0.map { Float($0) } }, classNames: [],
      sourceIndices: Array(data.samples.indices))
  }

  /// Loss, hits and gradients of all samples as one batch, then evaluation and predictions of the same weights.
  package func run(_ data: NetworkData, _ setup: SessionSetup) throws -> SessionOutcome {
    var outcome = SessionOutcome()
    let dataset = dataset(data)
    let order = (0..<Int32(dataset.count)).map(\.self)
    let batch = setup.batch ?? dataset.count
    let compiler = setup.compiler
    let weights = data.parameters.map { $0.map { Float($0) } }

    let training = compiler.plan(
      trainingGraph(compiler), purpose: .training, batch: batch, update: .sgd(momentum: 0, nesterov: false))
    let evaluation = compiler.plan(evaluationGraph(compiler), purpose: .inference, batch: batch)
    var session = try Session(
      training: training, evaluation: evaluation, threadCount: setup.threads, seed: setup.seed)
    session.step = setup.step
    session.weights = weights
    let trained = try session.train(dataset, order: order, batch: 0..<order.count, learningRate: 0)
    (outcome.lossSum, outcome.hits) = (trained.lossSum, trained.hits)
    outcome.gradients = session.gradients
    outcome.weights = session.weights
    session.weights = weights
    let evaluated = try session.evaluate(dataset, order: order, batch: 0..<order.count)
    (outcome.evaluatedLossSum, outcome.evaluatedHits) = (evaluated.lossSum, evaluated.hits)
    outcome.predictions = try predictions(data, setup, order: order)
    return outcome
  }

  /// Predictions of the samples that `order` names, as one batch.
  package func predictions(_ data: NetworkData, _ setup: SessionSetup, order: [Int32]) throws -> [[Float]] {
    let compiler = setup.compiler
    let plan = compiler.plan(inferenceGraph(compiler), purpose: .inference, batch: setup.batch ?? order.count)
    var session = try Session(training: nil, evaluation: plan, threadCount: setup.threads, seed: setup.seed)
    session.weights = data.parameters.map { $0.map { Float($0) } }
    let flat = try session.predict(dataset(data), order: order, batch: 0..<order.count)
    let width = flat.count / order.count
    return order.indices.map { Array(flat[$0 * width..<($0 + 1) * width]) }
  }
}
