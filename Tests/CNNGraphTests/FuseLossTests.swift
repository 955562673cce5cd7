import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

@Suite("Pass: fuse loss")
struct FuseLossTests {
  /// A dense layer, an activation, perhaps a rescaling, and a loss; then the pass.
  private func fused(_ loss: LossKind, _ activation: Activation, isDirect: Bool = true) -> String {
    let network = NetworkCase("", input: [4], loss: loss, labels: .values) { builder in
      builder.dense(3, hasBias: false)
      builder.activation(activation)
      if !isDirect { builder.rescaling(scale: 0.5, offset: 0) }
    }
    var builder = GraphBuilder(extending: network.forward(.training), purpose: .training)
    let classes: Set<LossKind> = [.categoricalCrossentropy, .sparseCategoricalCrossentropy]
    let labels = builder.input(
      .labels, type: classes.contains(loss) ? TensorType([1], element: .int32) : TensorType([3]))
    let results = builder.appendAll(LossOperation(loss, withGradient: false), [builder.graph.outputs[0], labels])
    builder.setOutputs(results)
    return FuseLoss().run(builder.graph).description
  }

  @Test(
    "softmax joins both cross-entropies, and stays for whoever else reads it",
    arguments: [LossKind.categoricalCrossentropy, .sparseCategoricalCrossentropy])
  func softmax(_ loss: LossKind) {
    #expect(
      fused(loss, .softmax) == """
        %0 = input samples -> f32[N,4]
        %4 = input labels -> i32[N,1]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %3 = softmax %2 -> f32[N,3]
        %5, %6 = softmax_cross_entropy %2, %4 -> f32[N,1], f32[N,1]
        return %5, %6

        """)
  }

  @Test("sigmoid joins the binary cross-entropy")
  func sigmoid() {
    #expect(
      fused(.binaryCrossentropy, .sigmoid) == """
        %0 = input samples -> f32[N,4]
        %4 = input labels -> f32[N,3]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %3 = sigmoid %2 -> f32[N,3]
        %5, %6 = sigmoid_cross_entropy %2, %4 -> f32[N,1], f32[N,1]
        return %5, %6

        """)
  }

  @Test("nothing between them may be skipped")
  func indirect() {
    #expect(
      fused(.categoricalCrossentropy, .softmax, isDirect: false) == """
        %0 = input samples -> f32[N,4]
        %5 = input labels -> i32[N,1]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %3 = softmax %2 -> f32[N,3]
        %4 = rescaling %3 {scale: 0.5, offset: 0.0} -> f32[N,3]
        %6, %7 = categorical_crossentropy %4, %5 -> f32[N,1], f32[N,1]
        return %6, %7

        """)
  }

  @Test(
    "other pairs stay as they are",
    arguments: [
      (LossKind.meanSquaredError, Activation.softmax), (.meanSquaredError, .sigmoid), (.binaryCrossentropy, .softmax),
      (.categoricalCrossentropy, .sigmoid), (.sparseCategoricalCrossentropy, .tanh),
    ])
  func others(_ loss: LossKind, _ activation: Activation) {
    #expect(fused(loss, activation).contains("%5, %6 = \(loss.rawValue) %3, %4"))
  }
}
