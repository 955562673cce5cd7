import CKernels
import Testing

@Suite("Convolutions by Winograd's algorithm")
struct WinogradTests {
  /// Whole patches and cut ones, paddings of none to two on each side, channels around every vector and panel, images
  /// whose patches take several passes, and images smaller than a patch.
  static var cases: [ConvolutionCase] {
    var cases: [ConvolutionCase] = []
    var seed: UInt64 = 500
    func add(
      _ size: (Int32, Int32), _ c: Int32, _ n: Int32, pad: (Int32, Int32, Int32, Int32) = (1, 1, 1, 1), images: Int = 2
    ) {
      seed += 1
      cases.append(
        ConvolutionCase(
          size, c: c, n: n, kernel: (3, 3), stride: (1, 1), dilation: (1, 1), pad: pad, seed: seed, images: images))
    }
    for count in edgeCounts as [Int] {
      add((5, 6), Int32(count), 17)
      add((6, 5), 16, Int32(count), pad: (0, 0, 0, 0))
    }
    for pad in [(0, 0, 0, 0), (1, 1, 1, 1), (2, 2, 2, 2), (0, 1, 2, 0), (2, 0, 0, 1), (1, 2, 0, 2)]
      as [(
        Int32, Int32, Int32, Int32
      )]
    {
      for size in [(3, 3), (4, 4), (5, 8), (7, 7)] as [(Int32, Int32)] { add(size, 9, 20, pad: pad, images: 3) }
    }
    add((1, 1), 16, 16)
    add((2, 3), 17, 33, images: 5)
    add((28, 30), 10, 12, images: 1)
    add((13, 15), 33, 48, images: 7)
    add((8, 8), 100, 64, images: 9)
    return cases
  }

  @Test("outputs, whole and in bands, within the bound of their rounding", arguments: InstructionSet.all)
  func forward(_ set: InstructionSet) {
    for item in Self.cases {
      let rows = item.shape.out_h
      let y = item.forward(set, bands: [0, rows])
      var deviation = Deviation()
      let (expected, bounds) = item.outputs
      for i in 0..<y.count { deviation.see(y[i], max(0, expected[i]), allowance: bounds[i], at: i) }
      #expect(deviation.isAllowed && y.isIntactBefore, "\(item): \(deviation)")
      let banded = item.forward(set, bands: [0, rows / 3, rows / 2, rows])
      #expect(banded.bits == y.bits && banded.isIntactBefore, "\(item)")
    }
  }

  @Test("the input's gradient is the convolution turned around, within its bound", arguments: InstructionSet.all)
  func inputGradient(_ set: InstructionSet) {
    for item in Self.cases {
      let dx = item.inputGradient(set)
      var deviation = Deviation()
      let sums = item.gradients(filter: 0, bias: 0).dx
      let bounds = item.turned.outputs.bounds
      for i in 0..<dx.count { deviation.see(dx[i], sums[i].sum, allowance: bounds[i], at: i) }
      #expect(deviation.isAllowed && dx.isIntactBefore, "\(item): \(deviation)")
    }
  }

  @Test("the filter's gradient is added, within its bound", arguments: InstructionSet.all)
  func filterGradient(_ set: InstructionSet) {
    for item in Self.cases {
      let dw = item.filterGradient(set)
      var deviation = Deviation()
      let sums = item.gradients(filter: Double(ConvolutionCase.filterStart), bias: 0).dw
      let bounds = item.filterGradientBounds
      for i in 0..<dw.count { deviation.see(dw[i], sums[i].sum, allowance: bounds[i], at: i) }
      #expect(deviation.isAllowed && dw.isIntactBefore, "\(item): \(deviation)")
    }
  }

  @Test("sums of small whole numbers are exact", arguments: InstructionSet.all)
  func wholeNumbers(_ set: InstructionSet) {
    for item in Self.cases.suffix(3) {
      for values in [item.x, item.w, item.bias, item.dy] {
        for i in 0..<values.count { values[i] = (values[i] * 8).rounded() }
      }
      let (expected, _) = item.outputs
      let y = item.forward(set, bands: [0, item.shape.out_h])
      #expect((0..<y.count).allSatisfy { Double(y[$0]) == max(0, expected[$0]) }, "\(item)")
      let sums = item.gradients(filter: Double(ConvolutionCase.filterStart), bias: 0)
      let (dx, dw) = (item.inputGradient(set), item.filterGradient(set))
      #expect((0..<dx.count).allSatisfy { Double(dx[$0]) == sums.dx[$0].sum }, "\(item)")
      #expect((0..<dw.count).allSatisfy { Double(dw[$0]) == sums.dw[$0].sum }, "\(item)")
    }
  }

