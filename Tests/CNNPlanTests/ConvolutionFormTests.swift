import CNNGraph
import Testing

@testable import CNNLayers

@Suite("Forms of convolutions")
struct ConvolutionFormTests {
  private func sizes(
    _ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1, isBackward: Bool,
    lanes: Int, images: Int = 8
  ) throws -> ConvolutionSizes {
    let axis = try #require(
      WindowGeometry(size: size, window: kernel, stride: stride, dilation: dilation, padding: .same))
    let operation = Conv2DOperation(window: Window2D(rows: axis, columns: axis), groups: 1)
    return operation.sizes(
      kernel: [kernel, kernel, inputs, outputs], isBackward: isBackward, lanes: lanes, images: images)
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
    // Together, in a training step on two cores: 7.8 ms along values and outputs, 4.6 ms with the input along both,
    // whose filter's gradient has its lanes along the outputs too where these are many.
    let wide = try sizes(56, 1, 512, kernel: 5, stride: 2, isBackward: true, lanes: 8)
    #expect(wide.backward(wantsInput: true, wantsKernel: true) == GradientForms(.alongBoth))
    // With few it would permute values: 14 cycles a pixel, where outer products take 7.
    let few = try sizes(28, 1, 8, kernel: 3, isBackward: true, lanes: 8)
    #expect(
      few.backward(wantsInput: true, wantsKernel: true) == GradientForms(input: .alongBoth, filter: .alongOutputs))
    // The input's gradient: along outputs 482, values 2,455.
    let many = try sizes(56, 32, 8, kernel: 3, isBackward: true, lanes: 8)
    #expect(many.backward(wantsInput: true, wantsKernel: true) == GradientForms(.alongOutputs))
  }

  /// Backward steps on two cores of an Emerald Rapids, each form in turns.
  @Test("on sixteen lanes, gradients by what was measured to be faster")
  func sixteenLanes() throws {
    func forms(_ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1) throws -> GradientForms {
      try sizes(size, inputs, outputs, kernel: kernel, stride: stride, isBackward: true, lanes: 16)
        .backward(wantsInput: true, wantsKernel: true)
    }
    // Both 1.4 ms, the input's along values 2.9 ms.
    #expect(try forms(112, 1, 64, kernel: 5) == GradientForms(.alongBoth))
    // Both 2.2 ms, the input's along values 3.1 ms.
    #expect(try forms(56, 3, 64, kernel: 3, stride: 2) == GradientForms(.alongBoth))
    // Along outputs 0.79, planes 1.6 ms; with strides 0.72 and 0.91, 4.7 and 7.5 ms.
    #expect(try forms(14, 17, 8, kernel: 5).filter == .alongOutputs)
    #expect(try forms(28, 10, 8, kernel: 5, stride: 2).filter == .alongOutputs)
    #expect(try forms(224, 17, 8, kernel: 5, stride: 2).filter == .alongOutputs)
  }

  /// One core of an Ice Lake, all forms in turns with everything in the caches: cycles a pixel along the outputs, along the
  /// values and in fours.
  @Test("fours of values where outputs leave much of their last vector empty, and sums are long")
  func fours() throws {
    func forward(_ inputs: Int, _ outputs: Int, kernel: Int, lanes: Int = 16) throws -> ConvolutionForm {
      try sizes(28, inputs, outputs, kernel: kernel, stride: kernel == 1 ? 1 : 2, isBackward: false, lanes: lanes)
        .forward
    }
    // 581, 532 and 157; 601, 660 and 382; 2,379, 2,484 and 1,182.
    #expect(try forward(10, 10, kernel: 5) == .alongFours)
    #expect(try forward(17, 17, kernel: 5) == .alongFours)
    #expect(try forward(100, 36, kernel: 3) == .alongFours)
    // 193, 579 and 257; 24, 86 and 29.
    #expect(try forward(17, 32, kernel: 3) == .alongOutputs)
    #expect(try forward(10, 17, kernel: 1) == .alongOutputs)
    // 1,939, 856 and 861.
    #expect(try forward(100, 5, kernel: 5) == .alongValues)
  }

  @Test("groups that the gradients' tests have in fours are made so, and what is kept for any filter holds its fours")
  func foursOfGroups() throws {
    for (inputs, outputs, groups, ofForward, ofGradient) in [
      (10, 8, 2, true, true), (8, 8, 2, true, true), (9, 6, 3, true, false), (17, 10, 1, true, true),
      (6, 13, 4, false, true),
    ] {
      let axis = try #require(WindowGeometry(size: 9, window: 3, stride: 1, dilation: 1, padding: .same))
      let operation = Conv2DOperation(window: Window2D(rows: axis, columns: axis), groups: groups)
      let kernel = [3, 3, inputs, groups * outputs]
      #expect((operation.form(kernel: kernel, lanes: 16) == .alongFours) == ofForward, "\(kernel)")
      let gradient = Conv2DGradientOperation(
        forward: operation, overWinners: false, wantsInput: true, wantsKernel: false, wantsBias: false)
      let form = operation.sizes(kernel: kernel, isBackward: true, lanes: 16, images: 8)
        .backward(wantsInput: true, wantsKernel: false).input
      #expect((form == .alongFours) == ofGradient, "\(kernel)")
      // Fours of nine taps of all outputs; sixteen floats for each four inputs.
      let needed = (9 * groups * outputs + 3) / 4 * ((inputs + 3) / 4) * 16
      #expect(gradient.transposedCount(kernel: kernel) >= needed, "\(kernel)")
    }
  }

  /// By hand: with a stride of 2, taps 4, 2 and 0 reach one half of the inputs, 3 and 1 the other.
  @Test("taps of a strided row that reach the same inputs follow on in the transposed filter")
  func stridedTaps() throws {
    let axis = try #require(WindowGeometry(size: 28, window: 5, stride: 2, dilation: 1, padding: .same))
    #expect(axis.gradientPlaces == [2, 4, 1, 3, 0])
    let lowering = ConvolutionLowering(window: Window2D(rows: axis, columns: axis), groups: 1, kernel: [5, 5, 3, 8])
    #expect(Set(lowering.tapPlaces.places.map(\.index)) == Set(0..<25))
    // At most three rows of taps, each of them one run of what three or two taps read.
    let classes = lowering.backward(tapPlaces: lowering.tapPlaces)
    #expect(classes.allSatisfy { $0.runs.count <= 3 })
    #expect(Set(classes.flatMap { $0.runs.map(\.count) }) == [24, 16, 8])
    let whole = try #require(classes.max { $0.rows * $0.columns < $1.rows * $1.columns })
    #expect(whole.runs.map(\.count).allSatisfy { $0 >= 16 })
    // One after the other, as before.
    #expect(lowering.backward().allSatisfy { $0.runs.allSatisfy { $0.count == 8 } })
  }

  /// By hand: padding 1 before and 2 after, so taps 0 to 4 of output q reach inputs 2q - 1 to 2q + 3. Columns 2q and
  /// 2q + 1 get something from outputs q - 1 (taps 3 and 4), q (taps 1 and 2) and q + 1 (tap 0, of 2q + 1 alone).
  @Test("the columns of a stride as one pixel: the outputs that it gets something from, and the taps' places")
  func joinedColumns() throws {
    let axis = try #require(WindowGeometry(size: 28, window: 5, stride: 2, dilation: 1, padding: .same))
    let columns = try #require(JoinedColumns(axis))
    #expect(columns.outputs == -1..<2)
    #expect(columns.places.map(\.index) == [2, 1, 1, 0, 0])
    #expect(columns.places.map(\.phase) == [1, 0, 1, 0, 1])
    #expect(columns.bands.map(\.pixels) == [0..<1, 1..<13, 13..<14])
    #expect(columns.bands.map(\.outputs) == [0..<2, -1..<2, -1..<1])
    let lowering = ConvolutionLowering(window: Window2D(rows: axis, columns: axis), groups: 1, kernel: [5, 5, 3, 8])
    let classes = lowering.backward(columns)
    // Rows of two phases, at both of whose ends one is a band of its own; runs of three or two outputs' eight channels.
    #expect(Set(classes.flatMap { $0.runs.map(\.count) }) == [24, 16])
    #expect(classes.allSatisfy { $0.yColumn == 6 && $0.runs.count <= 3 })
    #expect(classes.reduce(0) { $0 + $1.rows * $1.columns } == 28 * 14)
    // Strides that leave a part of one, and none.
    func joined(_ size: Int, window: Int, stride: Int, _ padding: Padding) throws -> JoinedColumns? {
      JoinedColumns(try #require(WindowGeometry(size: size, window: window, stride: stride, padding: padding)))
    }
    #expect(try joined(27, window: 5, stride: 2, .same) == nil)
    #expect(try joined(28, window: 5, stride: 1, .same) == nil)
    // Inputs that no window reaches: 2q + 1.
    let gaps = try #require(try joined(6, window: 1, stride: 2, .same))
    #expect(gaps.outputs == 0..<1 && gaps.places.map(\.phase) == [0])
    // Input 5 of six lies behind the last window.
    let valid = try #require(try joined(6, window: 2, stride: 3, .valid))
    #expect(valid.outputs == 0..<1 && valid.places.map(\.phase) == [0, 1])
  }

  /// Two cores of an Ice Lake, the least of many runs, in microseconds, each column apart and together.
  @Test("columns of a stride together where they fill vectors better than one does")
  func joinsColumns() throws {
    func joins(_ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int) throws -> Bool {
      try sizes(size, inputs, outputs, kernel: kernel, stride: 2, isBackward: true, lanes: 16)
        .backward(wantsInput: true, wantsKernel: false).joinsColumns
    }
    // 951 and 622; 656 and 533.
    #expect(try joins(28, 16, 32, kernel: 2))
    #expect(try joins(28, 10, 10, kernel: 3))
    // 1,280 and 1,805; 1,235 and 1,745; 285 and 340; vectors are full as it is.
    #expect(try !joins(28, 17, 17, kernel: 3))
    #expect(try !joins(28, 20, 20, kernel: 3))
    #expect(try !joins(28, 16, 32, kernel: 1))
    #expect(try !joins(28, 64, 64, kernel: 3))
  }

  @Test("a filter's gradient takes rows of taps where they fill vectors better than the outputs, or one tap's inputs")
  func filterTaps() throws {
    func taps(_ size: Int, _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, dilation: Int = 1) throws
      -> FilterTaps
    {
      try sizes(
        size, inputs, outputs, kernel: kernel, stride: stride, dilation: dilation, isBackward: true, lanes: 16
      ).filterTaps
    }
    // Most outputs' windows reach no padding. Two cores of an Ice Lake, taps apart and by outputs, in milliseconds: 3.4
    // and 2.2, 8.5 and 6.1.
    #expect(try taps(112, 17, 17, kernel: 5, stride: 2) == .byOutputs)
    #expect(try taps(224, 10, 10, kernel: 5, stride: 2) == .byOutputs)
    // Many do, and a copy with padding takes less than its zeros cost: cycles a pixel 59 and 37; 344 and 168.
    #expect(try taps(14, 10, 8, kernel: 3) == .overPadding)
    #expect(try taps(28, 17, 8, kernel: 5) == .overPadding)
    #expect(try taps(28, 3, 32, kernel: 7) == .overPadding)
    // 76 and 84: vectors are full as it is. With strides the copy is as large as what it saves.
    #expect(try taps(7, 24, 4, kernel: 3) == .apart)
    #expect(try taps(28, 64, 64, kernel: 3) == .apart)
    #expect(try taps(14, 10, 8, kernel: 3, stride: 2) == .apart)
    #expect(try taps(28, 10, 8, kernel: 3, dilation: 2) == .apart)
    // Most of what the joined taps would read is padding.
    #expect(try taps(2, 10, 8, kernel: 9) == .apart)
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
          return isBackward
            ? sizes.backward(wantsInput: true, wantsKernel: true) : GradientForms(sizes.forward)
        }
        #expect(forms[0] == forms[1], "\(size), \(inputs) to \(outputs)")
      }
    }
  }

  /// Direct and by Winograd's algorithm, one core of a Zen 3, in milliseconds: the product, and the filter's gradient.
  @Test("16 products for 36 terms, where turning values into points and back takes less", arguments: [1, 8, 16])
  func winograd(lanes: Int) throws {
    func forms(_ size: Int, _ inputs: Int, _ outputs: Int) throws -> (ConvolutionForm, GradientForms) {
      let sizes = try sizes(size, inputs, outputs, kernel: 3, isBackward: true, lanes: lanes)
      return (sizes.forward, sizes.backward(wantsInput: true, wantsKernel: true))
    }
    // 6.1 and 3.8, 7.6 and 4.0.
    var found = try forms(32, 64, 64)
    #expect(found == (.winograd, GradientForms(.winograd)))
    // 15.4 and 6.8, 18.0 and 8.6.
    found = try forms(8, 256, 256)
    #expect(found == (.winograd, GradientForms(.winograd)))
    // 0.548 and 0.561, 0.924 and 0.641.
    found = try forms(7, 64, 64)
    #expect(found.0 != .winograd && found.1.input != .winograd && found.1.filter == .winograd)
    // 0.149 and 0.194.
    found = try forms(7, 32, 32)
    #expect(found.0 != .winograd && found.1.input != .winograd)
    // Nine products and Winograd's gradient, of one image: 1 to 1.48; of 16: 1 to 0.71.
    for images in [1, 16] {
      let wide = try sizes(7, 512, 512, kernel: 3, isBackward: true, lanes: lanes, images: images)
      let filter: ConvolutionForm = images == 1 ? .alongOutputs : .winograd
      #expect(wide.backward(wantsInput: true, wantsKernel: true) == GradientForms(input: .winograd, filter: filter))
    }
    // Sums at the points would take 256 MiB of every worker.
    found = try forms(8, 2048, 2048)
    #expect(found.0 == .winograd && found.1 == GradientForms(input: .winograd, filter: .alongOutputs))
    // 2.635 and 2.769, too few inputs; 0.272 and 0.349, too few patches.
    for (size, inputs, outputs) in [(32, 10, 256), (5, 64, 64)] {
      found = try forms(size, inputs, outputs)
      #expect(found.0 != .winograd && found.1.input != .winograd && found.1.filter != .winograd)
    }
    for (kernel, stride, dilation) in [(5, 1, 1), (3, 2, 1), (3, 1, 2), (1, 1, 1)] {
      let other = try sizes(
        32, 64, 64, kernel: kernel, stride: stride, dilation: dilation, isBackward: false, lanes: lanes)
      #expect(other.forward != .winograd)
    }
  }

  /// One core of a Zen 3 with AVX2 and of an Emerald Rapids with AVX-512, in milliseconds.
  @Test("the filter's gradient of few channels depends on the vectors' width")
  func winogradOfFewChannels() throws {
    func filter(_ size: Int, _ channels: Int, lanes: Int) throws -> ConvolutionForm {
      try sizes(size, channels, channels, kernel: 3, isBackward: true, lanes: lanes)
        .backward(wantsInput: false, wantsKernel: true).filter
    }
    // 0.61 and 0.30; 0.336 and 0.348.
    #expect(try filter(32, 24, lanes: 8) == .winograd)
    #expect(try filter(32, 24, lanes: 16) != .winograd)
    // 0.266 and 0.287; 0.328 and 0.431.
    #expect(try filter(32, 16, lanes: 16) != .winograd)
    #expect(try filter(28, 17, lanes: 16) != .winograd)
    // 0.157 and 0.090; 0.732 and 0.544.
    #expect(try filter(7, 32, lanes: 16) == .winograd)
    #expect(try filter(28, 32, lanes: 16) == .winograd)
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
      let forms = backward.backward(wantsInput: true, wantsKernel: true)
      #expect(usual.contains(forms.input) && usual.contains(forms.filter), "\(item)")
    }
  }
}
