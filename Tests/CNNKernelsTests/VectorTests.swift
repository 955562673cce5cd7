import CKernels
import Foundation
import Testing

/// Kernels that compute one rounded operation an element give the bits of Swift's own arithmetic.
@Suite("Sweeps over arrays")
struct VectorTests {
  static let counts = edgeCounts + [257]

  static func values(_ count: Int, seed: UInt64) -> [Float] {
    var random = SeededRandom(seed: seed)
    var values = random.floats(count)
    if count > 6 { (values[2], values[4], values[6]) = (.nan, -0.0, 0) }
    return values
  }

  /// NaN equals NaN, whatever its payload; else bits.
  static func same(_ a: Guarded<Float>, _ b: [Float]) -> Bool {
    a.isIntactBefore
      && zip(a.elements, b).allSatisfy { $0.isNaN && $1.isNaN || $0.bitPattern == $1.bitPattern }
  }

  static func clamped(_ x: Float, _ clamp: ck_clamp) -> Float { clamp == CK_RELU && x < 0 ? 0 : x }

  @Test("add, multiply, scale, accumulate, relu's gradient: in place and not", arguments: InstructionSet.all)
  func elementwise(_ set: InstructionSet) {
    for count in Self.counts {
      let k = set.kernels
      let n = Int64(count)
      let a = Self.values(count, seed: 1)
      let b = Self.values(count, seed: UInt64(count + 2)).map { -$0 }
      let left = Guarded(a)
      let right = Guarded(b)
      let y = Guarded<Float>(count: count, repeating: 5)
      for clamp in [CK_LINEAR, CK_RELU] {
        unsafe k.add(left.start, right.start, n, clamp, y.start)
        #expect(Self.same(y, zip(a, b).map { Self.clamped($0 + $1, clamp) }), "\(count)")
      }
      unsafe k.multiply(left.start, right.start, n, y.start)
      #expect(Self.same(y, zip(a, b).map { $0 * $1 }), "\(count)")
      unsafe k.relu_gradient(left.start, right.start, n, y.start)
      #expect(Self.same(y, zip(a, b).map { $0 > 0 ? $1 : 0 }), "\(count)")
      unsafe k.scale_offset(left.start, n, 1.7, -0.3, y.start)
      let scaled = a.map { (x: Float) -> Float in
        let product = x * 1.7
        return product - 0.3
      }
      #expect(Self.same(y, scaled), "\(count)")
      unsafe k.accumulate(right.start, n, y.start)
      #expect(Self.same(y, zip(scaled, b).map { $0 + $1 }), "\(count)")
      unsafe k.relu_gradient(left.start, right.start, n, right.start)
      #expect(Self.same(right, zip(a, b).map { $0 > 0 ? $1 : 0 }), "\(count)")
      unsafe k.scale_offset(left.start, n, 1.7, -0.3, left.start)
      #expect(Self.same(left, scaled), "\(count)")
    }
  }

  @Test("bias and clamp of channels, in place and not, with and without bias", arguments: InstructionSet.all)
  func biasClamp(_ set: InstructionSet) {
    for c in edgeCounts {
      let x = Self.values(5 * c, seed: UInt64(c))
      let bias = Guarded(Self.values(c, seed: 4).map { $0.isNaN ? 1 : $0 })
      for clamp in [CK_LINEAR, CK_RELU] {
        for biased in [true, false] {
          let y = Guarded(x)
          unsafe set.kernels.bias_clamp(
            y.start, 5, Int32(c), biased ? UnsafePointer(bias.start) : nil, clamp, y.start)
          let expected = x.indices.map { Self.clamped(biased ? x[$0] + bias[$0 % c] : x[$0], clamp) }
          #expect(Self.same(y, expected), "c \(c)")
        }
      }
    }
  }

  @Test("sums of columns", arguments: InstructionSet.all)
  func columnSum(_ set: InstructionSet) {
    for n in edgeCounts {
      for rows in [0, 1, 3, 5, 256, 300, 1000] {
        var random = SeededRandom(seed: UInt64(n * 1000 + rows))
        let a = Guarded(random.floats(max(rows - 1, 0) * (n + 2) + n))
        let before = random.floats(n)
        let sums = Guarded(before)
        unsafe set.kernels.column_sum(a.start, Int64(rows), Int64(n + 2), Int32(n), sums.start)
        var deviation = Deviation()
        for c in 0..<n {
          let column = [Double(before[c])] + (0..<rows).map { Double(a[$0 * (n + 2) + c]) }
          deviation.see(
            sums[c], column.reduce(0, +), magnitude: column.map(abs).reduce(0, +), terms: min(rows, 300), at: c)
        }
        #expect(deviation.isAllowed && sums.isIntactBefore, "n \(n), rows \(rows): \(deviation)")
      }
    }
  }

