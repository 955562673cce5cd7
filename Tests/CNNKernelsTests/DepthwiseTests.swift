import CKernels
import Testing

@Suite("depthwise: products channel by channel")
struct DepthwiseTests {
  private static let shapes = [(1, 1, 1), (1, 9, 9), (2, 3, 5), (1, 1, 33), (3, 2, 8), (1, 1, 0), (2, 30, 17)]

  /// Dense pixels, which may share a vector, and pixels with room between them.
  private static func pixels(_ shape: (Int, Int, Int), _ channels: Int, isDense: Bool) -> PixelCase {
    PixelCase(
      images: shape.0, rows: shape.1, cols: shape.2, xColumn: channels + (isDense ? 0 : 2),
      yColumn: channels + (isDense ? 0 : 1))
  }

  @Test("any number of channels, taps and pixels", arguments: InstructionSet.all)
  func forward(_ set: InstructionSet) {
    var seed: UInt64 = 0
    for c in edgeCounts {
      for taps in [0, 1, 3, 9, 25, 70] {
        for isDense in [true, false] {
          seed += 1
          var random = SeededRandom(seed: seed)
          let at = Self.pixels(Self.shapes[Int(seed) % Self.shapes.count], c, isDense: isDense)
          let runs = (0..<taps).map { ck_run(x: Int32($0 * 7 % 23), k: Int32(taps - 1 - $0), count: 1) }
          let x = Guarded(random.floats(at.xExtent + 23 + c))
          let w = Guarded(random.floats(max(1, taps) * c))
          let bias = Guarded(random.floats(c))
          let y = Guarded(random.floats(at.yExtent + c))
          let before = y.elements
          let isRectified = seed % 3 == 0
          let hasBias = seed % 2 == 0
          var pixels = at.pixels
          unsafe (runs + [ck_run()]).withUnsafeBufferPointer { runs in
            unsafe set.kernels.depthwise(
              &pixels, runs.baseAddress!, Int32(taps), x.start, w.start, Int32(c), Int32(c),
              hasBias ? UnsafePointer(bias.start) : nil, isRectified ? CK_RELU : CK_LINEAR, y.start)
          }
          var deviation = Deviation()
          var written = Set<Int>()
          for position in at.positions {
            for n in 0..<c {
              var (sum, magnitude) = (0.0, 0.0)
              for run in runs {
                let product = Double(x[position.x + Int(run.x) + n]) * Double(w[Int(run.k) * c + n])
                sum += product
                magnitude += abs(product)
              }
              if hasBias { (sum, magnitude) = (sum + Double(bias[n]), magnitude + abs(Double(bias[n]))) }
              if isRectified { sum = max(sum, 0) }
              deviation.see(y[position.y + n], sum, magnitude: magnitude, terms: 2 * taps, at: position.y + n)
              written.insert(position.y + n)
            }
          }
          #expect(deviation.isAllowed, "\(set.testDescription), \(c) channels, \(taps) taps, \(at.testDescription)")
          #expect(before.indices.allSatisfy { written.contains($0) || y[$0].bitPattern == before[$0].bitPattern })
          #expect(y.isIntactBefore)
        }
      }
    }
  }

  @Test("gradients of the filter add to what is there", arguments: InstructionSet.all)
  func gradient(_ set: InstructionSet) {
    var seed: UInt64 = 100
    for c in edgeCounts {
      for taps in [1, 2, 3, 9, 14] {
        for isDense in [true, false] {
          seed += 1
          var random = SeededRandom(seed: seed)
          let at = Self.pixels(Self.shapes[Int(seed) % Self.shapes.count], c, isDense: isDense)
          let xOffsets = (0..<taps).map { Int32($0 * 7 % 23) }
          let dwOffsets = (0..<taps).map { Int32((taps - 1 - $0) * (c + 1)) }
          let x = Guarded(random.floats(at.xExtent + 23 + c))
          let dy = Guarded(random.floats(at.yExtent + c))
          let dw = Guarded(random.floats((taps - 1) * (c + 1) + c))
          var expected = dw.elements.map(Double.init)
          var magnitudes = expected.map { abs($0) }
          var pixels = at.pixels
          unsafe xOffsets.withUnsafeBufferPointer { xOffsets in
            unsafe dwOffsets.withUnsafeBufferPointer { dwOffsets in
              unsafe set.kernels.depthwise_outer(
                &pixels, xOffsets.baseAddress!, dwOffsets.baseAddress!, Int32(taps), x.start, dy.start, Int32(c),
                dw.start)
            }
          }
          for position in at.positions {
            for j in 0..<taps {
              for n in 0..<c {
                let product = Double(x[position.x + Int(xOffsets[j]) + n]) * Double(dy[position.y + n])
                expected[Int(dwOffsets[j]) + n] += product
                magnitudes[Int(dwOffsets[j]) + n] += abs(product)
              }
            }
          }
          var deviation = Deviation()
          for index in expected.indices {
            deviation.see(
              dw[index], expected[index], magnitude: magnitudes[index], terms: 2 * at.pixelCount + 1, at: index)
          }
          #expect(deviation.isAllowed, "\(set.testDescription), \(c) channels, \(taps) taps, \(at.testDescription)")
          #expect(dw.isIntactBefore)
        }
      }
    }
  }
}
