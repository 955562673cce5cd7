import CAllocations
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import Testing

/// What an update does over more weights than one tile holds, with several threads, and through the trainer.
@Suite("updates") struct UpdateTests {
  /// One dense layer of 200 times 100 and 100 numbers: two tiles, the kernel in both, the bias in the second.
  private struct Wide {
    let model: CompiledModel
    let data: Dataset
    let weights: [[Float]]

    init(_ optimizer: String, metrics: String = "[]") throws {
      model = CompiledModel(
        try TrainingReference.spec(
          input: 200, layers: ["{dense: 100}", "softmax"], optimizer: optimizer,
          loss: "{categorical_crossentropy: {label_smoothing: 0.1}}", metrics: metrics), batchSize: 16)
      var random = SystemFreeRandom(seed: 5)
      data = Dataset(
        sampleShape: [200], storage: .floats((0..<40 * 200).map { _ in random.next() }),
        labels: (0..<40).map { Int32($0 % 100) }, classNames: [], sourceIndices: Array(0..<40))
      weights = [(0..<20_000).map { _ in random.next() / 8 }, (0..<100).map { _ in random.next() }]
    }

    func session(threads: Int) throws -> Session {
      var session = try Session(
        training: model.trainingPlan(), evaluation: model.evaluationPlan(), threadCount: threads, seed: 1)
      session.weights = weights
      return session
    }
  }

  /// Numbers in -1 to 1 (Knuth's 64-bit linear congruence).
  private struct SystemFreeRandom {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }

  private func norm(_ values: [Float]) -> Double {
    values.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  @Test("gradients are clipped by the norm of each weight, or of all", arguments: [1, 2, 3])
  func norms(_ threads: Int) throws {
    let order = (0..<16).map { Int32($0) }
    for (name, limit) in [("clipnorm", 0.01), ("global_clipnorm", 0.01), ("clipnorm", 1e9), ("global_clipnorm", 1e9)] {
      let wide = try Wide("{sgd: {\(name): \(limit)}}")
      var session = try wide.session(threads: threads)
      _ = try session.train(wide.data, order: order, batch: 0..<16, learningRate: 1)
      let gradients = session.gradients.compactMap(\.self)
      let all = norm(Array(gradients.joined()))
      for (index, gradient) in gradients.enumerated() {
        let size = name == "clipnorm" ? norm(gradient) : all
        #expect(size > 0.01)
        let factor = limit / max(size, limit)
        for (place, value) in gradient.enumerated() {
          let expected = Double(wide.weights[index][place]) - Double(value) * factor
          #expect(abs(Double(session.weights[index][place]) - expected) <= 1e-7, "\(name) \(limit), \(index) \(place)")
        }
      }
    }
  }

  private static let everything = """
    {adam: {learning_rate: {cosine_decay: {initial_learning_rate: 0.01, decay_steps: 9, warmup: 2}}, amsgrad: true, \
    weight_decay: 0.1, global_clipnorm: 0.1, use_ema: true, ema_overwrite_frequency: 2, gradient_accumulation_steps: 2}}
    """
  private static let measures = """
    [accuracy, top_k_accuracy, precision, {recall: {top_k: 3}}, f1, auc, {auc: {multi_label: true, name: areas}}]
    """

  @Test("weights, state and metrics have the same bits with any number of threads") func threads() throws {
    let wide = try Wide(Self.everything, metrics: Self.measures)
    let order = (0..<40).map { Int32(($0 * 7) % 40) }
    func run(_ threads: Int) throws -> ([[Float]], [Float], [Double], [Double]) {
      var session = try wide.session(threads: threads)
      var training = MetricTotals(wide.model.metrics)
      var validation = MetricTotals(wide.model.metrics)
      for _ in 0..<3 {
        for batch in [0..<16, 16..<32, 32..<40] {
          _ = try session.train(wide.data, order: order, batch: batch, learningRate: 0.01, measuring: &training)
          _ = try session.evaluate(wide.data, order: order, batch: batch, measuring: &validation)
        }
      }
      return (session.weights, session.optimizerState, training.sums, validation.sums)
    }
    let one = try run(1)
    #expect(one.2.contains { $0 > 0 } && one.2 != one.3)
    for threads in [2, 3, 8] {
      let other = try run(threads)
      #expect(one.0 == other.0 && one.1 == other.1 && one.2 == other.2 && one.3 == other.3, "\(threads) threads")
    }
  }

  @Test("steps with all of it allocate nothing", arguments: [1, 2]) func allocations(_ threads: Int) throws {
    guard allocation_count() >= 0 else { return }
    let wide = try Wide(Self.everything, metrics: Self.measures)
    var session = try wide.session(threads: threads)
    let schedule = try #require(wide.model.spec.training).optimizer.value.schedule
    let order = (0..<40).map { Int32($0) }
    var totals = MetricTotals(wide.model.metrics)
    func steps(_ count: Int) throws -> Int64 {
      let before = allocation_count()
      for _ in 0..<count {
        let rate = schedule.rate(step: Int(session.step))
        _ = try session.train(wide.data, order: order, batch: 0..<16, learningRate: rate, measuring: &totals)
        _ = try session.evaluate(wide.data, order: order, batch: 16..<25, measuring: &totals)
      }
      return allocation_count() - before
    }
    _ = try steps(2)
    let found = try steps(50)
    #expect(found == 0, "\(found) allocations in 50 steps")
  }

  @Test("the plan says what an update does") func plan() throws {
    let plan = try #require(try Wide(Self.everything).model.trainingPlan())
    let kernels = plan.steps.map(\.kernel)
    #expect(
      kernels.suffix(5) == [
        "reduce gradients", "accumulate gradients", "squares of gradients", "factors of gradients", "adam update",
      ])
    #expect(plan.groups[plan.firstUpdateGroup].steps.contains(kernels.count - 4))
    // m, v, its greatest, the average, the sums: of 20,112 floats with the gap behind the bias.
    #expect(plan.sizes.optimizer == 5 * plan.parameters.trainableByteCount)
    #expect(
      try #require(try Wide("adam").model.trainingPlan()).sizes.optimizer == 2 * plan.parameters.trainableByteCount)
  }

