import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import Testing

@Suite("moving statistics") struct MovingStatisticsTests {
  /// A batch of 8 and 12 has mean 10 and biased variance 4. By hand, after five steps from 0 and 1 with momentum 0.99:
  /// mean (1 - 0.99^5) * 10 = 0.490099501, variance 0.99^5 + (1 - 0.99^5) * 4 = 1.147029850.
  @Test("five steps move them as far as arithmetic says") func fiveSteps() throws {
    var builder = GraphBuilder(purpose: .training)
    builder.layer = "batch_normalization"
    let x = builder.input(.samples, type: TensorType([1]))
    let declared: [(String, Initializer, Bool)] = [
      ("gamma", .ones, true), ("beta", .zeros, true), ("moving_mean", .zeros, false), ("moving_variance", .ones, false),
    ]
    let parameters = declared.map { name, initializer, isTrainable in
      builder.parameter(ParameterDeclaration(name, [1], initializer: initializer, isTrainable: isTrainable))
    }
    let operation = BatchNormalizationOperation(
      momentum: 0.99, epsilon: 1e-3, hasScale: true, hasCenter: true, usesBatchStatistics: true)
    builder.setOutputs([builder.append(operation, [x] + parameters)])
    let compiler = Compiler()
    let graph = compiler.trainingGraph(
      builder.graph, loss: .meanSquaredError, labels: TensorType([1], element: .int32))
    let plan = compiler.plan(graph, purpose: .training, batch: 2, update: .sgd(momentum: 0, nesterov: false))
    var session = try Session(training: plan, evaluation: nil, threadCount: 2, seed: 0)
    session.weights = [[1], [0], [0], [1]]
    let data = Dataset(
      sampleShape: [1], storage: .floats([8, 12]), labels: [0, 0], classNames: [], sourceIndices: [0, 1])
    for _ in 0..<5 { _ = try session.train(data, order: [0, 1], batch: 0..<2, learningRate: 0) }
    // Five roundings of float32 at most 1: 5 * 2^-24.
    #expect(abs(session.weights[2][0] - 0.490_099_501) < 3e-7)
    #expect(abs(session.weights[3][0] - 1.147_029_850) < 6e-7)
  }
}
