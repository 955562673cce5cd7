import CNNGraph
import Testing

@testable import CNNLayers

@Suite("Forms of convolutions")
struct ConvolutionFormTests {
  private func sizes(
    _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, isBackward: Bool,
    lanes: Int
  ) throws -> ConvolutionSizes {
    let axis = try #require(
      WindowGeometry(size: size, window: kernel, stride: stride, dilation: dilation, padding: .same))
    let operation = Conv2DOperation(window: Window2D(rows: axis, columns: axis), groups: 1)
    return operation.sizes(kernel: [kernel, kernel, inputs, outputs], isBackward: isBackward, lanes: lanes)
  }

  /// Each form timed on its own, one core of a Zen 3, in microseconds for a few images.
  @Test("on eight lanes, what was measured to be several times as fast as the others")
  func eightLanes() throws {
    // Along outputs 121, values 412, planes 449.
    #expect(try sizes(7, 17, 8, kernel: 3, isBackward: false, lanes: 8).forward == .alongOutputs)
    // Along outputs 394, both 928.
    #expect(try sizes(28, 1, 32, kernel: 5, isBackward: false, lanes: 8).forward == .alongOutputs)
    // Along outputs 241, values 88: a single output fills one lane in eight.
    #expect(try sizes(28, 32, 1, kernel: 3, isBackward: false, lanes: 8).forward == .alongValues)
    // The input's gradient: along outputs 6,548, values 1,484, both 859; the filter's: along outputs 868, both 2,486.
    // Together, in a training step on two cores: 7.8 ms along values and outputs, 4.6 ms with the input along both.
    let wide = try sizes(56, 1, 512, kernel: 5, stride: 2, isBackward: true, lanes: 8)
    #expect(wide.backward(wantsInput: true, wantsKernel: true) == .inputAlongBoth)
    // The input's gradient: along outputs 482, values 2,455.
    let many = try sizes(56, 32, 8, kernel: 3, isBackward: true, lanes: 8)
    #expect(many.backward(wantsInput: true, wantsKernel: true) == .alongOutputs)
  }

  @Test("kernels of one lane are planned as those of sixteen")
  func oneLane() throws {
    for (size, inputs, outputs, kernel, stride) in [
      (7, 17, 8, 3, 1), (28, 1, 32, 5, 1), (56, 1, 512, 5, 2), (14, 3, 10, 3, 2),
    ] {
      for isBackward in [false, true] {
        let forms = try [1, 16].map { lanes in
          let sizes = try sizes(
            size, inputs, outputs, kernel: kernel, stride: stride, isBackward: isBackward, lanes: lanes)
          return isBackward ? sizes.backward(wantsInput: true, wantsKernel: true) : sizes.forward
        }
        #expect(forms[0] == forms[1], "\(size), \(inputs) to \(outputs)")
      }
    }
  }

  @Test("windows far larger than their image are estimated without overflow", arguments: [1, 8, 16])
  func extremes(lanes: Int) throws {
    let cases = [
      (size: 1, inputs: 60_000, outputs: 1, kernel: 1, stride: 1 << 20, dilation: 1),
      (size: 1, inputs: 1 << 16, outputs: 1 << 14, kernel: 1, stride: 1 << 20, dilation: 1),
      (size: 4, inputs: 1 << 8, outputs: 1 << 7, kernel: 256, stride: 1, dilation: 1 << 20),
    ]
    for item in cases {
      let forward = try sizes(
        item.size, item.inputs, item.outputs, kernel: item.kernel, stride: item.stride, dilation: item.dilation,
        isBackward: false, lanes: lanes)
      let backward = try sizes(
        item.size, item.inputs, item.outputs, kernel: item.kernel, stride: item.stride, dilation: item.dilation,
        isBackward: true, lanes: lanes)
      // Planes, and lanes along both, are for a few channels and small windows.
      let usual: Set<ConvolutionForm> = [.alongOutputs, .alongValues]
      #expect(usual.contains(forward.forward), "\(item)")
      #expect(usual.contains(backward.backward(wantsInput: true, wantsKernel: true)), "\(item)")
    }
  }
}
