import CKernels
import Testing

@Suite("Convolutions over planes of pixels")
struct PlaneTests {
  /// A convolution with its operands, and results from sums in double over the definition.
  struct Case: CustomTestStringConvertible {
    var shape: ck_conv
    let x, w, transposed, bias, dy: Guarded<Float>

    init(
      _ size: (h: Int32, w: Int32), c: Int32, n: Int32, kernel: (h: Int32, w: Int32), stride: (h: Int32, w: Int32),
      dilation: (h: Int32, w: Int32), pad: (top: Int32, bottom: Int32, left: Int32, right: Int32), seed: UInt64
    ) {
      let reach = (h: (kernel.h - 1) * dilation.h + 1, w: (kernel.w - 1) * dilation.w + 1)
      shape = ck_conv(
        in_h: size.h, in_w: size.w, c: c, out_h: (size.h + pad.top + pad.bottom - reach.h) / stride.h + 1,
        out_w: (size.w + pad.left + pad.right - reach.w) / stride.w + 1, n: n, kernel_h: kernel.h, kernel_w: kernel.w,
        stride_h: stride.h, stride_w: stride.w, dilation_h: dilation.h, dilation_w: dilation.w, pad_top: pad.top,
        pad_left: pad.left)
      var random = SeededRandom(seed: seed)
      x = Guarded(random.floats(Int(size.h * size.w * c)))
      dy = Guarded(random.floats(Int(shape.out_h * shape.out_w * n)))
      bias = Guarded(random.floats(Int(n)))
      let taps = Int(kernel.h * kernel.w)
      let filter = random.floats(taps * Int(c * n))
      w = Guarded(filter)
      transposed = Guarded(
        (0..<taps).flatMap { tap in
          (0..<Int(n)).flatMap { output in
            (0..<Int(c)).map { input in filter[((taps - 1 - tap) * Int(c) + input) * Int(n) + output] }
          }
        })
    }

    var testDescription: String { "\(shape)" }

    /// Each product of a sum: places in y, x and w.
    func eachTerm(_ body: (_ y: Int, _ x: Int, _ w: Int) -> Void) {
      for row in 0..<shape.out_h {
        for column in 0..<shape.out_w {
          for h in 0..<shape.kernel_h {
            for v in 0..<shape.kernel_w {
              let inputRow = row * shape.stride_h + h * shape.dilation_h - shape.pad_top
              let inputColumn = column * shape.stride_w + v * shape.dilation_w - shape.pad_left
              guard (0..<shape.in_h).contains(inputRow), (0..<shape.in_w).contains(inputColumn) else { continue }
              for c in 0..<shape.c {
                for n in 0..<shape.n {
                  body(
                    Int((row * shape.out_w + column) * shape.n + n),
                    Int((inputRow * shape.in_w + inputColumn) * shape.c + c),
                    Int(((h * shape.kernel_w + v) * shape.c + c) * shape.n + n))
                }
              }
            }
          }
        }
      }
    }

    /// Filled with NaN, so that nothing is read before it is written.
    var scratch: Guarded<Float> {
      var shape = shape
      return Guarded(count: Int(unsafe ck_plane_scratch(&shape)), repeating: .nan)
    }

    func forward(_ set: InstructionSet, bands: [Int32], pastCaches: Int32 = 0, clamp: ck_clamp = CK_RELU) -> Guarded<
      Float
    > {
      let y = Guarded<Float>(count: dy.count, repeating: 9)
      let scratch = scratch
      var shape = shape
      for (first, end) in zip(bands, bands.dropFirst()) {
        unsafe set.kernels.plane_forward(
          &shape, x.start, w.start, bias.start, clamp, first, end, pastCaches, scratch.start, y.start)
      }
      withExtendedLifetime(scratch) {}
      return y
    }

    func backward(_ set: InstructionSet, wantsInput: Bool = true, wantsKernel: Bool = true) -> (
      dx: Guarded<Float>, dw: Guarded<Float>, dBias: Guarded<Float>
    ) {
      let dx = Guarded<Float>(count: x.count, repeating: 9)
      let dw = Guarded<Float>(count: w.count, repeating: 0.5)
      let dBias = Guarded<Float>(count: bias.count, repeating: 0.25)
      let scratch = scratch
      var shape = shape
      unsafe set.kernels.plane_backward(
        &shape, x.start, dy.start, transposed.start, scratch.start, wantsInput ? dx.start : nil,
        wantsKernel ? dw.start : nil, wantsKernel ? dBias.start : nil)
      withExtendedLifetime(scratch) {}
      return (dx, dw, dBias)
    }
  }