  @Test("a NaN reaches the outputs whose windows it is in, and no others", arguments: InstructionSet.all)
  func notANumber(_ set: InstructionSet) {
    let item = ConvolutionCase(
      (8, 8), c: 16, n: 16, kernel: (3, 3), stride: (1, 1), dilation: (1, 1), pad: (1, 1, 1, 1), seed: 900)
    let before = item.forward(set, bands: [0, 8])
    // Row 3, column 4: inside of one patch, and at an edge of three others.
    item.x[(3 * 8 + 4) * 16] = .nan
    let after = item.forward(set, bands: [0, 8])
    for row in 0..<8 {
      for column in 0..<8 {
        let isReached = (2...4).contains(row) && (3...5).contains(column)
        for n in 0..<16 {
          let i = (row * 8 + column) * 16 + n
          #expect(isReached ? after[i].isNaN : after[i].bitPattern == before[i].bitPattern, "\(row), \(column)")
        }
      }
    }
  }

  @Test("vector instruction sets agree bit for bit", .enabled(if: InstructionSet.vector.count > 1))
  func agreement() {
    for item in Self.cases {
      let outputs = InstructionSet.vector.map { item.forward($0, bands: [0, item.shape.out_h]).bits }
      let inputs = InstructionSet.vector.map { item.inputGradient($0).bits }
      let filters = InstructionSet.vector.map { item.filterGradient($0).bits }
      for bits in [outputs, inputs, filters] { #expect(bits.allSatisfy { $0 == bits[0] }, "\(item)") }
    }
  }
}

// MARK: The kernels

extension ConvolutionCase {
  private func points(_ set: InstructionSet, reversed: Bool) -> Guarded<Float> {
    let (c, n) = (shape.c, shape.n)
    let count = reversed ? ck_winograd_filter_count(n, c) : ck_winograd_filter_count(c, n)
    let u = Guarded<Float>(count: Int(count), repeating: .nan)
    unsafe set.kernels.winograd_filter(w.start, c, n, reversed ? 1 : 0, Int32(set.panel), u.start)
    #expect(u.isIntactBefore)
    return u
  }

  /// Filled with NaN, so that nothing is read before it is written.
  private func scratch(_ count: Int64) -> Guarded<Float> { Guarded(count: Int(count), repeating: .nan) }

  fileprivate func forward(_ set: InstructionSet, bands: [Int32]) -> Guarded<Float> {
    let y = Guarded<Float>(count: dy.count, repeating: 9)
    let u = points(set, reversed: false)
    var shape = shape
    for (first, end) in zip(bands, bands.dropFirst()) where first < end {
      let scratch = scratch(ck_winograd_scratch(shape.c, shape.n))
      unsafe set.kernels.winograd(
        &shape, Int32(images), x.start, u.start, Int32(set.panel), bias.start, CK_RELU, first, end, scratch.start,
        y.start)
      withExtendedLifetime(scratch) {}
    }
    withExtendedLifetime(u) {}
    return y
  }

  fileprivate func inputGradient(_ set: InstructionSet) -> Guarded<Float> {
    let dx = Guarded<Float>(count: x.count, repeating: 9)
    let u = points(set, reversed: true)
    var shape = turned.shape
    let scratch = scratch(ck_winograd_scratch(shape.c, shape.n))
    unsafe set.kernels.winograd(
      &shape, Int32(images), dy.start, u.start, Int32(set.panel), nil, CK_LINEAR, 0, shape.out_h, scratch.start,
      dx.start)
    withExtendedLifetime((u, scratch)) {}
    return dx
  }

  fileprivate func filterGradient(_ set: InstructionSet) -> Guarded<Float> {
    let dw = Guarded<Float>(count: w.count, repeating: Self.filterStart)
    let scratch = scratch(ck_winograd_gradient_scratch(shape.c, shape.n))
    var shape = shape
    unsafe set.kernels.winograd_gradient(&shape, Int32(images), x.start, dy.start, scratch.start, dw.start)
    withExtendedLifetime(scratch) {}
    return dw
  }
}

// MARK: Bounds

/// A matrix of the algorithm, without signs where `magnitudes` of it are asked for: Lavin and Gray (arXiv 1509.09308),
/// section 4.1.
private enum Matrix {
  static let b: [[Double]] = [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]]
  static let g: [[Double]] = [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]
  static let a: [[Double]] = [[1, 1, 1, 0], [0, 1, -1, -1]]

  static func transposed(_ m: [[Double]]) -> [[Double]] { m[0].indices.map { column in m.map { $0[column] } } }
  /// |m| |values| |m|^T
  static func magnitudes(_ m: [[Double]], _ values: [[Double]]) -> [[Double]] {
    let size = values.count
    return m.map { left in
      m.map { right in
        (0..<size).reduce(0) { sum, i in
          sum + (0..<size).reduce(0) { $0 + abs(left[i]) * abs(values[i][$1]) * abs(right[$1]) }
        }
      }
    }
  }
}

