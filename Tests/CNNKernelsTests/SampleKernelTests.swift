import CKernels
import Foundation
import Testing

/// Kernels that look at one sample, at every width and up to the last byte before an unreadable page. Expected values:
/// the definitions in double precision; sums of up to 100 values of size 1 are off by some 1e-6.
@Suite("sample kernels") struct SampleKernelTests {
  @Test("rows to mean 0 and variance 1, at any width", arguments: InstructionSet.all)
  func rows(_ set: InstructionSet) {
    var random = SeededRandom(seed: 1)
    for width in edgeCounts {
      for rows in [1, 3] {
        let x = Guarded(random.floats(rows * width))
        let gamma = Guarded(random.floats(width))
        let beta = Guarded(random.floats(width))
        let y = Guarded<Float>(count: rows * width, repeating: .nan)
        unsafe set.kernels.row_normalize(x.start, Int64(rows), Int32(width), 0.5, gamma.start, beta.start, y.start)
        for row in 0..<rows {
          let values = x.elements[row * width..<(row + 1) * width].map(Double.init)
          let mean = values.reduce(0, +) / Double(width)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
          for i in 0..<width {
            let expected =
              (values[i] - mean) / (variance + 0.5).squareRoot() * Double(gamma[i]) + Double(beta[i])
            #expect(abs(Double(y[row * width + i]) - expected) <= 2e-6, "width \(width)")
          }
        }
        #expect(y.isIntactBefore)
      }
    }
  }