  @Test("a transposed matrix", arguments: InstructionSet.all)
  func transpose(_ set: InstructionSet) {
    for rows in [1, 2, 7, 8, 9, 17, 32] {
      for cols in [1, 3, 8, 10, 16, 33] {
        let a = Guarded((0..<rows * cols).map(Float.init))
        let b = Guarded<Float>(count: rows * cols, repeating: -1)
        unsafe set.kernels.transpose(a.start, Int32(rows), Int32(cols), b.start)
        let expected = (0..<rows * cols).map { Float($0 % rows * cols + $0 / rows) }
        #expect(b.elements == expected && b.isIntactBefore, "\(rows)x\(cols)")
        withExtendedLifetime(a) {}
      }
    }
  }

  /// The tree splits at the greatest power of two below the count.
  static func treeSum(_ parts: ArraySlice<Float>) -> Float {
    if parts.count == 1 { return parts.first! }
    var half = 1
    while half * 2 < parts.count { half *= 2 }
    return treeSum(parts.prefix(half)) + treeSum(parts.dropFirst(half))
  }

  @Test("parts are summed as a balanced tree", arguments: InstructionSet.all)
  func reduceParts(_ set: InstructionSet) {
    for parts in Array(1...9) + [15, 16, 17, 64] {
      for count in [1, 8, 17, 33] {
        var random = SeededRandom(seed: UInt64(parts * 100 + count))
        let stride = count + 3
        let a = Guarded(random.floats((parts - 1) * stride + count))
        let y = Guarded<Float>(count: count, repeating: 1)
        unsafe set.kernels.reduce_parts(a.start, Int32(parts), Int64(stride), Int64(count), y.start)
        let expected = (0..<count).map { i in Self.treeSum((0..<parts).map { a[$0 * stride + i] }[...]) }
        #expect(Self.same(y, expected), "\(parts) parts of \(count)")
      }
    }
  }

  @Test("bytes become floats", arguments: InstructionSet.all)
  func bytes(_ set: InstructionSet) {
    for count in Self.counts {
      let x = Guarded((0..<count).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) })
      let y = Guarded<Float>(count: count, repeating: -1)
      unsafe set.kernels.bytes_to_float(x.start, Int64(count), y.start)
      #expect(Self.same(y, x.elements.map(Float.init)), "\(count)")
    }
  }

  @Test("a sum of squares in double; what is not finite is reported", arguments: InstructionSet.all)
  func sumSquares(_ set: InstructionSet) {
    for count in Self.counts {
      var random = SeededRandom(seed: UInt64(count))
      let x = Guarded(random.floats(count, in: -1e30...1e30))
      var flag: Int32 = 0
      let sum = unsafe set.kernels.sum_squares(x.start, Int64(count), &flag)
      let expected = x.elements.map { Double($0) * Double($0) }.reduce(0, +)
      #expect(flag == 0 && abs(sum - expected) <= expected * Double(count) * 0x1p-53, "\(count)")
      for bad in [Float.nan, .infinity, -.infinity] {
        for place in [0, count / 2, count - 1] {
          let poisoned = Guarded(x.elements)
          poisoned[place] = bad
          flag = 0
          _ = unsafe set.kernels.sum_squares(poisoned.start, Int64(count), &flag)
          #expect(flag == 1, "\(bad) at \(place) of \(count)")
        }
      }
    }
  }
}

