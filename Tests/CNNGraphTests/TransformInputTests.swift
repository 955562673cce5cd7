import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

@Suite("Pass: transform input")
struct TransformInputTests {
  private let pass = TransformInput(RescalingOperation(scale: 0.5, offset: 0))

  @Test("every reader of the samples reads what they became")
  func readers() {
    var builder = NetworkBuilder(input: [3], purpose: .inference)
    let input = builder.last
    builder.activation(.tanh)
    builder.add([input])
    let graph = pass.run(builder.finished())
    #expect(
      graph.description == """
        %0 = input samples -> f32[N,3]
        %3 = rescaling %0 {scale: 0.5, offset: 0.0} -> f32[N,3]
        %1 = tanh %3 -> f32[N,3]
        %2 = add %1, %3 -> f32[N,3]
        return %2

        """)
    #expect(GraphVerifier.fault(in: graph) == nil)
  }

  @Test("a model that returns its input returns what it became")
  func identity() {
    #expect(
      pass.run(NetworkBuilder(input: [3], purpose: .inference).finished()).description == """
        %0 = input samples -> f32[N,3]
        %1 = rescaling %0 {scale: 0.5, offset: 0.0} -> f32[N,3]
        return %1

        """)
  }
}
