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

    init(_ at: PixelCase, rows: Int, n: Int, seed: UInt64) {
      var random = SeededRandom(seed: seed)
      self.at = at
      self.rows = rows
      self.n = n
      xOffsets = (0..<rows).map { Int32($0 * 7 % 23) }
      dwOffsets = (0..<rows).map { Int32((rows - 1 - $0) * (n + 3)) }
      x = Guarded(random.floats(at.xExtent + 23))
      dy = Guarded(random.floats(at.yExtent + n))
      dw = Guarded(random.floats((rows - 1) * (n + 3) + n))
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
        let before = sum.dw.elements
        sum.run(set)
        var expected = before.map(Double.init)
        var magnitudes = before.map { abs(Double($0)) }
        for position in at.positions {
          for j in 0..<rows {
            let value = Double(sum.x[position.x + Int(sum.xOffsets[j])])
            for c in 0..<n {
              let product = value * Double(sum.dy[position.y + c])
              expected[Int(sum.dwOffsets[j]) + c] += product
              magnitudes[Int(sum.dwOffsets[j]) + c] += abs(product)
            }
          }
        }
        var deviation = Deviation()
        for index in before.indices {
          if index % (n + 3) < n {
            deviation.see(
              sum.dw[index], expected[index], magnitude: magnitudes[index], terms: at.pixelCount, at: index)
          } else {
            deviation.see(sum.dw[index], expected[index], allowance: 0, at: index)
          }
        }
        #expect(
          deviation.isAllowed && sum.dw.isIntactBefore,
          "n \(n), rows \(rows), pixels \(at.testDescription), seed \(seed): \(deviation)")
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
