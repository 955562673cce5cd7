import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

@Suite("Pass: build gradient")
struct BuildGradientTests {
  private func training(_ input: [Int], build: @escaping @Sendable (inout NetworkBuilder) -> Void) -> String {
    NetworkCase("", input: input, loss: .meanSquaredError, build: build).trainingGraph(Compiler(fuses: false))
      .description
  }

  @Test("goes backwards through the rules, and leaves out the gradient of the samples")
  func chain() {
    let text = training([4]) { builder in
      builder.dense(3)
      builder.activation(.relu)
      builder.dense(2, hasBias: false)
      builder.activation(.tanh)
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,4]
        %9 = input labels -> f32[N,2]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %4 = bias_add %2, @dense/bias -> f32[N,3]
        %5 = relu %4 -> f32[N,3]
        %7 = dense %5, @dense_2/kernel -> f32[N,2]
        %8 = tanh %7 -> f32[N,2]
        %10, %11, %12 = mean_squared_error %8, %9 -> f32[N,1], f32[N,1], f32[N,2]
        %13 = tanh_gradient %7, %8, %12 -> f32[N,2]
        %14 = filter_transpose @dense_2/kernel -> f32[2,3]
        %15, %16 = dense_gradient %5, %14, %13 {of: input + kernel} -> f32[N,3], f32[3,2]
        %17 = relu_gradient %5, %15 -> f32[N,3]
        %18 = bias_gradient %17 -> f32[3]
        %19 = dense_gradient %0, %17 {of: kernel} -> f32[4,3]
        return %10, %11

        """)
  }

  @Test("a value with several readers gets the sum of their gradients")
  func severalReaders() {
    let text = training([3]) { builder in
      builder.dense(3, hasBias: false)
      let trunk = builder.last
      builder.activation(.tanh)
      builder.add([trunk, trunk])
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,3]
        %5 = input labels -> f32[N,3]
        %2 = dense %0, @dense/kernel -> f32[N,3]
        %3 = tanh %2 -> f32[N,3]
        %4 = add %3, %2, %2 -> f32[N,3]
        %6, %7, %8 = mean_squared_error %4, %5 -> f32[N,1], f32[N,1], f32[N,3]
        %9 = tanh_gradient %2, %3, %8 -> f32[N,3]
        %10 = add %8, %8, %9 -> f32[N,3]
        %11 = dense_gradient %0, %10 {of: kernel} -> f32[3,3]
        return %6, %7

        """)
  }

  @Test("nothing before the first trainable weight is differentiated")
  func frozenFront() {
    let text = training([2, 2, 2]) { builder in
      builder.activation(.tanh)
      builder.batchNormalization(hasScale: false, hasCenter: false)
      builder.flatten()
      builder.dense(2, hasBias: false)
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,2,2,2]
        %10 = input labels -> f32[N,2]
        %1 = tanh %0 -> f32[N,2,2,2]
        %4, %5, %6 = batch_normalization %1, @batch_normalization_1/moving_mean, @batch_normalization_1/moving_variance {statistics: batch, epsilon: 0.001, momentum: 0.9} -> f32[N,2,2,2], f32[2], f32[2]
        %7 = reshape %4 -> f32[N,8]
        %9 = dense %7, @dense_3/kernel -> f32[N,2]
        %11, %12, %13 = mean_squared_error %9, %10 -> f32[N,1], f32[N,1], f32[N,2]
        %14 = dense_gradient %7, %13 {of: kernel} -> f32[8,2]
        return %11, %12

        """)
  }

  @Test("marks one gradient for each trainable parameter, of its shape")
  func marks() {
    let network = NetworkCase.random(seed: 3)
    let graph = network.trainingGraph(Compiler())
    for value in graph.values {
      guard case .parameterGradient(let id) = value.origin else { continue }
      #expect(graph.parameters[id.index].declaration.isTrainable)
      #expect(value.type == .parameter(graph.parameters[id.index].declaration.extents))
    }
    #expect(GraphVerifier.fault(in: graph) == nil)
  }
}
