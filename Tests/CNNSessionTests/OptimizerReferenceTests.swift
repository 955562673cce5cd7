import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import Testing

/// The first hundred batches of every optimizer, each argument other than its default at least once.
///
/// Gradients do not depend on the weights (the mean absolute error of targets a million away), so that both sides are
/// given the same bits and nothing is amplified.
@Suite("optimizers against Keras") struct OptimizerReferenceTests {
  @Test("a hundred batches", arguments: TrainingReference.all("optimizers"), [1, 3])
  func weights(_ reference: TrainingReference, _ threads: Int) throws {
    let tensors = try TrainingReference.files.tensors("optimizers.safetensors")
    let kept = try TrainingReference.integers("steps", in: "optimizers.json")
    let expected = try #require(tensors["weights/\(reference.name)"])
    let setting = try Setting(reference.spec)
    var session = try setting.session(threads: threads)
    let start = session.weights.flatMap(\.self)
    let order = setting.order
    var row = 0
    func compare(_ what: String) {
      let found = session.weights.flatMap(\.self)
      let wanted = expected.values[row * found.count..<(row + 1) * found.count]
      row += 1
      // Ten roundings a step of a number as large as the weight or as its way so far; measured: a fifth of that.
      for (index, (found, wanted)) in zip(found, wanted).enumerated() {
        let size = max(abs(start[index]), abs(wanted), 1e-2)
        let bound = Double(size) * 0x1p-24 * 10 * Double(order.count).squareRoot()
        #expect(abs(Double(found) - Double(wanted)) <= bound, "\(reference.name) \(what), number \(index)")
      }
    }
    for step in 0..<order.count {
      _ = try session.train(
        setting.data, order: order, batch: step..<step + 1, learningRate: setting.schedule.rate(step: step))
      if kept.contains(step + 1) { compare("after \(step + 1)") }
    }
    session.applyAverage()
    compare("at the end")
    #expect(row == expected.shape[0] && row > 10)
  }

  @Test(
    "a session that takes over weights, state and step goes on with the same bits",
    arguments: TrainingReference.all("optimizers"))
  func takesOver(_ reference: TrainingReference) throws {
    let setting = try Setting(reference.spec)
    let order = setting.order
    var whole = try setting.session(threads: 2)
    // A place within a set of accumulated batches, for each of them.
    for step in 0..<37 {
      _ = try whole.train(
        setting.data, order: order, batch: step..<step + 1, learningRate: setting.schedule.rate(step: step))
    }
    var other = try setting.session(threads: 1)
    other.weights = whole.weights
    other.optimizerState = whole.optimizerState
    other.step = whole.step
    #expect(whole.optimizerStateCount == whole.optimizerState.count)
    for step in 37..<60 {
      let rate = setting.schedule.rate(step: step)
      _ = try whole.train(setting.data, order: order, batch: step..<step + 1, learningRate: rate)
      _ = try other.train(setting.data, order: order, batch: step..<step + 1, learningRate: rate)
    }
    whole.applyAverage()
    other.applyAverage()
    #expect(whole.weights == other.weights && whole.optimizerState == other.optimizerState)
  }

  /// A dense layer on the reference's samples, one a batch.
  struct Setting {
    let model: CompiledModel
    let data: Dataset
    let weights: [[Float]]
    let schedule: LearningRateSchedule
    let order: [Int32]

    init(_ optimizer: String) throws {
      let tensors = try TrainingReference.files.tensors("optimizers.safetensors")
      let (x, targets) = (try #require(tensors["x"]), try #require(tensors["targets"]))
      let (inputs, units, samples) = (x.shape[1], targets.shape[1], x.shape[0])
      model = CompiledModel(
        try TrainingReference.spec(
          input: inputs, layers: ["{dense: \(units)}"], optimizer: optimizer, loss: "mean_absolute_error"),
        batchSize: 1)
      data = Dataset(
        sampleShape: [inputs], storage: .floats(x.values), labels: [Int32](repeating: 0, count: samples),
        targets: targets.values, classNames: [], sourceIndices: Array(0..<samples))
      weights = [try #require(tensors["kernel"]).values, try #require(tensors["bias"]).values]
      schedule = try #require(model.spec.training).optimizer.value.schedule
      order = (0..<Int32(samples)).map(\.self)
    }

    func session(threads: Int) throws -> Session {
      let plan = model.trainingPlan(labels: TensorType(model.spec.model.outputType.extents))
      var session = try Session(training: plan, evaluation: nil, threadCount: threads, seed: 0)
      session.weights = weights
      return session
    }
  }
}
