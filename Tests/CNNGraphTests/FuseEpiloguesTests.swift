import CNNGraph
import CNNLayers
import CNNTestSupport
import Testing

@Suite("Pass: fuse epilogues")
struct FuseEpiloguesTests {
  private func fused(
    _ input: [Int], keepsWinners: Bool = false, build: @escaping @Sendable (inout NetworkBuilder) -> Void
  ) -> String {
    FuseEpilogues(keepsWinners: keepsWinners).run(NetworkCase("", input: input, build: build).forward(.inference))
      .description
  }

  @Test("a convolution takes bias, relu and pool")
  func convolution() {
    let network = NetworkCase("", input: [6, 6, 1]) { builder in
      builder.convolution(builder.window([3, 3]), filters: 4)
      builder.activation(.relu)
      builder.maxPool(builder.window([2, 2], strides: [2, 2]))
    }
    let forward = network.forward(.training)
    #expect(
      forward.description == """
        %0 = input samples -> f32[N,6,6,1]
        %2 = conv2d %0, @conv2d/kernel {window: 3x3} -> f32[N,4,4,4]
        %4 = bias_add %2, @conv2d/bias -> f32[N,4,4,4]
        %5 = relu %4 -> f32[N,4,4,4]
        %6 = max_pool %5 {window: 2x2, strides: 2x2} -> f32[N,2,2,4]
        return %6

        """)
    #expect(
      FuseEpilogues(keepsWinners: false).run(forward).description == """
        %0 = input samples -> f32[N,6,6,1]
        %6 = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 3x3, fused: bias + relu + max_pool 2x2} -> f32[N,2,2,4]
        return %6

        """)
    // For a gradient it also says which cells won.
    #expect(
      FuseEpilogues(keepsWinners: true).run(forward).description == """
        %0 = input samples -> f32[N,6,6,1]
        %6, %7 = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 3x3, fused: bias + relu + max_pool 2x2} -> f32[N,2,2,4], u8[N,2,2,4]
        return %6

        """)
  }

  @Test("a value with two readers is not fused away")
  func twoReaders() {
    let text = fused([4, 4, 1]) { builder in
      builder.convolution(builder.window([3, 3], padding: .same), filters: 1)
      let sum = builder.last
      builder.activation(.relu)
      builder.add([sum])
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,4,4,1]
        %4 = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 3x3, padding: 1+1 x 1+1, fused: bias} -> f32[N,4,4,1]
        %5 = relu %4 -> f32[N,4,4,1]
        %6 = add %5, %4 -> f32[N,4,4,1]
        return %6

        """)
  }

  @Test("an output of the graph is not fused away")
  func output() {
    var builder = NetworkBuilder(input: [5], purpose: .inference)
    builder.dense(3, hasBias: false)
    let logits = builder.last
    builder.activation(.relu)
    var graph = builder.finished()
    graph.outputs = [builder.last, logits]
    #expect(FuseEpilogues(keepsWinners: false).run(graph).description == graph.description)
  }

  @Test("what comes in another order stays on its own")
  func order() {
    // relu, then a bias: the rectifier is taken, the bias is not.
    let text = fused([2, 2, 3]) { builder in
      builder.convolution(builder.window([1, 1]), filters: 3, hasBias: false)
      builder.activation(.relu)
      builder.probe()
      builder.activation(.relu)
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,2,2,3]
        %3 = conv2d %0, @conv2d/kernel {window: 1x1, fused: relu} -> f32[N,2,2,3]
        %5 = bias_add %3, @probe/bias -> f32[N,2,2,3]
        %6 = relu %5 -> f32[N,2,2,3]
        return %6

        """)
  }

  @Test("a pool with more cells than a byte can name stays on its own")
  func largePool() {
    let text = fused([17, 17, 1]) { builder in
      builder.convolution(builder.window([1, 1]), filters: 1)
      builder.maxPool(builder.window([17, 17]))
    }
    #expect(
      text == """
        %0 = input samples -> f32[N,17,17,1]
        %4 = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 1x1, fused: bias} -> f32[N,17,17,1]
        %5 = max_pool %4 {window: 17x17} -> f32[N,1,1,1]
        return %5

        """)
  }

  @Test("sums and frozen normalizations take a relu, training ones do not")
  func otherAnchors() {
    let build: @Sendable (inout NetworkBuilder) -> Void = { builder in
      let input = builder.last
      builder.batchNormalization(hasCenter: false)
      builder.activation(.relu)
      builder.add([input])
      builder.activation(.relu)
    }
    #expect(
      fused([2, 2, 3], build: build) == """
        %0 = input samples -> f32[N,2,2,3]
        %5 = batch_normalization %0, @batch_normalization/gamma, @batch_normalization/moving_mean, @batch_normalization/moving_variance {statistics: moving, epsilon: 0.001, fused: relu} -> f32[N,2,2,3]
        %7 = add %5, %0 {fused: relu} -> f32[N,2,2,3]
        return %7

        """)
    let training = NetworkCase("", input: [2, 2, 3], build: build).forward(.training)
    #expect(
      FuseEpilogues(keepsWinners: true).run(training).description == """
        %0 = input samples -> f32[N,2,2,3]
        %4, %5, %6 = batch_normalization %0, @batch_normalization/gamma, @batch_normalization/moving_mean, @batch_normalization/moving_variance {statistics: batch, epsilon: 0.001, momentum: 0.9} -> f32[N,2,2,3], f32[3], f32[3]
        %7 = relu %4 -> f32[N,2,2,3]
        %9 = add %7, %0 {fused: relu} -> f32[N,2,2,3]
        return %9

        """)
  }
}
