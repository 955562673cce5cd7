import CKernels
import Testing

@Suite("outer: sums of outer products over pixels")
struct OuterTests {
  struct Sum {
    var at: PixelCase
    var rows, n: Int
    let xOffsets: [Int32]
    let dwOffsets: [Int32]
    let x: Guarded<Float>
    let dy: Guarded<Float>
    let dw: Guarded<Float>

    /// - Parameter stretch: rows that follow on in x, and in dw; by default none do.
    init(_ at: PixelCase, rows: Int, n: Int, seed: UInt64, stretch: Int? = nil) {
      var random = SeededRandom(seed: seed)
      self.at = at
      self.rows = rows
      self.n = n
      xOffsets = (0..<rows).map { row in Int32(stretch.map { row / $0 * ($0 + 2) + row % $0 } ?? row * 7 % 23) }
      dwOffsets = (0..<rows).map { Int32((stretch == nil ? rows - 1 - $0 : $0) * (n + 3)) }
      // Nothing lies behind the last row of the last pixel.
      x = Guarded(random.floats(at.xExtent + Int(xOffsets.max() ?? 0) + 1))
      dy = Guarded(random.floats(at.yExtent + n))
      dw = Guarded(random.floats((rows - 1) * (n + 3) + n))
    }

    /// Runs it, and holds it to the sums in double.
    func expectAgreement(_ set: InstructionSet, _ comment: String) {
      let before = dw.elements
      run(set)
      var expected = before.map(Double.init)
      var magnitudes = before.map { abs(Double($0)) }
      for position in at.positions {
        for j in 0..<rows {
          let value = Double(x[position.x + Int(xOffsets[j])])
          for c in 0..<n {
            let product = value * Double(dy[position.y + c])
            expected[Int(dwOffsets[j]) + c] += product
            magnitudes[Int(dwOffsets[j]) + c] += abs(product)
          }
        }
      }
      var deviation = Deviation()
      for index in before.indices {
        if index % (n + 3) < n {
          deviation.see(dw[index], expected[index], magnitude: magnitudes[index], terms: at.pixelCount, at: index)
        } else {
          deviation.see(dw[index], expected[index], allowance: 0, at: index)
        }
      }
      #expect(
        deviation.isAllowed && dw.isIntactBefore,
        "n \(n), rows \(rows), pixels \(at.testDescription), \(comment): \(deviation)")
    }

    func run(_ set: InstructionSet, from row: Int = 0, count: Int? = nil) {
      var pixels = at.pixels
      unsafe xOffsets.withUnsafeBufferPointer { xOffsets in
        unsafe dwOffsets.withUnsafeBufferPointer { dwOffsets in
          unsafe set.kernels.outer(
            &pixels, xOffsets.baseAddress! + row, dwOffsets.baseAddress! + row, Int32(count ?? rows), x.start,
            dy.start, Int32(n), dw.start)
        }
      }
    }
  }

  @Test("rows that follow on in stretches, whole fours and others, one after the other", arguments: InstructionSet.all)
  func stretches(_ set: InstructionSet) {
    var seed: UInt64 = 0
    for n in [3, 4, 5, 7, 8, 9, 10, 12, 13, 16, 17, 19, 20, 21] {
      for stretch in [3, 4, 5, 6, 8, 9, 10, 15, 16, 33] {
        seed += 1
        let shapes = [(1, 8, 9), (60, 1, 1), (2, 17, 19), (1, 2, 300), (7, 3, 4), (1, 3, 3)]
        let (images, height, width) = shapes[Int(seed) % shapes.count]
        let at = PixelCase(images: images, rows: height, cols: width, xColumn: 2, yColumn: n)
        // The last stretch is a short one.
        let rows = 3 * stretch - (stretch > 7 ? 2 : 0)
        let sum = Sum(at, rows: rows, n: n, seed: seed, stretch: stretch)
        let alone = Sum(at, rows: rows, n: n, seed: seed, stretch: stretch)
        sum.expectAgreement(set, "stretches \(stretch), seed \(seed)")
        for row in 0..<rows { alone.run(set, from: row, count: 1) }
        #expect(sum.dw.bits == alone.dw.bits, "n \(n), stretches \(stretch), pixels \(at.testDescription)")
      }
    }
  }

  @Test("any number of rows, channels and pixels", arguments: InstructionSet.all)
  func edges(_ set: InstructionSet) {
    var seed: UInt64 = 0
    for n in edgeCounts {
      for rows in 1...17 {
        seed += 1
        let shapes = [(1, 1, 1), (1, 9, 9), (5, 2, 3), (300, 1, 1), (2, 17, 19), (1, 1, 0), (1, 2, 300)]
        let (images, height, width) = shapes[Int(seed) % shapes.count]
        let at = PixelCase(images: images, rows: height, cols: width, xColumn: 2, yColumn: n)
        let sum = Sum(at, rows: rows, n: n, seed: seed)
        sum.expectAgreement(set, "seed \(seed)")
      }
    }
  }

  @Test("a row's bits do not depend on the rows beside it", arguments: InstructionSet.all)
  func identity(_ set: InstructionSet) {
    for n in [1, 10, 17, 32, 48] {
      let at = PixelCase(images: 2, rows: 31, cols: 13, xColumn: 1, yColumn: n)
      let whole = Sum(at, rows: 25, n: n, seed: UInt64(n))
      let alone = Sum(at, rows: 25, n: n, seed: UInt64(n))
      whole.run(set)
      for row in 0..<25 { alone.run(set, from: row, count: 1) }
      #expect(whole.dw.bits == alone.dw.bits, "n \(n)")
    }
  }

  @Test("vector instruction sets agree bit for bit", .enabled(if: InstructionSet.vector.count > 1))
  func agreement() {
    for n in edgeCounts {
      let at = PixelCase(images: 3, rows: 11, cols: 13, xColumn: 1, yColumn: n)
      let results = InstructionSet.vector.map { set in
        let sum = Sum(at, rows: 7, n: n, seed: UInt64(n))
        sum.run(set)
        return sum.dw.bits
      }
      #expect(results.allSatisfy { $0 == results[0] }, "n \(n)")
    }
  }
}