extension ConvolutionCase {
  /// From the outputs' gradient to the input's: paddings of 2 less than before, taps reversed, channels exchanged.
  fileprivate var turned: ConvolutionCase {
    ConvolutionCase(
      (shape.out_h, shape.out_w), c: shape.n, n: shape.c, kernel: (3, 3), stride: (1, 1), dilation: (1, 1),
      pad: (
        2 - shape.pad_top, shape.in_h - shape.out_h + shape.pad_top, 2 - shape.pad_left,
        shape.in_w - shape.out_w + shape.pad_left
      ), images: images, x: dy, w: transposed,
      bias: Guarded(count: Int(shape.c), repeating: 0), dy: x)
  }

  private func magnitudes(
    _ values: Guarded<Float>, image: Int, height: Int32, width: Int32, channels: Int32, top: Int32,
    left: Int32, channel: Int, size: Int32
  ) -> [[Double]] {
    (top..<top + size).map { row in
      (left..<left + size).map { column in
        guard (0..<height).contains(row), (0..<width).contains(column) else { return 0 }
        return Double(
          abs(values[((image * Int(height) + Int(row)) * Int(width) + Int(column)) * Int(channels) + channel]))
      }
    }
  }

  private func patch(_ image: Int, _ row: Int32, _ column: Int32, _ channel: Int) -> [[Double]] {
    Matrix.magnitudes(
      Matrix.b,
      magnitudes(
        x, image: image, height: shape.in_h, width: shape.in_w, channels: shape.c, top: row - shape.pad_top,
        left: column - shape.pad_left, channel: channel, size: 4))
  }

  /// The sums of the definition, and how far roundings can take them: K + 11 of them on the way of each term, of which
  /// two are in B^T d B, four in G g G^T, K in the sum over the channels, four in A^T m A and one is the bias's.
  fileprivate var outputs: (sums: [Double], bounds: [Double]) {
    let (c, n) = (Int(shape.c), Int(shape.n))
    var sums = (0..<dy.count).map { Double(bias[$0 % n]) }
    eachTerm { y, x, w in sums[y] += Double(self.x[x]) * Double(self.w[w]) }
    let filter = (0..<c).map { channel in
      (0..<n).map { output in
        Matrix.magnitudes(
          Matrix.g, (0..<3).map { row in (0..<3).map { Double(w[((row * 3 + $0) * c + channel) * n + output]) } })
      }
    }
    let factor = Double(c + 12) * rounding
    var bounds = sums.indices.map { factor * Double(abs(bias[$0 % n])) }
    for image in 0..<images {
      for row in stride(from: 0, to: shape.out_h, by: 2) {
        for column in stride(from: 0, to: shape.out_w, by: 2) {
          let patches = (0..<c).map { patch(image, row, column, $0) }
          for output in 0..<n {
            var points = [[Double]](repeating: [0, 0, 0, 0], count: 4)
            for channel in 0..<c {
              for i in 0..<16 {
                points[i / 4][i % 4] += filter[channel][output][i / 4][i % 4] * patches[channel][i / 4][i % 4]
              }
            }
            let sides = Matrix.magnitudes(Matrix.a, points)
            for k in 0..<4 {
              let (r, s) = (row + Int32(k / 2), column + Int32(k % 2))
              guard r < shape.out_h, s < shape.out_w else { continue }
              bounds[((image * Int(shape.out_h) + Int(r)) * Int(shape.out_w) + Int(s)) * n + output] +=
                factor * sides[k / 2][k % 2]
            }
          }
        }
      }
    }
    return (sums, bounds)
  }

  /// The same for the filter's gradient of P patches: P + 9 roundings.
  fileprivate var filterGradientBounds: [Double] {
    let (c, n) = (Int(shape.c), Int(shape.n))
    var points = [[[Double]]](repeating: [[Double]](repeating: [0, 0, 0, 0], count: 4), count: c * n)
    var patchCount = 0
    for image in 0..<images {
      for row in stride(from: 0, to: shape.out_h, by: 2) {
        for column in stride(from: 0, to: shape.out_w, by: 2) {
          patchCount += 1
          let patches = (0..<c).map { patch(image, row, column, $0) }
          let gradients = (0..<n).map { output in
            Matrix.magnitudes(
              Matrix.transposed(Matrix.a),
              magnitudes(
                dy, image: image, height: shape.out_h, width: shape.out_w, channels: shape.n, top: row, left: column,
                channel: output, size: 2))
          }
          for channel in 0..<c {
            for output in 0..<n {
              for i in 0..<16 {
                points[channel * n + output][i / 4][i % 4] +=
                  patches[channel][i / 4][i % 4] * gradients[output][i / 4][i % 4]
              }
            }
          }
        }
      }
    }
    let factor = Double(patchCount + 10) * rounding
    let sides = points.map { Matrix.magnitudes(Matrix.transposed(Matrix.g), $0) }
    return (0..<w.count).map { i in
      let (tap, sum) = (i / (c * n), i % (c * n))
      return factor * (sides[sum][tap / 3][tap % 3] + Double(Self.filterStart))
    }
  }
}
