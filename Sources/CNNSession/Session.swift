internal import CNNGraph
internal import CNNKernels
package import CNNPlan

/// Memory and workers for the plans of one model: trains, evaluates, predicts; allocates only when it opens.
///
/// In: plans over one set of weights. Out: changed weights, losses, predictions. It knows neither layers nor files.
package struct Session: ~Copyable {
  private let arena: Arena
  let executor: Executor
  private(set) var training: BoundPlan?
  private(set) var evaluation: BoundPlan?
  let parameters: [Parameter]
  let layout: ParameterLayout
  let optimizerByteCount: Int
  let base: Frame
  package let threadCount: Int
  package let arenaByteCount: Int
  /// What a step may change before it is judged: the weights that training does not update, moving statistics.
  private let untrained: Slot
  private var untrainedBefore: [Float]
  /// A batch's predictions, where a plan gives them for metrics.
  private var predictions: [Float]
  /// Whether what the evaluation plan prepares of the weights is there, and of these weights: never beside a training
  /// plan, whose steps lie over it and change the weights.
  var isPrepared = false
  /// Steps and updates done, which dropout and Adam count by.
  package var step: UInt32 = 0
  package var seed: UInt64

  /// What a step saw, before its update. The loss includes the penalties on weights.
  package struct StepResult: Sendable, Equatable {
    package var lossSum = 0.0
    package var hits = 0.0
    package var samples = 0
    /// The penalties on weights, which are part of each sample's loss.
    package var penalty = 0.0

    package init(lossSum: Double = 0, hits: Double = 0, samples: Int = 0, penalty: Double = 0) {
      self.lossSum = lossSum
      self.hits = hits
      self.samples = samples
      self.penalty = penalty
    }

    package var meanLoss: Double { lossSum / Double(samples) }
  }

  /// - Parameters:
  ///   - training: a plan whose first two outputs are loss and hits, and the third, if there is one, the model's;
  ///     `nil` to leave weights alone.
  ///   - evaluation: likewise, without update; or one whose output is a prediction.
  package init(
    training: Plan?, evaluation: Plan?, threadCount: Int, seed: UInt64
  ) throws(SessionError) {
    let plans = [training, evaluation].compactMap(\.self)
    guard let first = plans.first else { throw SessionError(.mismatch, "a session needs a plan") }
    precondition(plans.allSatisfy { $0.parameters == first.parameters }, "plans of one model share their weights")
    let workers = max(1, threadCount)
    let kept = first.sizes.parameters + (training?.sizes.optimizer ?? 0)
    let needed = Self.byteCount(training: training, evaluation: evaluation, threadCount: workers)
    guard let arena = Arena(byteCount: needed) else {
      throw SessionError(
        .outOfMemory, "the system has no \(needed >> 20) MiB for this model and batch",
        help: "a smaller `batch_size` needs less")
    }
    let trainingPlan = training.map { BoundPlan($0, frame: Self.frame($0, arena, kept: kept, workers: workers)) }
    let evaluationPlan = evaluation.map { BoundPlan($0, frame: Self.frame($0, arena, kept: kept, workers: workers)) }
    base = trainingPlan?.frame ?? evaluationPlan?.frame ?? Self.frame(first, arena, kept: kept, workers: workers)
    executor = Executor(pool: WorkerPool(threadCount: workers), frame: base)
    self.training = trainingPlan
    self.evaluation = evaluationPlan
    self.arena = arena
    arenaByteCount = needed
    untrained = Slot(
      region: .parameters, offset: first.parameters.trainableByteCount,
      byteCount: first.parameters.byteCount - first.parameters.trainableByteCount, isBatched: false)
    untrainedBefore = Array(repeating: 0, count: untrained.floatCount)
    predictions = Array(
      repeating: 0,
      count: plans.compactMap { $0.outputs.count > 2 ? $0.outputs[2].floatCount * $0.decomposition.batch : nil }.max()
        ?? 0)
    parameters = first.graph.parameters
    layout = first.parameters
    optimizerByteCount = training?.sizes.optimizer ?? 0
    self.threadCount = workers
    self.seed = seed
    if let rule = training?.update, rule.initialValue != 0 {
      base.fill(
        Slot(region: .optimizer, offset: 0, byteCount: layout.trainableByteCount, isBatched: false),
        with: rule.initialValue)
    }
  }

  deinit { executor.shutDown() }

  /// Bytes of the arena of such a session: weights and optimiser, and the larger of what the plans need in a step.
  package static func byteCount(training: Plan?, evaluation: Plan?, threadCount: Int) -> Int {
    let plans = [training, evaluation].compactMap(\.self)
    return (plans.first?.sizes.parameters ?? 0) + (training?.sizes.optimizer ?? 0)
      + (plans.map { $0.scratchByteCount(workers: max(1, threadCount)) }.max() ?? 0)
  }

  private static func frame(_ plan: Plan, _ arena: borrowing Arena, kept: Int, workers: Int) -> Frame {
    let sizes = plan.sizes
    var bases: [Region: Int] = [.parameters: 0, .optimizer: sizes.parameters]
    var end = kept
    func place(_ region: Region, _ byteCount: Int) {
      bases[region] = end
      end += byteCount
    }
    place(.gradients, sizes.gradients * plan.decomposition.pieces)
    place(.shared, sizes.shared)
    place(.outputs, sizes.outputs)
    place(.block, sizes.block * (plan.blocksArePerWorker ? workers : plan.decomposition.pieces))
    place(.workspace, sizes.workspace * workers)
    return Frame(
      arena: arena, bases: bases, blockStride: sizes.block, workspaceStride: sizes.workspace,
      gradientStride: sizes.gradients)
  }

  // MARK: Weights

  /// Values of each parameter, in the graph's order.
  package var weights: [[Float]] {
    get { parameters.indices.map { base.values(of: layout.slot(ParameterID(index: $0), of: parameters)) } }
    set {
      precondition(newValue.count == parameters.count, "one array a parameter")
      isPrepared = false
      for (index, values) in newValue.enumerated() {
        base.set(layout.slot(ParameterID(index: index), of: parameters), to: values)
      }
    }
  }

  /// Gradients of the last training step, summed over the batch; `nil` for frozen parameters.
  package var gradients: [[Float]?] {
    parameters.indices.map { index in
      guard parameters[index].declaration.isTrainable, let training else { return nil }
      return training.frame.values(of: layout.slot(ParameterID(index: index), of: parameters, in: .gradients))
    }
  }

  /// Whether every weight is a finite number.
  package var hasFiniteWeights: Bool {
    base.isFinite(
      Slot(region: .parameters, offset: 0, byteCount: layout.byteCount, isBatched: false))
  }

  /// What the optimiser remembers of the weights, all of it: slot after slot, each laid out as the trainable weights.
  ///
  /// Together with the weights, `seed` and `step` it is the whole state of training: what else an update reads (Adam's
  /// powers, Nadam's product of momenta, the place within an accumulation) is a function of `step`.
  package var optimizerState: [Float] {
    get { base.values(of: optimizerSlot) }
    set {
      precondition(newValue.count == optimizerSlot.floatCount, "\(newValue.count) values of another optimiser")
      base.set(optimizerSlot, to: newValue)
    }
  }

  /// Floats of `optimizerState`.
  package var optimizerStateCount: Int { optimizerSlot.floatCount }

  /// Puts the average of the weights in their place, where the optimiser keeps one and has made a step; Keras does so at
  /// the end of `fit`.
  package mutating func applyAverage() {
    guard let index = training?.update?.averageIndex, step > 0 else { return }
    let average = Slot(
      region: .optimizer, offset: index * layout.trainableByteCount, byteCount: layout.trainableByteCount,
      isBatched: false)
    base.set(layout.trainableSlot, to: base.values(of: average))
  }

  var optimizerSlot: Slot {
    Slot(region: .optimizer, offset: 0, byteCount: optimizerByteCount, isBatched: false)
  }

  // MARK: Steps

  /// Trains on one batch: the samples of `dataset` that `order[batch]` names.
  ///
  /// - Throws: `diverged` if the loss or a gradient is not finite; the weights are then as before the step.
  package mutating func train(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>, learningRate: Float
  ) throws(SessionError) -> StepResult {
    guard let training else { throw SessionError(.mismatch, "this session has no training plan") }
    var frame = training.frame
    frame.scalars.step = step
    frame.scalars.seed = seed
    frame.scalars.learningRate = learningRate
    frame.copy(untrained, into: &untrainedBefore)
    let (result, isFinite) = try dataset.bind(&frame, order: order, batch: batch) { frame in
      executor.run(training, groups: 0..<training.firstUpdateGroup, frame: frame)
      let result = Self.result(training, frame)
      let isFinite = result.lossSum.isFinite && !(training.nonFiniteFlags.map { frame.hasFlag($0) } ?? false)
      if isFinite {
        executor.run(training, groups: training.firstUpdateGroup..<training.groups.count, frame: frame)
      }
      return (result, isFinite)
    }
    guard isFinite else {
      let quantity = quantity(result)
      let finding = try dataset.bind(&frame, order: order, batch: batch) { frame in
        findDivergence(
          training, frame, quantity, penaltiesAreFinite: result.penalty.isFinite, order: order, batch: batch)
      }
      base.set(untrained, to: untrainedBefore)
      throw SessionError(Divergence(step: Int(step) + 1, finding, in: dataset))
    }
    step &+= 1
    return result
  }

  /// The same, and adds what the step saw to `totals`.
  package mutating func train(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>, learningRate: Float,
    measuring totals: inout MetricTotals
  ) throws(SessionError) -> StepResult {
    let result = try train(dataset, order: order, batch: batch, learningRate: learningRate)
    measure(training, result, dataset, order: order, batch: batch, &totals)
    return result
  }

  /// Loss and hits of one batch, weights left alone.
  package mutating func evaluate(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>
  ) throws(SessionError) -> StepResult {
    guard let evaluation else { throw SessionError(.mismatch, "this session has no evaluation plan") }
    var frame = evaluation.frame
    let first = firstGroup(evaluation)
    return try dataset.bind(&frame, order: order, batch: batch) { frame in
      executor.run(evaluation, groups: first..<evaluation.groups.count, frame: frame)
      isPrepared = training == nil
      return Self.result(evaluation, frame)
    }
  }

  /// The same, and adds what the batch came to to `totals`.
  package mutating func evaluate(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>, measuring totals: inout MetricTotals
  ) throws(SessionError) -> StepResult {
    let result = try evaluate(dataset, order: order, batch: batch)
    measure(evaluation, result, dataset, order: order, batch: batch, &totals)
    return result
  }

  /// The model's output of the batch that was evaluated last, `[samples, …]` row-major, where the evaluation plan gives
  /// it as its third output.
  ///
  /// - Parameter samples: of that batch. Any other step overwrites them.
  package func evaluatedOutputs(samples: Int) -> [Float] {
    guard let evaluation, evaluation.outputs.count > 2 else { return [] }
    return evaluation.frame.values(of: evaluation.outputs[2], samples: samples)
  }

  private mutating func measure(
    _ plan: BoundPlan?, _ result: StepResult, _ dataset: borrowing Dataset, order: borrowing [Int32],
    batch: Range<Int>, _ totals: inout MetricTotals
  ) {
    totals.add(result)
    guard totals.readsPredictions, let plan else { return }
    precondition(plan.outputs.count > 2, "metrics of predictions, and a plan without them")
    plan.frame.copy(plan.outputs[2], samples: batch.count, into: &predictions)
    totals.add(predictions, width: plan.outputs[2].floatCount, dataset, order: order, batch: batch)
  }

  /// The first output of the evaluation plan for one batch: `[batch, …]`, row-major.
  package mutating func predict(
    _ dataset: borrowing Dataset, order: borrowing [Int32], batch: Range<Int>
  ) throws(SessionError) -> [Float] {
    guard let evaluation else { throw SessionError(.mismatch, "this session has no evaluation plan") }
    var frame = evaluation.frame
    let first = firstGroup(evaluation)
    return try dataset.bind(&frame, order: order, batch: batch) { frame in
      executor.run(evaluation, groups: first..<evaluation.groups.count, frame: frame)
      isPrepared = training == nil
      return frame.values(of: evaluation.outputs[0], samples: batch.count)
    }
  }

  /// The first that runs: what is prepared already need not be for every batch.
  private func firstGroup(_ evaluation: BoundPlan) -> Int {
    isPrepared ? evaluation.keptPreparationGroups : 0
  }

  private static func result(_ plan: BoundPlan, _ frame: Frame) -> StepResult {
    let count = frame.scalars.batchCount
    // Keras's loss of a batch: the mean of its samples' and the penalties, which do not depend on its size.
    let penalty = plan.penaltySums.map { frame.sum(of: $0, samples: $0.floatCount) } ?? 0
    return StepResult(
      lossSum: frame.sum(of: plan.outputs[0], samples: count) + penalty * Double(count),
      hits: frame.sum(of: plan.outputs[1], samples: count),
      samples: count, penalty: penalty)
  }

  /// What of a step is not finite.
  private func quantity(_ result: StepResult) -> Divergence.Quantity {
    guard result.lossSum.isFinite else { return .loss }
    let weight = zip(parameters, gradients).first { _, values in values?.contains { !$0.isFinite } ?? false }
    return .gradient(weight?.0.qualifiedName ?? "a weight")
  }
}

extension Dataset {
  /// Lets a frame's kernels read this data set's samples for one batch.
  ///
  /// - Throws: what a stream throws; samples in memory are always there.
  borrowing func bind<Result>(
    _ frame: inout Frame, order: borrowing [Int32], batch: Range<Int>, _ body: (Frame) -> Result
  ) throws(SessionError) -> Result {
    precondition(order[batch].allSatisfy { $0 >= 0 && Int($0) < count }, "an index beyond the \(count) samples")
    switch storage {
    case .bytes(let bytes):
      return frame.withSamples(
        bytes: bytes, floats: [], classes: labels, targets: targets, indices: order, batch: batch, body)
    case .floats(let floats):
      return frame.withSamples(
        bytes: [], floats: floats, classes: labels, targets: targets, indices: order, batch: batch, body)
    case .streamed(let stream):
      return try stream.withBatch(order: order, batch: batch) { samples in
        frame.withSamples(
          bytes: samples.bytes, floats: samples.floats, classes: samples.labels, targets: samples.targets,
          indices: samples.positions, batch: 0..<batch.count, body)
      }
    }
  }
}
