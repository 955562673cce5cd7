import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNTestSupport
import Testing

@Suite("Dump of a plan")
struct PlanDumpTests {
  static let network = NetworkCase(
    "small", input: [6, 6, 1], loss: .categoricalCrossentropy, labels: .classes
  ) { builder in
    builder.convolution(builder.window([3, 3]), filters: 4)
    builder.activation(.relu)
    builder.maxPool(builder.window([2, 2], strides: [2, 2]))
    builder.flatten()
    builder.dense(3)
    builder.activation(.softmax)
  }

  @Test("training")
  func training() {
    let compiler = Compiler(kernels: KernelTable(.scalar))
    let plan = compiler.plan(
      Self.network.trainingGraph(compiler), purpose: .training, batch: 10, update: .sgd(momentum: 0.9, nesterov: false))
    #expect(
      plan.description == """
        plan for training: batch 10 in 8 pieces of at most 2, scalar kernels

        fork 1: by one worker
          0   transpose                         %13 f32[3,16] = filter_transpose @dense_4/kernel
        fork 2: each piece of the batch through
          1   gather samples
          2   gather labels
          3   clear gradients
          4   indirect product                  %3 f32[N,2,2,4], %12 u8[N,2,2,4] = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 3x3, fused: bias + relu + max_pool 2x2}  1,344 FLOPs an image
          5   product                           %7 f32[N,3] = dense %4, @dense_4/kernel, @dense_4/bias {fused: bias}  99 FLOPs an image
          6   softmax cross-entropy             %9 f32[N,1], %10 f32[N,1], %11 f32[N,3] = softmax_cross_entropy %7, %8  18 FLOPs an image
          7   product, outer product            %14 f32[N,16], %15 f32[16,3], %16 f32[3] = dense_gradient %4, %13, %11 {of: input + kernel + bias}  192 FLOPs an image
          8   gather and scatter winners        %18 f32[3,3,1,4], %19 f32[4] = conv2d_gradient %0, %3, %12, %17 {window: 3x3, fused: bias + relu + max_pool 2x2, of: kernel + bias}  1,152 FLOPs an image
        fork 3: in 1 tile
          9   reduce gradients
        fork 4: in 1 tile
          10  sgd update

        buffers                              offset        bytes   steps
        outputs, in the order of the batch
          %9 f32[N,1]                                 0           40   6…10
          %10 f32[N,1]                               64           40   6…10
          non-finite flags i32[1]                   128            4   9…10
        shared by all workers
          %13 f32[3,16]                               0          192   0…8
        block, one for each worker, 2 images
          %0 samples f32[N,6,6,1]                     0          288   1…8
          %8 labels i32[N,1]                        512            8   2…6
          %3 f32[N,2,2,4]                           320          128   4…8
          %12 u8[N,2,2,4]                           576           32   4…8
          %7 f32[N,3]                               448           24   5…6
          %11 f32[N,3]                              640           24   6…7
          %14 f32[N,16]                             448          128   7…8

        weights                          512 bytes
        optimizer                        512 bytes
        gradients                      4,096 bytes  512 for each of 8 pieces
        shared values                    192 bytes  of 192 without reuse (100%)
        outputs                          192 bytes
        a block for each worker          704 bytes  of 832 without reuse (84%)
        workspace                      1,536 bytes  for each worker
        arena, one worker              7,744 bytes  of 7,872 without reuse; each further worker adds 2,240

        """)
  }

  @Test("inference")
  func inference() {
    let compiler = Compiler(kernels: KernelTable(.scalar))
    let plan = compiler.plan(Self.network.inferenceGraph(compiler), purpose: .inference, batch: 10)
    #expect(
      plan.description == """
        plan for inference: batch 10 in 2 pieces of at most 5, scalar kernels

        fork 1: each piece of the batch through
          0   gather samples
          1   indirect product                  %3 f32[N,2,2,4] = conv2d %0, @conv2d/kernel, @conv2d/bias {window: 3x3, fused: bias + relu + max_pool 2x2}  1,344 FLOPs an image
          2   product                           %7 f32[N,3] = dense %4, @dense_4/kernel, @dense_4/bias {fused: bias}  99 FLOPs an image
          3   softmax                           %8 f32[N,3] = softmax %7  15 FLOPs an image

        buffers                              offset        bytes   steps
        outputs, in the order of the batch
          %8 f32[N,3]                                 0          120   3…3
        block, one for each worker, 5 images
          %0 samples f32[N,6,6,1]                     0          720   0…1
          %3 f32[N,2,2,4]                           768          320   1…2
          %7 f32[N,3]                                 0           60   2…3

        weights                          512 bytes
        outputs                          128 bytes
        a block for each worker        1,088 bytes  of 1,152 without reuse (94%)
        workspace                      1,280 bytes  for each worker
        arena, one worker              3,008 bytes  of 3,072 without reuse; each further worker adds 2,368

        """)
  }

  @Test("the same network gives the same text")
  func stability() {
    let network = NetworkCase.random(seed: 8)
    let compiler = Compiler()
    let texts = (0..<3).map { _ in
      compiler.plan(
        network.trainingGraph(compiler), purpose: .training, batch: 32, update: .sgd(momentum: 0, nesterov: false)
      )
      .description
    }
    #expect(Set(texts).count == 1)
  }
}