  /// Every width of pixels and planes, strides with and without gaps, dilation, padding on one side alone, rows and
  /// columns that no window reads, and an image of several bands.
  static var cases: [Case] {
    var cases: [Case] = []
    var seed: UInt64 = 0
    func add(
      _ size: (Int32, Int32), _ c: Int32, _ n: Int32, _ kernel: (Int32, Int32), _ stride: (Int32, Int32),
      _ dilation: (Int32, Int32) = (1, 1), pad: (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    ) {
      seed += 1
      cases.append(
        Case(size, c: c, n: n, kernel: kernel, stride: stride, dilation: dilation, pad: pad, seed: seed))
    }
    for (c, n) in [
      (1, 1), (1, 8), (2, 3), (3, 10), (4, 4), (5, 7), (7, 17), (8, 2), (9, 9), (10, 24), (17, 5), (24, 16),
    ]
      as [(Int32, Int32)]
    {
      add((7, 9), c, n, (3, 3), (1, 1), pad: (1, 1, 1, 1))
      add((8, 11), c, n, (3, 3), (2, 2), pad: (0, 1, 0, 1))
      add((6, 10), c, n, (1, 1), (1, 1))
      add((9, 12), c, n, (1, 1), (2, 2))
    }
    for (c, n) in [(1, 8), (3, 5), (6, 17)] as [(Int32, Int32)] {
      add((11, 13), c, n, (5, 5), (1, 1), pad: (2, 2, 2, 2))
      add((13, 10), c, n, (5, 3), (2, 1), pad: (2, 1, 1, 1))
      add((12, 14), c, n, (3, 3), (1, 1), (2, 3), pad: (2, 2, 3, 3))
      add((14, 17), c, n, (3, 3), (2, 2), (2, 1), pad: (1, 1, 0, 0))
      add((13, 16), c, n, (2, 2), (3, 3))
      add((5, 40), c, n, (1, 7), (1, 1), pad: (0, 0, 3, 3))
      add((40, 5), c, n, (7, 1), (1, 1), pad: (3, 3, 0, 0))
      add((1, 1), c, n, (3, 3), (1, 1), pad: (1, 1, 1, 1))
      add((2, 3), c, n, (5, 5), (1, 1), pad: (2, 2, 2, 2))
      add((9, 40), c, n, (2, 33), (1, 1))
    }
    add((90, 100), 3, 17, (3, 3), (1, 1), pad: (1, 1, 1, 1))
    add((91, 99), 10, 8, (3, 3), (2, 2), pad: (1, 0, 1, 0))
    return cases
  }

  @Test("outputs, whole and in bands, through the caches and past them", arguments: InstructionSet.all)
  func forward(_ set: InstructionSet) {
    for item in Self.cases {
      let rows = item.shape.out_h
      let y = item.forward(set, bands: [0, rows])
      var expected = (0..<y.count).map { Double(item.bias[$0 % Int(item.shape.n)]) }
      var magnitudes = expected.map(abs)
      item.eachTerm { y, x, w in
        let product = Double(item.x[x]) * Double(item.w[w])
        expected[y] += product
        magnitudes[y] += abs(product)
      }
      var deviation = Deviation()
      let terms = Int(item.shape.kernel_h * item.shape.kernel_w * item.shape.c)
      for i in expected.indices {
        deviation.see(y[i], max(0, expected[i]), magnitude: magnitudes[i], terms: terms, at: i)
      }
      #expect(deviation.isAllowed && y.isIntactBefore, "\(item): \(deviation)")
      let banded = item.forward(set, bands: [0, rows / 3, rows / 2, rows], pastCaches: 1)
      #expect(banded.bits == y.bits && banded.isIntactBefore, "\(item)")
    }
  }

  @Test("gradients of inputs and filters", arguments: InstructionSet.all)
  func backward(_ set: InstructionSet) {
    for item in Self.cases {
      let (dx, dw, dBias) = item.backward(set)
      var inputs = [Double](repeating: 0, count: dx.count)
      var filter = [Double](repeating: 0.5, count: dw.count)
      var (inputMagnitudes, filterMagnitudes) = (inputs, filter)
      item.eachTerm { y, x, w in
        let (gradient, value, factor) = (Double(item.dy[y]), Double(item.x[x]), Double(item.w[w]))
        inputs[x] += gradient * factor
        inputMagnitudes[x] += abs(gradient * factor)
        filter[w] += gradient * value
        filterMagnitudes[w] += abs(gradient * value)
      }
      let terms = Int(item.shape.kernel_h * item.shape.kernel_w * item.shape.n)
      let pixels = Int(item.shape.out_h * item.shape.out_w)
      var (dxDeviation, dwDeviation) = (Deviation(), Deviation())
      for i in inputs.indices {
        dxDeviation.see(dx[i], inputs[i], magnitude: inputMagnitudes[i], terms: terms, at: i)
      }
      for i in filter.indices {
        dwDeviation.see(dw[i], filter[i], magnitude: filterMagnitudes[i], terms: pixels, at: i)
      }
      var bias = [Double](repeating: 0.25, count: dBias.count)
      var biasMagnitudes = bias
      for i in 0..<item.dy.count {
        bias[i % bias.count] += Double(item.dy[i])
        biasMagnitudes[i % bias.count] += abs(Double(item.dy[i]))
      }
      var biasDeviation = Deviation()
      for i in bias.indices {
        biasDeviation.see(dBias[i], bias[i], magnitude: biasMagnitudes[i], terms: pixels, at: i)
      }
      #expect(biasDeviation.isAllowed && dBias.isIntactBefore, "\(item): dbias \(biasDeviation)")
      #expect(dxDeviation.isAllowed && dx.isIntactBefore, "\(item): dx \(dxDeviation)")
      #expect(dwDeviation.isAllowed && dw.isIntactBefore, "\(item): dw \(dwDeviation)")
      #expect(item.backward(set, wantsKernel: false).dx.bits == dx.bits, "\(item)")
      #expect(item.backward(set, wantsInput: false).dw.bits == dw.bits, "\(item)")
    }
  }

  @Test("vector instruction sets agree bit for bit", .enabled(if: InstructionSet.vector.count > 1))
  func agreement() {
    for item in Self.cases {
      let outputs = InstructionSet.vector.map { item.forward($0, bands: [0, item.shape.out_h]).bits }
      let gradients = InstructionSet.vector.map { item.backward($0) }
      #expect(outputs.allSatisfy { $0 == outputs[0] }, "\(item)")
      #expect(gradients.allSatisfy { $0.dx.bits == gradients[0].dx.bits }, "\(item)")
      #expect(gradients.allSatisfy { $0.dw.bits == gradients[0].dw.bits }, "\(item)")
      #expect(gradients.allSatisfy { $0.dBias.bits == gradients[0].dBias.bits }, "\(item)")
    }
  }
}
