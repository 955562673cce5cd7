import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

@Suite("Pass: eliminate dead nodes")
struct EliminateDeadNodesTests {
  @Test("what nobody reads goes, in chains; inputs and weights stay")
  func chains() {
    var builder = NetworkBuilder(input: [4], purpose: .inference)
    builder.dense(3, hasBias: false)
    let kept = builder.last
    builder.activation(.tanh)
    builder.dense(2, hasBias: false)
    builder.last = kept
    builder.activation(.sigmoid)
    let graph = builder.finished()
    #expect(
      graph.description == """
        %0 = input samples -> f32[N,4]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %3 = tanh %2 -> f32[N,3]
        %5 = dense %3, @dense_2/kernel -> f32[N,2]
        %6 = sigmoid %2 -> f32[N,3]
        return %6

        """)
    let alive = EliminateDeadNodes().run(graph)
    #expect(
      alive.description == """
        %0 = input samples -> f32[N,4]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %4 = sigmoid %2 -> f32[N,3]
        return %4

        """)
    #expect(alive.parameters == graph.parameters)
  }

  @Test("what changes moving statistics stays, though nobody reads its result")
  func updates() {
    var builder = NetworkBuilder(input: [2, 2, 3], purpose: .training)
    let input = builder.last
    builder.batchNormalization()
    builder.last = input
    builder.activation(.tanh)
    let alive = EliminateDeadNodes().run(builder.finished())
    #expect(alive.nodes.map(\.operation.name) == ["batch_normalization", "tanh"])
    // The same layer at inference changes nothing.
    var inference = NetworkBuilder(input: [2, 2, 3], purpose: .inference)
    inference.batchNormalization()
    inference.last = input
    inference.activation(.tanh)
    #expect(EliminateDeadNodes().run(inference.finished()).nodes.map(\.operation.name) == ["tanh"])
  }

  @Test("gradients of parameters are what training is for")
  func gradients() {
    let network = NetworkCase("", input: [4]) { $0.dense(2) }
    let graph = network.trainingGraph(Compiler())
    #expect(EliminateDeadNodes().run(graph).description == graph.description)
    #expect(graph.nodes.last?.operation.name == "dense_gradient")
  }
}