  @Test("gradients of rows stay within their arrays, and are sums over the rows", arguments: InstructionSet.all)
  func rowGradients(_ set: InstructionSet) {
    var random = SeededRandom(seed: 2)
    for width in edgeCounts {
      let x = Guarded(random.floats(2 * width))
      let dy = Guarded(random.floats(2 * width))
      let dx = Guarded<Float>(count: 2 * width, repeating: .nan)
      let dGamma = Guarded<Float>(count: width, repeating: 1)
      let dBeta = Guarded<Float>(count: width, repeating: 2)
      unsafe set.kernels.row_normalize_gradient(
        x.start, dy.start, 2, Int32(width), 0.5, nil, dx.start, dGamma.start, dBeta.start)
      for i in 0..<width { #expect(abs(dBeta[i] - 2 - dy[i] - dy[width + i]) <= 1e-6) }
      // What moves all values of a row alike moves none of its output.
      for row in 0..<2 { #expect(abs(dx.elements[row * width..<(row + 1) * width].reduce(0, +)) <= 1e-4) }
      #expect(dx.isIntactBefore && dGamma.isIntactBefore && dBeta.isIntactBefore)
    }
  }

  /// Behind an average dy is the same all over a row. Its mean takes all of it out but the rounding of a sum of 100, 6e-6
  /// of its size at most, and of that the same share is left in turn: 4e-11, times the inverse deviation of 3 or so.
  @Test("a gradient that is constant over a row gives none to the row", arguments: InstructionSet.all)
  func constantGradients(_ set: InstructionSet) {
    var random = SeededRandom(seed: 5)
    for width in edgeCounts where width > 1 {
      let x = Guarded(random.floats(width, in: 3...4))
      let dy = Guarded<Float>(count: width, repeating: 0.7)
      let dx = Guarded<Float>(count: width, repeating: .nan)
      unsafe set.kernels.row_normalize_gradient(x.start, dy.start, 1, Int32(width), 1e-6, nil, dx.start, nil, nil)
      #expect(dx.elements.allSatisfy { abs($0) <= 2e-10 }, "width \(width)")
    }
  }

  @Test("channels with given numbers, combined and clipped", arguments: InstructionSet.all)
  func channels(_ set: InstructionSet) {
    var random = SeededRandom(seed: 3)
    for c in edgeCounts {
      let pixels = 3
      let x = Guarded(random.floats(pixels * c))
      let dy = Guarded(random.floats(pixels * c))
      let (mean, scale, offset) = (Guarded(random.floats(c)), Guarded(random.floats(c)), Guarded(random.floats(c)))
      let y = Guarded<Float>(count: pixels * c, repeating: .nan)
      func expect(_ expected: (Int, Int) -> Float) {
        for i in 0..<pixels * c { #expect(abs(y[i] - expected(i, i % c)) <= 1e-6, "\(c) channels") }
        #expect(y.isIntactBefore)
      }
      unsafe set.kernels.channel_normalize(
        x.start, Int64(pixels), Int32(c), mean.start, scale.start, offset.start, y.start)
      expect { (x[$0] - mean[$1]) * scale[$1] + offset[$1] }
      unsafe set.kernels.channel_normalize(x.start, Int64(pixels), Int32(c), nil, scale.start, nil, y.start)
      expect { x[$0] * scale[$1] }
      // g = gamma * dy - centre and xhat = (x - mean) * inv, with `scale` as gamma, `offset` as centre.
      let inverse = Guarded(random.floats(c))
      let sums = Guarded<Float>(count: 4 * c, repeating: 1)
      func xhat(_ i: Int) -> Float { (x[i] - mean[i % c]) * inverse[i % c] }
      for gamma in unsafe [scale.start, nil] {
        func g(_ i: Int) -> Float { unsafe (gamma == nil ? dy[i] : scale[i % c] * dy[i]) - offset[i % c] }
        for i in 0..<4 * c { sums[i] = 1 }
        unsafe set.kernels.centred_dots(
          x.start, dy.start, Int64(pixels), Int32(c), mean.start, inverse.start, gamma, offset.start, sums.start)
        for channel in 0..<c {
          func sum(_ row: Int, _ term: (Int) -> Float) {
            let expected = (0..<pixels).reduce(Float(1)) { $0 + term($1 * c + channel) }
            #expect(abs(sums[row * c + channel] - expected) <= 2e-6, "sum \(row) of \(c) channels")
          }
          sum(0, xhat)
          sum(1) { dy[$0] * xhat($0) }
          sum(2, g)
          sum(3) { g($0) * xhat($0) }
        }
        #expect(sums.isIntactBefore)
        unsafe set.kernels.centred_gradient(
          x.start, dy.start, Int64(pixels), Int32(c), mean.start, inverse.start, gamma, offset.start, scale.start,
          mean.start, y.start)
        expect { inverse[$1] * (g($0) - (xhat($0) * scale[$1] + mean[$1])) }
      }
      unsafe set.kernels.clipped_affine(
        x.start, Int64(pixels), Int32(c), mean.start, 1.5, offset.start, -0.5, 0.75, y.start)
      expect { min(max((x[$0] - mean[$1]) * 1.5 + offset[$1], -0.5), 0.75) }
      unsafe set.kernels.clipped_affine_mask(
        x.start, dy.start, Int64(pixels), Int32(c), mean.start, 1.5, offset.start, -0.5, 0.75, y.start)
      expect { (-0.5...0.75).contains((x[$0] - mean[$1]) * 1.5 + offset[$1]) ? dy[$0] : 0 }
    }
  }

  @Test("an affine image and its gradient are adjoint, and stay within their arrays", arguments: InstructionSet.all)
  func affine(_ set: InstructionSet) {
    var random = SeededRandom(seed: 4)
    for c in [1, 3, 4, 5, 16, 17, 33] {
      for fill in [CK_FILL_CONSTANT, CK_FILL_NEAREST, CK_FILL_REFLECT, CK_FILL_WRAP] {
        for (h, w) in [(1, 1), (1, 4), (3, 2), (5, 6)] {
          for bilinear: Int32 in [0, 1] {
            let m = random.floats(6, in: -3...3)
            var shape = ck_affine(
              h: Int32(h), w: Int32(w), c: Int32(c), fill: fill, bilinear: bilinear, fill_value: 0,
              m: (m[0], m[1], m[2], m[3], m[4], m[5]))
            let x = Guarded(random.floats(h * w * c))
            let dy = Guarded(random.floats(h * w * c))
            let y = Guarded<Float>(count: h * w * c, repeating: .nan)
            let dx = Guarded<Float>(count: h * w * c, repeating: .nan)
            unsafe set.kernels.affine_image(&shape, x.start, y.start)
            unsafe set.kernels.affine_image_gradient(&shape, dy.start, dx.start)
            // <A x, dy> = <x, A' dy>
            let forward = zip(y.elements, dy.elements).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            let backward = zip(x.elements, dx.elements).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
            #expect(abs(forward - backward) <= 1e-4, "\(h)x\(w)x\(c)")
            #expect(y.isIntactBefore && dx.isIntactBefore)
          }
        }
      }
    }
  }

  @Test("noise has the same bits on every instruction set, at any length")
  func noise() {
    for count in edgeCounts + [257] {
      let results = InstructionSet.all.map { set in
        let y = Guarded<Float>(count: count, repeating: 1)
        unsafe set.kernels.gaussian_noise(y.start, Int64(count), 0x0123_4567_89AB_CDEF, 9, 3, 5, 0.5, y.start)
        #expect(y.isIntactBefore && Set(y.elements).count == count)
        return y.bits
      }
      #expect(results.allSatisfy { $0 == results[0] }, "count \(count)")
    }
  }
}