  @Test("adagrad's sums start from their initial value") func initialState() throws {
    let session = try Wide("{adagrad: {initial_accumulator_value: 0.25, use_ema: true}}").session(threads: 1)
    let state = session.optimizerState
    #expect(Set(state.prefix(state.count / 2)) == [0.25] && Set(state.suffix(state.count / 2)) == [0])
  }

  // MARK: Trainer

  private struct Listener: TrainingObserver {
    var results: [EpochResult] = []
    var losses: [Double] = []
    var rates: [Float] { results.map(\.learningRate) }
    var learningRate: Float? { nil }
    mutating func epochBegan(_ position: TrainingPosition, steps: Int) {}
    mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {
      losses.append(position.totals.loss)
    }
    mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool {
      results.append(result)
      return true
    }
    var wantsStop: Bool { false }
  }

  @Test(
    "an epoch of the trainer is Keras's hundred batches, its rate and its average",
    arguments: TrainingReference.all("optimizers").filter {
      ["adam_all", "adam_schedule", "sgd_ema"].contains($0.name)
    })
  func trainer(_ reference: TrainingReference) throws {
    let setting = try OptimizerReferenceTests.Setting(reference.spec)
    let expected = try #require(
      try TrainingReference.files.tensors("optimizers.safetensors")["weights/\(reference.name)"])
    var session = try setting.session(threads: 2)
    var listener = Listener()
    let trainer = Trainer(
      TrainingSettings(epochs: 1, batchSize: 1, shuffles: false, schedule: setting.schedule, metrics: []))
    var position = TrainingPosition([])
    let isDone = try trainer.run(
      &session, from: &position, training: setting.data, validation: nil, observer: &listener, clock: { 0 })
    session.applyAverage()
    #expect(isDone && listener.rates == [setting.schedule.rate(step: 99)])
    let found = session.weights.flatMap(\.self)
    for (found, expected) in zip(found, expected.values.suffix(found.count)) {
      // As with the optimizers one by one.
      #expect(abs(found - expected) <= 6e-6 * max(abs(expected), 1))
    }
  }

  @Test("an epoch's values are named, in order, those of the validation behind") func values() throws {
    let wide = try Wide("sgd", metrics: "[accuracy, {f1: {name: mean_f1}}]")
    var session = try wide.session(threads: 1)
    var listener = Listener()
    let trainer = Trainer(
      TrainingSettings(
        epochs: 2, batchSize: 16, shuffles: true, schedule: .constant(0.1), metrics: wide.model.metrics))
    var position = TrainingPosition(wide.model.metrics)
    _ = try trainer.run(
      &session, from: &position, training: wide.data, validation: wide.data, observer: &listener, clock: { 0 })
    let result = try #require(listener.results.last)
    #expect(result.epoch == 2 && result.learningRate == 0.1)
    #expect(
      result.values.map(\.name) == ["loss", "accuracy", "mean_f1", "val_loss", "val_accuracy", "val_mean_f1"])
    #expect(result.value(of: "loss") == listener.losses.last)
    #expect(result.value(of: "val_mean_f1") != nil && result.value(of: "auc") == nil)
    let measured = try trainer.evaluate(&session, wide.data)
    #expect(measured.sampleCount == 40 && measured.values.map(\.value) == result.values.suffix(3).map(\.value))
  }
}
