import CNNGraph
import CNNLayers
import CNNSession
import CNNSpec
import Testing

/// What is said of a step that was not taken. Values are chosen so that by hand it is plain which one overflows first.
@Suite("divergence") struct DivergenceTests {
  private static let weights: [[Float]] = [[1, 0, 0, 1], [0, 0], [1, 0, 0, 1], [0, 0]]

  /// Two layers of two units with identity weights, on samples of two values.
  private func diverge(
    _ samples: [Float], weights: [[Float]] = DivergenceTests.weights, activation: String = "linear",
    loss: String = "mean_squared_error", layers: [String]? = nil, threads: Int = 2
  ) throws -> (error: SessionError?, weights: [[Float]]) {
    let spec = try TrainingReference.spec(
      input: 2,
      layers: layers ?? [
        "{dense: {units: 2, name: first, activation: \(activation)}}", "{dense: {units: 2, name: second}}",
      ],
      optimizer: "{sgd: {learning_rate: 1}}", loss: loss)
    let count = samples.count / 2
    let model = CompiledModel(spec, batchSize: count)
    let labels = TensorType([2])
    var session = try Session(
      training: model.trainingPlan(labels: labels), evaluation: nil, threadCount: threads, seed: 0)
    session.weights = weights
    let data = Dataset(
      sampleShape: [2], storage: .floats(samples), labels: [Int32](repeating: 0, count: count),
      targets: [Float](repeating: 0, count: samples.count), classNames: [], sourceIndices: (0..<count).map { 100 + $0 })
    let order = (0..<Int32(count)).reversed().map(\.self)
    do throws(SessionError) {
      _ = try session.train(data, order: order, batch: 0..<count, learningRate: 1)
      return (nil, session.weights)
    } catch {
      return (error, session.weights)
    }
  }

  @Test("a sample that is no number", arguments: [1, 3]) func input(_ threads: Int) throws {
    let (error, after) = try diverge([1, 2, 3, .nan, 5, 6, 7, 8, 9, 10], threads: threads)
    let divergence = try #require(error?.divergence)
    #expect(error?.code == .diverged && after == Self.weights)
    #expect(divergence.place == .input && divergence.quantity == .loss && divergence.samples == [101])
    #expect(
      error?.during(epoch: 3, batch: 7).message
        == "the loss of epoch 3, batch 7 is not a finite number: the samples have values that are no finite numbers "
        + "(sample 101)")
  }

  @Test("the first layer that overflows, and with which samples") func layer() throws {
    // 1e30 times 1e30 is beyond a float; 1 times 1e30 is not.
    var weights = Self.weights
    weights[2] = [1e30, 0, 0, 1e30]
    let (error, _) = try diverge([1, 1, 1e30, 1, 1, 1, 1, 1e30, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], weights: weights)
    // The loss is a square: it overflows in every sample, but the layer before it in two alone.
    let divergence = try #require(error?.divergence)
    #expect(divergence.place == .output(layer: "second"))
    #expect(divergence.samples.count == 10 && divergence.largestInput == Double(Float(1e30)))
    #expect(error?.message.contains("the first layer with such an output is `second`") == true)
    // No pixel is as large as that.
    #expect(error?.help?.contains("scale them to values about 1") == true)
    weights[0] = [1e38, 1e38, 1e38, 1e38]
    let (first, _) = try diverge([9, 9, 1, 1], weights: weights)
    #expect(first?.divergence?.place == .output(layer: "first"))
  }

  @Test("a loss of outputs that are finite") func loss() throws {
    let (error, _) = try diverge([1e25, 0, 1, 1])
    #expect(error?.divergence?.place == .loss && error?.divergence?.samples == [100])
    #expect(error?.message == "the loss of step 1 is not a finite number, though the model's output is (sample 100)")
  }

  @Test("a gradient, where it begins") func gradient() throws {
    // The absolute error of 1e30 is a number, and so is its gradient of 1/2; times a weight of 1e38 and an input of 1e30
    // it is none.
    var weights = Self.weights
    weights[0] = [1e-20, 0, 0, 1e-20]
    weights[2] = [1e28, 0, 0, 1e28]
    let (error, after) = try diverge([1e12, 1, 1, 1], weights: weights, loss: "mean_absolute_error")
    let divergence = try #require(error?.divergence)
    #expect(divergence.quantity == .gradient("first/kernel"), "\(divergence)")
    #expect(divergence.place == .gradient(layer: "first") && after == weights)
    #expect(error?.message.hasPrefix("the gradient of `first/kernel` in step 1 is not finite") == true)
  }

  @Test("penalties on weights that are too large") func penalties() throws {
    let (error, _) = try diverge(
      [1, 1, 1, 1], weights: [[1e30, 0, 0, 1], [0, 0]], loss: "mean_absolute_error",
      layers: ["{dense: {units: 2, kernel_regularizer: {l2: 1}, name: first}}"])
    #expect(error?.divergence?.place == .penalties && error?.divergence?.samples == [])
  }

  @Test("batch normalization's statistics are as they were") func statistics() throws {
    let weights: [[Float]] = [[1, 1], [0, 0], [0.5, 0.25], [2, 4]]
    let (error, after) = try diverge(
      [1, 2, .infinity, 4, 5, 6], weights: weights, layers: ["{batch_normalization: {name: norm}}"])
    #expect(error?.divergence?.place == .input && after == weights)
  }
}

