import CKernels
import Testing

/// A convolution with its operands, and its sums in double from the definition.
struct ConvolutionCase: CustomTestStringConvertible {
  var shape: ck_conv
  let images: Int
  let x, w, transposed, bias, dy: Guarded<Float>

  init(
    _ size: (h: Int32, w: Int32), c: Int32, n: Int32, kernel: (h: Int32, w: Int32), stride: (h: Int32, w: Int32),
    dilation: (h: Int32, w: Int32), pad: (top: Int32, bottom: Int32, left: Int32, right: Int32), seed: UInt64,
    images: Int = 1
  ) {
    self.images = images
    shape = Self.shape(size, c: c, n: n, kernel: kernel, stride: stride, dilation: dilation, pad: pad)
    var random = SeededRandom(seed: seed)
    x = Guarded(random.floats(images * Int(size.h * size.w * c)))
    dy = Guarded(random.floats(images * Int(shape.out_h * shape.out_w * n)))
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

  /// The same sizes with other operands; the filter is not transposed.
  init(
    _ size: (h: Int32, w: Int32), c: Int32, n: Int32, kernel: (h: Int32, w: Int32), stride: (h: Int32, w: Int32),
    dilation: (h: Int32, w: Int32), pad: (top: Int32, bottom: Int32, left: Int32, right: Int32), images: Int,
    x: Guarded<Float>, w: Guarded<Float>, bias: Guarded<Float>, dy: Guarded<Float>
  ) {
    shape = Self.shape(size, c: c, n: n, kernel: kernel, stride: stride, dilation: dilation, pad: pad)
    self.images = images
    self.x = x
    self.w = w
    self.bias = bias
    self.dy = dy
    transposed = w
  }

  private static func shape(
    _ size: (h: Int32, w: Int32), c: Int32, n: Int32, kernel: (h: Int32, w: Int32), stride: (h: Int32, w: Int32),
    dilation: (h: Int32, w: Int32), pad: (top: Int32, bottom: Int32, left: Int32, right: Int32)
  ) -> ck_conv {
    let reach = (h: (kernel.h - 1) * dilation.h + 1, w: (kernel.w - 1) * dilation.w + 1)
    return ck_conv(
      in_h: size.h, in_w: size.w, c: c, out_h: (size.h + pad.top + pad.bottom - reach.h) / stride.h + 1,
      out_w: (size.w + pad.left + pad.right - reach.w) / stride.w + 1, n: n, kernel_h: kernel.h, kernel_w: kernel.w,
      stride_h: stride.h, stride_w: stride.w, dilation_h: dilation.h, dilation_w: dilation.w, pad_top: pad.top,
      pad_left: pad.left)
  }

  var testDescription: String { "\(images) x \(shape)" }

  /// Each product of a sum: places in y, x and w.
  func eachTerm(_ body: (_ y: Int, _ x: Int, _ w: Int) -> Void) {
    for image in 0..<images {
      let (input, output) = (image * x.count / images, image * dy.count / images)
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
                    output + Int((row * shape.out_w + column) * shape.n + n),
                    input + Int((inputRow * shape.in_w + inputColumn) * shape.c + c),
                    Int(((h * shape.kernel_w + v) * shape.c + c) * shape.n + n))
                }
              }
            }
          }
        }
      }
    }
  }

  /// The gradients' sums, and those of their terms' magnitudes, from what they start at.
  func gradients(filter: Double, bias: Double) -> (
    dx: [(sum: Double, magnitude: Double)], dw: [(sum: Double, magnitude: Double)],
    dBias: [(sum: Double, magnitude: Double)]
  ) {
    var dx = [(sum: Double, magnitude: Double)](repeating: (0, 0), count: x.count)
    var dw = [(sum: Double, magnitude: Double)](repeating: (filter, abs(filter)), count: w.count)
    var dBias = [(sum: Double, magnitude: Double)](repeating: (bias, abs(bias)), count: self.bias.count)
    func add(_ term: Double, to sum: inout (sum: Double, magnitude: Double)) {
      sum.sum += term
      sum.magnitude += abs(term)
    }
    eachTerm { output, input, factor in
      add(Double(dy[output]) * Double(w[factor]), to: &dx[input])
      add(Double(dy[output]) * Double(x[input]), to: &dw[factor])
    }
    for i in 0..<dy.count { add(Double(dy[i]), to: &dBias[i % dBias.count]) }
    return (dx, dw, dBias)
  }

  /// Outputs behind a rectifier against their sums.
  func expectOutputs(_ y: Guarded<Float>) {
    var expected = (0..<y.count).map { Double(bias[$0 % Int(shape.n)]) }
    var magnitudes = expected.map(abs)
    eachTerm { y, x, w in
      let product = Double(self.x[x]) * Double(self.w[w])
      expected[y] += product
      magnitudes[y] += abs(product)
    }
    var deviation = Deviation()
    let terms = Int(shape.kernel_h * shape.kernel_w * shape.c)
    for i in expected.indices {
      deviation.see(y[i], max(0, expected[i]), magnitude: magnitudes[i], terms: terms, at: i)
    }
    #expect(deviation.isAllowed && y.isIntactBefore, "\(self): \(deviation)")
  }

  /// What a filter's gradient and a bias's start at: they are added to.
  static let (filterStart, biasStart) = (Float(0.5), Float(0.25))

  func expectGradients(_ found: (dx: Guarded<Float>, dw: Guarded<Float>, dBias: Guarded<Float>)) {
    let expected = gradients(filter: Double(Self.filterStart), bias: Double(Self.biasStart))
    let pixels = images * Int(shape.out_h * shape.out_w)
    let terms = Int(shape.kernel_h * shape.kernel_w * shape.n)
    for (name, result, sums, count) in [
      ("dx", found.dx, expected.dx, terms), ("dw", found.dw, expected.dw, pixels),
      ("dbias", found.dBias, expected.dBias, pixels),
    ] {
      var deviation = Deviation()
      for (i, sum) in sums.enumerated() {
        deviation.see(result[i], sum.sum, magnitude: sum.magnitude, terms: count, at: i)
      }
      #expect(deviation.isAllowed && result.isIntactBefore, "\(self): \(name) \(deviation)")
    }
  }
}
