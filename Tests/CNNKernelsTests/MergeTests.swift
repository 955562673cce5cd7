import CKernels
import Testing

/// One rounded operation an element, so the bits are those of Swift's own arithmetic.
@Suite("Merges of values")
struct MergeTests {
  @Test("differences and maxima, in place and not; NaN is passed on", arguments: InstructionSet.all)
  func elementwise(_ set: InstructionSet) {
    for count in VectorTests.counts {
      let k = set.kernels
      let n = Int64(count)
      var a = VectorTests.values(count, seed: 1)
      var b = VectorTests.values(count, seed: UInt64(count + 2)).map { -$0 }
      if count > 12 {
        (a[7], b[7]) = (1, 1)
        (a[8], b[8]) = (.nan, 1)
        (a[9], b[9]) = (1, .nan)
        (a[10], b[10]) = (-.infinity, 3)
        (a[11], b[11]) = (.infinity, .infinity)
      }
      let left = Guarded(a)
      let right = Guarded(b)
      let y = Guarded<Float>(count: count, repeating: 5)
      unsafe k.subtract(left.start, right.start, n, y.start)
      #expect(VectorTests.same(y, zip(a, b).map { $0 - $1 }), "\(count)")
      // IEEE 754-2019 `maximum`, but for the sign of zero.
      let greatest = zip(a, b).map { $0.isNaN || $1.isNaN ? Float.nan : Swift.max($0, $1) }
      unsafe k.maximum(left.start, right.start, n, y.start)
      #expect(y.isIntactBefore && zip(y.elements, greatest).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(count)")
      let dy = Guarded((0..<count).map { Float($0 + 1) })
      // TensorFlow: the first gets it where a >= b, the second where that does not hold.
      unsafe k.maximum_gradient(left.start, right.start, dy.start, n, 1, y.start)
      #expect(y.elements == zip(zip(a, b), dy.elements).map { $0.0 >= $0.1 ? $1 : 0 }, "\(count)")
      unsafe k.maximum_gradient(left.start, right.start, dy.start, n, 0, y.start)
      #expect(y.elements == zip(zip(a, b), dy.elements).map { $0.0 >= $0.1 ? 0 : $1 }, "\(count)")
      unsafe k.maximum(left.start, right.start, n, left.start)
      #expect(zip(left.elements, greatest).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN }, "\(count)")
      withExtendedLifetime(right) {}
    }
  }

  @Test("sums of rows", arguments: InstructionSet.all)
  func rowSum(_ set: InstructionSet) {
    for c in edgeCounts {
      var random = SeededRandom(seed: UInt64(c))
      let a = Guarded(random.floats(3 * c))
      let before = random.floats(3)
      let sums = Guarded(before)
      unsafe set.kernels.row_sum(a.start, 3, Int32(c), sums.start)
      var deviation = Deviation()
      for row in 0..<3 {
        let values = [Double(before[row])] + (0..<c).map { Double(a[row * c + $0]) }
        deviation.see(
          sums[row], values.reduce(0, +), magnitude: values.map(abs).reduce(0, +), terms: c, at: row)
      }
      #expect(deviation.isAllowed && sums.isIntactBefore, "c \(c): \(deviation)")
    }
  }

  @Test("relu with a ceiling, a slope and a threshold, at its kinks and beyond", arguments: InstructionSet.all)
  func shapedRelu(_ set: InstructionSet) {
    // Keras 3.15.1, `ReLU(max_value=2, threshold=1, negative_slope=0.5)`; infinities by its formula.
    let x: [Float] = [-1, 0, 0.25, 0.5, 1, 1.5, 2, 3, 6, 7, -.infinity, .infinity, 1e30, -1e30]
    let y: [Float] = [-1, -0.5, -0.375, -0.25, 0, 1.5, 2, 2, 2, 2, -.greatestFiniteMagnitude / 2, 2, 2, -0.5e30]
    let dx: [Float] = [0.5, 0.5, 0.5, 0.5, 0, 1, 1, 0, 0, 0, 0.5, 0, 0, 0.5]
    let k = set.kernels
    for repeats in [1, 3] {
      let input = Guarded(Array(repeatElement(x, count: repeats).joined()))
      let output = Guarded<Float>(count: input.count, repeating: 9)
      let ones = Guarded<Float>(count: input.count, repeating: 1)
      unsafe k.shaped_relu(input.start, Int64(input.count), 2, 0.5, 1, output.start)
      #expect(output.elements == Array(repeatElement(y, count: repeats).joined()) && output.isIntactBefore)
      unsafe k.shaped_relu_gradient(input.start, ones.start, Int64(input.count), 2, 0.5, 1, output.start)
      #expect(output.elements == Array(repeatElement(dx, count: repeats).joined()) && output.isIntactBefore)
    }
    let special = Guarded<Float>([-.infinity, .nan, .infinity])
    unsafe k.shaped_relu(special.start, 3, .infinity, 0, 1, special.start)
    #expect(special[0] == 0 && special[1].isNaN && special[2] == .infinity)
  }
}

@Suite("Penalties on weights")
struct PenaltyTests {
  @Test("l1 * sum |w| + l2 * sum w², and its gradient", arguments: InstructionSet.all)
  func penalty(_ set: InstructionSet) {
    for count in VectorTests.counts {
      var random = SeededRandom(seed: UInt64(count))
      var values = random.floats(count)
      if count > 2 { (values[1], values[2]) = (0, -0.0) }
      let before = random.floats(count)
      let w = Guarded(values)
      let g = Guarded(before)
      let (l1, l2): (Float, Float) = (0.3, 0.07)
      let found = unsafe set.kernels.penalty(w.start, Int64(count), l1, l2, g.start)
      let sizes = values.reduce(0) { $0 + abs(Double($1)) }
      let squares = values.reduce(0) { $0 + Double($1) * Double($1) }
      let expected = Double(l1) * sizes + Double(l2) * squares
      #expect(abs(found - expected) <= 1e-14 * expected, "\(count)")
      let gradient = zip(before, values).map { (g: Float, w: Float) -> Float in
        let sign: Float = w > 0 ? l1 : w < 0 ? -l1 : 0
        let slope = 2 * l2 * w
        return g + (sign + slope)
      }
      #expect(VectorTests.same(g, gradient), "\(count)")
      #expect(unsafe set.kernels.penalty(w.start, Int64(count), l1, l2, nil) == found, "\(count)")
    }
  }
}