/// Numbers by hand: ln 10 = 2.302585…, ln 2 = 0.693147….
@Suite("loss before training") struct ChanceTests {
  @Test("what guessing gives") func chance() {
    #expect(abs(ChanceLevel(classes: 10).loss - 2.302585092994046) < 1e-12)
    func level(_ kind: LossSpec.LossKind, _ outputs: Int) -> ChanceLevel? {
      ChanceLevel(LossSpec(kind), outputs: outputs)
    }
    #expect(level(.categoricalCrossentropy, 10) == ChanceLevel(classes: 10))
    #expect(level(.klDivergence, 3) == ChanceLevel(classes: 3))
    #expect(level(.binaryCrossentropy, 1) == ChanceLevel(classes: 2))
    #expect(level(.meanSquaredError, 10) == nil && level(.huber, 1) == nil)
  }

  @Test("a loss far from it is remarked on") func remarks() {
    let chance = ChanceLevel(classes: 10)
    #expect(chance.remark(on: 2.3, largestInput: 255) == nil)
    #expect(chance.remark(on: 46.05, largestInput: 1) == nil)
    #expect(
      chance.remark(on: 459.2, largestInput: 255)
        == "before training the loss is 459.2, and guessing gives 2.303 (ln 10); the inputs go up to 255: "
        + "`rescale: 1/255` in `data` brings pixels to 0 to 1")
    #expect(
      chance.remark(on: .nan, largestInput: 1)
        == "before training the loss is not a finite number, and guessing gives 2.303 (ln 10); "
        + "the first weights make scores far apart")
  }

  @Test("it is that of the first batch, without penalties") func initialLoss() throws {
    let spec = try TrainingReference.spec(
      input: 1, layers: ["{dense: {units: 2, kernel_regularizer: {l2: 1}}}", "softmax"],
      loss: "categorical_crossentropy")
    let model = CompiledModel(spec, batchSize: 2)
    var session = try Session(
      training: model.trainingPlan(), evaluation: model.evaluationPlan(), threadCount: 1, seed: 0)
    // Equal scores, so ln 2; the penalty of 2 * 3² is no part of it.
    session.weights = [[3, 3], [0, 0]]
    let data = Dataset(
      sampleShape: [1], storage: .floats([1, -7, 90]), labels: [0, 1, 0], classNames: [], sourceIndices: [0, 1, 2])
    let first = try session.initialLoss(of: data, batch: 2)
    #expect(abs(first.loss - 0.6931471805599453) < 1e-6 && first.largestInput == 7)
  }
}