@Suite("Batch normalisation's sweeps")
struct ChannelTests {
  @Test("affine, squares, dots and gradient over channels", arguments: InstructionSet.all)
  func channels(_ set: InstructionSet) {
    let k = set.kernels
    for c in edgeCounts {
      for pixels in [1, 5, 259] {
        var random = SeededRandom(seed: UInt64(c * 1000 + pixels))
        let x = Guarded(random.floats(pixels * c))
        let dy = Guarded(random.floats(pixels * c))
        let mean = Guarded(random.floats(c))
        let inv = Guarded(random.floats(c, in: 0.5...2))
        let a = Guarded(random.floats(c))
        let b = Guarded(random.floats(c))
        let bRest = Guarded(random.floats(c))
        let d = Guarded(random.floats(c))
        let y = Guarded<Float>(count: pixels * c, repeating: 7)
        let dx = Guarded<Float>(count: pixels * c, repeating: 7)
        let squares = Guarded<Float>(count: c, repeating: 1)
        let dots = Guarded<Float>(count: c, repeating: 2)
        let sums = Guarded<Float>(count: c, repeating: 3)
        let (p, n) = (Int64(pixels), Int32(c))
        unsafe k.channel_affine(x.start, p, n, a.start, b.start, CK_RELU, y.start)
        let affine = (0..<pixels * c).map { max(0, b[$0 % c].addingProduct(x[$0], a[$0 % c])) }
        #expect(y.elements == affine && y.isIntactBefore, "c \(c)")
        unsafe k.channel_squares(x.start, p, n, mean.start, squares.start)
        unsafe k.channel_dots(x.start, dy.start, p, n, mean.start, inv.start, dots.start, sums.start)
        unsafe k.channel_gradient(
          x.start, dy.start, p, n, mean.start, inv.start, a.start, b.start, bRest.start, d.start, dx.start)
        var deviation = Deviation()
        for j in 0..<c {
          // Each term carries the rounding of x - mean, so magnitudes are those of x and mean apart.
          let places = (0..<pixels).map { $0 * c + j }
          let centred = places.map { Double(x[$0]) - Double(mean[j]) }
          let reach = places.map { abs(Double(x[$0])) + abs(Double(mean[j])) }
          let gradients = places.map { Double(dy[$0]) }
          let scale = Double(inv[j])
          deviation.see(
            squares[j], 1 + centred.map { $0 * $0 }.reduce(0, +),
            magnitude: 1 + reach.map { $0 * $0 }.reduce(0, +), terms: pixels, at: j)
          deviation.see(
            dots[j], 2 + zip(gradients, centred).map { $0 * $1 * scale }.reduce(0, +),
            magnitude: 2 + zip(gradients, reach).map { abs($0) * $1 * scale }.reduce(0, +), terms: pixels, at: j)
          deviation.see(
            sums[j], 3 + gradients.reduce(0, +), magnitude: 3 + gradients.map(abs).reduce(0, +), terms: pixels, at: j)
          for (pixel, place) in places.enumerated() {
            let rest = gradients[pixel] - Double(b[j]) - Double(bRest[j]) - centred[pixel] * scale * Double(d[j])
            let magnitude =
              abs(gradients[pixel]) + abs(Double(b[j])) + abs(Double(bRest[j])) + reach[pixel] * scale
              * abs(Double(d[j]))
            deviation.see(
              dx[place], Double(a[j]) * rest, magnitude: abs(Double(a[j])) * magnitude, terms: 2, at: place)
          }
        }
        #expect(deviation.isAllowed, "c \(c), pixels \(pixels): \(deviation)")
        let intact = [squares, dots, sums, dx].allSatisfy(\.isIntactBefore)
        #expect(intact, "c \(c)")
        withExtendedLifetime((x, dy, mean, inv, a, b, bRest, d)) {}
      }
    }
  }
}

@Suite("Sweeps past the caches")
struct PastCachesTests {
  /// Bits of small calls, which the other suites hold to references: no number of a sweep depends on where it is written.
  @Test("what no cache keeps has the bits of small calls, at every alignment", arguments: InstructionSet.all)
  func sweeps(_ set: InstructionSet) {
    let k = set.kernels
    // Arrays end at a page: 64 and 48 channels start whole vectors, the others do not.
    for channels in [1, 3, 10, 17, 48, 64] {
      let pixels = CK_PAST_CACHES / 4 / channels + 64
      let count = pixels * channels
      var random = SeededRandom(seed: UInt64(channels))
      let values = random.floats(4096, in: -3...3)
      let x = Guarded<Float>(count: count, repeating: 0)
      for index in 0..<count { x[index] = values[index % 4093] }
      let a = Guarded(random.floats(channels))
      let b = Guarded(random.floats(channels))
      func check(
        _ name: String,
        _ sweep: (_ pixels: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) -> Void
      ) {
        let whole = Guarded<Float>(count: count, repeating: 7)
        let inPlace = Guarded<Float>(count: count, repeating: 7)
        let parts = Guarded<Float>(count: count, repeating: 7)
        unsafe inPlace.start.update(from: x.start, count: count)
        unsafe sweep(pixels, x.start, whole.start)
        unsafe sweep(pixels, inPlace.start, inPlace.start)
        for first in stride(from: 0, to: pixels, by: 100) {
          unsafe sweep(
            min(100, pixels - first), x.start + first * channels, parts.start + first * channels)
        }
        let isSame = unsafe memcmp(whole.start, parts.start, count * 4) == 0
        let isSameInPlace = unsafe memcmp(inPlace.start, parts.start, count * 4) == 0
        #expect(isSame && whole.isIntactBefore, "\(name), \(channels) channels")
        #expect(isSameInPlace && inPlace.isIntactBefore, "\(name) in place, \(channels) channels")
      }
      let c = Int32(channels)
      check("affine") { unsafe k.channel_affine($1, Int64($0), c, a.start, b.start, CK_RELU, $2) }
      check("ReLU") { unsafe k.bias_clamp($1, Int64($0), c, nil, CK_RELU, $2) }
      check("sigmoid") { unsafe k.unary(CK_SIGMOID, 0, $1, Int64($0 * channels), $2) }
      withExtendedLifetime((x, a, b)) {}
    }
  }
}
