import CNNData
import CNNDiagnostics
import CNNGraph
import CNNKernels
import CNNLayers
import CNNSession
import CNNSpec
import Testing

/// Penalties on weights, in numbers that can be checked by hand; `LayerReferenceTests` has Keras's.
@Suite("penalties in training and evaluation") struct PenaltyTests {
  /// y = 2 a - b + 0.5 for (a, b) = (1, 0), (0, 1), (1, 1): 2.5, -0.5, 1.5. With targets 2, 0, 1 each error is 1/2 or
  /// -1/2, each squared error 0.25.
  private static let data = Dataset(
    sampleShape: [2], storage: .floats([1, 0, 0, 1, 1, 1]), labels: [0, 0, 0], targets: [2, 0, 1], classNames: [],
    sourceIndices: [0, 1, 2])

  private func session(
    _ arguments: String, threads: Int = 2, _ instructionSet: InstructionSet = .best
  ) throws -> Session {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let text = """
      model:
        input: [2]
        layers:
          - dense: {units: 1, \(arguments)}
      training: {optimizer: sgd, loss: mean_squared_error, batch_size: 2}
      """
    let spec = SpecLoader.load(Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    let model = CompiledModel(loaded, compiler: Compiler(kernels: KernelTable(instructionSet)))
    let labels = TensorType([1])
    var session = try Session(
      training: model.trainingPlan(labels: labels), evaluation: model.evaluationPlan(labels: labels),
      threadCount: threads, seed: 0)
    session.weights = [[2, -1], [0.5]]
    return session
  }

  private static let penalized =
    "kernel_regularizer: {l1_l2: {l1: 0.1, l2: 0.01}}, bias_regularizer: {l2: 0.5}"

  /// 0.1 * (2 + 1) + 0.01 * (4 + 1) + 0.5 * 0.25 = 0.475, whatever the size of the batch; so the mean over an epoch
  /// of batches of two and one is 0.25 + 0.475.
  @Test("both losses include them, in full and in partial batches", arguments: InstructionSet.allCases)
  func losses(_ instructionSet: InstructionSet) throws {
    guard instructionSet <= .best else { return }
    var session = try session(Self.penalized, instructionSet)
    for batch in [0..<2, 2..<3] {
      let trained = try session.train(Self.data, order: [0, 1, 2], batch: batch, learningRate: 0)
      let evaluated = try session.evaluate(Self.data, order: [0, 1, 2], batch: batch)
      #expect(abs(trained.meanLoss - 0.725) < 1e-7 && trained.samples == batch.count)
      #expect(abs(evaluated.meanLoss - 0.725) < 1e-7)
    }
  }

  /// The error's: (0.5, -0.5) and 0 for the first two samples; the penalties' 0.1 * sign(w) + 0.02 * w and 1 * b.
  @Test("gradients include them, for any number of threads", arguments: 1...3)
  func gradients(threads: Int) throws {
    var session = try session(Self.penalized, threads: threads)
    _ = try session.train(Self.data, order: [0, 1, 2], batch: 0..<2, learningRate: 0.5)
    let kernel = try #require(session.gradients[0])
    let bias = try #require(session.gradients[1])
    #expect(abs(kernel[0] - 0.64) < 1e-7 && abs(kernel[1] + 0.62) < 1e-7 && abs(bias[0] - 0.5) < 1e-7)
    #expect(abs(session.weights[0][0] - 1.68) < 1e-6 && abs(session.weights[0][1] + 0.69) < 1e-6)
    #expect(abs(session.weights[1][0] - 0.25) < 1e-6)
    // The losses of the new weights: y = 1.68 a - 0.69 b + 0.25; errors -0.07, -0.44, 0.24; penalties 0.237 +
    // 0.032985 + 0.03125.
    let evaluated = try session.evaluate(Self.data, order: [0, 1, 2], batch: 0..<2)
    #expect(abs(evaluated.meanLoss - ((0.0049 + 0.1936) / 2 + 0.301235)) < 1e-6)
  }

  /// Keras adds the penalties of trainable weights alone (`Layer._get_weight_regularization_losses`).
  @Test("a frozen layer has none, and a model of frozen layers only measures")
  func frozen() throws {
    var session = try session(Self.penalized + ", trainable: false")
    let trained = try session.train(Self.data, order: [0, 1, 2], batch: 0..<2, learningRate: 1)
    #expect(trained.meanLoss == 0.25 && session.weights == [[2, -1], [0.5]])
    #expect(try session.evaluate(Self.data, order: [0, 1, 2], batch: 0..<2).meanLoss == 0.25)
  }

  /// Keras: `L1L2(l1=0.1)` leaves l2 at 0; the names alone mean 0.01.
  @Test(
    "factors that are left out",
    arguments: [
      ("l1", 0.03), ("l2", 0.05), ("l1_l2", 0.08), ("{l1: 0.1}", 0.3), ("{l2: 0.1}", 0.5), ("{l1_l2: {l1: 0.1}}", 0.3),
      ("{l1_l2: {l2: 0.1}}", 0.5), ("{l1: 0.1, l2: 0.1}", 0.8), ("none", 0),
    ])
  func factors(text: String, penalty: Double) throws {
    var session = try session("kernel_regularizer: \(text)")
    let evaluated = try session.evaluate(Self.data, order: [0, 1, 2], batch: 0..<2)
    #expect(abs(evaluated.meanLoss - 0.25 - penalty) < 1e-7)
  }
}
