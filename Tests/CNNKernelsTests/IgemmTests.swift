import CKernels
import Testing

@Suite("igemm: indirect matrix product")
struct IgemmTests {
  /// One call's arguments. x starts `margin` values into its buffer, since runs may reach to the left of a pixel.
  struct Product {
    var at: PixelCase
    var runs: [ck_run]
    var k: Int
    var n: Int
    let margin = 4
    let x: Guarded<Float>
    let w: [Float]
    let bias: Guarded<Float>
    let y: Guarded<Float>

    init(_ at: PixelCase, runs: [ck_run], n: Int, seed: UInt64) {
      var random = SeededRandom(seed: seed)
      self.at = at
      self.runs = runs
      self.n = n
      k = runs.map { Int($0.k + $0.count) }.max() ?? 0
      let reach = runs.map { Int($0.x + $0.count) }.max() ?? 0
      x = Guarded(random.floats(margin + at.xExtent + max(reach, 1)))
      w = random.floats(max(k, 1) * n)
      bias = Guarded(random.floats(n))
      y = Guarded(random.floats(at.yExtent + n))
    }

    func filter(panel: Int?) -> (Guarded<Float>, ldw: Int, panelStride: Int) {
      guard let panel else { return (Guarded(w), n, 0) }
      // A packed panel: rows of `panel` channels, those past n are poison; nothing lies behind the last real channel.
      let panels = (n + panel - 1) / panel
      var packed = [Float](repeating: .nan, count: panels * max(k, 1) * panel)
      for row in 0..<k {
        for c in 0..<n { packed[(c / panel * k + row) * panel + c % panel] = w[row * n + c] }
      }
      packed.removeLast(panels * panel - n)
      return (Guarded(packed), panel, k * panel)
    }

    func run(
      _ set: InstructionSet, packed: Bool = false, bias useBias: Bool = true, clamp: ck_clamp = CK_LINEAR,
      accumulate: Bool = false, pixels: ck_pixels? = nil, xAt: Int = 0, yAt: Int = 0
    ) {
      let (filter, ldw, panelStride) = filter(panel: packed ? set.panel : nil)
      withExtendedLifetime(filter) {
        var pixels = pixels ?? at.pixels
        unsafe set.kernels.igemm(
          &pixels, runs, Int32(runs.count), x.start + margin + xAt, filter.start, Int32(ldw),
          Int64(packed ? panelStride : set.panel),
          Int32(n), useBias ? UnsafePointer(bias.start) : nil, clamp, accumulate ? 1 : 0, y.start + yAt)
      }
    }

    /// The same product by sums along the values.
    func runDot(
      _ set: InstructionSet, bias useBias: Bool = true, clamp: ck_clamp = CK_LINEAR, pixels: ck_pixels? = nil,
      xAt: Int = 0, yAt: Int = 0
    ) {
      let rows = max(k, 1)
      let filter = Guarded((0..<n).flatMap { c in (0..<rows).map { w[$0 * n + c] } })
      withExtendedLifetime(filter) {
        var pixels = pixels ?? at.pixels
        unsafe set.kernels.idot(
          &pixels, runs, Int32(runs.count), x.start + margin + xAt, filter.start, Int64(rows), Int32(n),
          useBias ? UnsafePointer(bias.start) : nil, clamp, y.start + yAt)
      }
    }

    /// The same product by sums along fours of values, of a filter whose rows begin at `firstRow`; rows that no run reads
    /// are `unread`.
    func runFours(
      _ set: InstructionSet, firstRow: Int = 0, unread: Float = 0, bias useBias: Bool = true,
      clamp: ck_clamp = CK_LINEAR, pixels: ck_pixels? = nil, xAt: Int = 0, yAt: Int = 0
    ) {
      // Four values of one output after the other, whole vectors of sixteen a row.
      let row = (n + 3) / 4 * 16
      let fours = (firstRow + k + 3) / 4
      var values = [Float](repeating: 0, count: max(1, fours) * row)
      let read = Set(runs.flatMap { Int($0.k)..<Int($0.k + $0.count) })
      for value in 0..<4 * fours {
        for c in 0..<n {
          let own = value - firstRow
          values[value / 4 * row + c * 4 + value % 4] = read.contains(own) ? w[own * n + c] : unread
        }
      }
      let filter = Guarded(values)
      withExtendedLifetime(filter) {
        var pixels = pixels ?? at.pixels
        unsafe set.kernels.iquad(
          &pixels, runs, Int32(runs.count), x.start + margin + xAt, filter.start, Int64(firstRow), Int32(n),
          useBias ? UnsafePointer(bias.start) : nil, clamp, y.start + yAt)
      }
    }

    func deviation(before: [Float], bias useBias: Bool, clamp: ck_clamp, accumulate: Bool) -> Deviation {
      var deviation = Deviation()
      var expected = before.map(Double.init)
      var allowed = [Double](repeating: 0, count: before.count)
      for position in at.positions {
        for c in 0..<n {
          var sum = 0.0
          var magnitude = 0.0
          var terms = 0
          for run in runs {
            for j in 0..<Int(run.count) {
              let product = Double(x[margin + position.x + Int(run.x) + j]) * Double(w[(Int(run.k) + j) * n + c])
              sum += product
              magnitude += abs(product)
              terms += 1
            }
          }
          if useBias { (sum, magnitude) = (sum + Double(bias[c]), magnitude + abs(Double(bias[c]))) }
          if accumulate {
            let old = Double(before[position.y + c])
            (sum, magnitude) = (sum + old, magnitude + abs(old))
          }
          if clamp == CK_RELU { sum = max(sum, 0) }
          expected[position.y + c] = sum
          allowed[position.y + c] = Double(terms + 4) * 1.01 * rounding * magnitude
        }
      }
      for index in before.indices {
        deviation.see(y[index], expected[index], allowance: allowed[index], at: index)
      }
      return deviation
    }
  }

  static let runSets: [[ck_run]] = [
    [ck_run(x: 0, k: 0, count: 5), ck_run(x: 9, k: 5, count: 5), ck_run(x: -3, k: 10, count: 1)],
    [ck_run(x: -4, k: 3, count: 32), ck_run(x: 7, k: 35, count: 0), ck_run(x: 2, k: 36, count: 3)],
    [ck_run(x: 1, k: 0, count: 1)],
    [],
  ]

  @Test("any number of channels, pixels and runs, with bias, clamp and accumulation", arguments: InstructionSet.all)
  func edges(_ set: InstructionSet) {
    var seed: UInt64 = 1
    for n in edgeCounts {
      for (images, rows, cols) in [(1, 1, 1), (1, 1, 5), (2, 3, 3), (1, 2, 9), (3, 1, 4), (1, 4, 6), (13, 1, 1)] {
        for runs in Self.runSets {
          seed += 1
          let at = PixelCase(images: images, rows: rows, cols: cols, xColumn: 3, yColumn: n + 1)
          for (bias, clamp, accumulate) in [(true, CK_RELU, false), (false, CK_LINEAR, true), (false, CK_RELU, false)] {
            let product = Product(at, runs: runs, n: n, seed: seed)
            let before = product.y.elements
            product.run(set, packed: seed % 2 == 0, bias: bias, clamp: clamp, accumulate: accumulate)
            let deviation = product.deviation(before: before, bias: bias, clamp: clamp, accumulate: accumulate)
            #expect(
              deviation.isAllowed && product.y.isIntactBefore,
              "n \(n), pixels \(at.testDescription), runs \(runs.count), seed \(seed): \(deviation)")
          }
        }
      }
    }
  }

  @Test("a filter too long for the first cache is summed in parts", arguments: InstructionSet.all)
  func longFilters(_ set: InstructionSet) {
    let runs = [ck_run(x: 0, k: 0, count: 1500), ck_run(x: 40, k: 1500, count: 1217), ck_run(x: 3, k: 2717, count: 0)]
    for n in [3, 5, 8, 10] {
      for (images, cols) in [(1, 1), (1, 7), (3, 11), (1, 40)] {
        let at = PixelCase(images: images, rows: 1, cols: cols, xColumn: 2, yColumn: n)
        let product = Product(at, runs: runs, n: n, seed: UInt64(n + cols))
        let before = product.y.elements
        product.runDot(set, clamp: CK_RELU)
        let deviation = product.deviation(before: before, bias: true, clamp: CK_RELU, accumulate: false)
        #expect(deviation.isAllowed && product.y.isIntactBefore, "n \(n), pixels \(at.testDescription): \(deviation)")
      }
    }
  }

  @Test("sums of nothing are zeros, past the caches too, and touch nothing else", arguments: InstructionSet.all)
  func nothing(_ set: InstructionSet) {
    for n in [1, 5, 16, 19, 40] {
      for gap in [0, 3] {
        for cols in [1, 7, 30] {
          var at = PixelCase(images: 2, rows: 3, cols: cols, xColumn: 1, yColumn: n + gap)
          at.pastCaches = true
          let product = Product(at, runs: [], n: n, seed: 5)
          let before = product.y.elements
          product.run(set, packed: false, bias: false, clamp: CK_LINEAR, accumulate: false)
          var expected = before
          for position in at.positions {
            for c in 0..<n { expected[position.y + c] = 0 }
          }
          #expect(product.y.elements == expected && product.y.isIntactBefore, "n \(n), gap \(gap), \(cols) columns")
        }
      }
    }
  }

  @Test("every count of pixels up to two tiles", arguments: InstructionSet.all)
  func tails(_ set: InstructionSet) {
    for pixels in 1...25 {
      for n in [10, 16, 17, 32] {
        let at = PixelCase(images: 1, rows: 1, cols: pixels, xColumn: 1, yColumn: n)
        let product = Product(at, runs: Self.runSets[0], n: n, seed: UInt64(pixels * 100 + n))
        let before = product.y.elements
        product.run(set)
        let deviation = product.deviation(before: before, bias: true, clamp: CK_LINEAR, accumulate: false)
        #expect(deviation.isAllowed, "n \(n), pixels \(pixels): \(deviation)")
      }
    }
  }

  @Test("a pixel's bits do not depend on its neighbours, its tile or the packing", arguments: InstructionSet.all)
  func identity(_ set: InstructionSet) {
    for n in [3, 16, 24, 32, 40, 80, 100, 205] {
      let at = PixelCase(images: 4, rows: 3, cols: 5, xColumn: 2, yColumn: n)
      let whole = Product(at, runs: Self.runSets[1], n: n, seed: UInt64(n))
      whole.run(set, clamp: CK_RELU)
      let packed = Product(at, runs: Self.runSets[1], n: n, seed: UInt64(n))
      packed.run(set, packed: true, clamp: CK_RELU)
      #expect(whole.y.bits == packed.y.bits, "n \(n)")
      let alone = Product(at, runs: Self.runSets[1], n: n, seed: UInt64(n))
      var one = at.pixels
      (one.images, one.rows, one.cols) = (1, 1, 1)
      for position in at.positions { alone.run(set, clamp: CK_RELU, pixels: one, xAt: position.x, yAt: position.y) }
      #expect(whole.y.bits == alone.y.bits, "n \(n)")
    }
  }

  @Test("a sum is one chain of fused products in the order of the runs", arguments: InstructionSet.vector)
  func order(_ set: InstructionSet) {
    let short: [ck_run] = [
      ck_run(x: 0, k: 0, count: 1), ck_run(x: 2, k: 2, count: 2), ck_run(x: 4, k: 4, count: 1),
      ck_run(x: 1, k: 6, count: 2), ck_run(x: 3, k: 8, count: 1),
    ]
    for n in [3, 8, 10, 17, 20, 24, 32, 40, 80, 100, 163, 205] {
      for runs in Self.runSets + [short] {
        for packed in [false, true] {
          let at = PixelCase(images: 2, rows: 3, cols: 5, xColumn: 2, yColumn: n)
          let product = Product(at, runs: runs, n: n, seed: UInt64(n))
          product.run(set, packed: packed, clamp: CK_RELU)
          var differences = 0
          for position in at.positions {
            for c in 0..<n {
              var sum: Float = 0
              for run in runs {
                for j in 0..<Int(run.count) {
                  let place: Int = product.margin + position.x + Int(run.x) + j
                  let row: Int = Int(run.k) + j
                  sum.addProduct(product.x[place], product.w[row * n + c])
                }
              }
              let expected: Float = max(0, sum + product.bias[c])
              if product.y[position.y + c] != expected { differences += 1 }
            }
          }
          #expect(differences == 0, "\(n) outputs, \(runs.count) runs, packed: \(packed)")
        }
      }
    }
  }

  @Test("outputs past the caches and values asked for ahead change no bit", arguments: InstructionSet.all)
  func pastCaches(_ set: InstructionSet) {
    // One run each; images that follow on and others that do not; sums of a few terms, short and long ones; whole lines
    // and parts.
    for (k, n) in [
      (16, 32), (40, 64), (3, 100), (20, 48), (33, 17), (200, 112), (90, 128), (16, 100), (1, 64), (2, 36), (4, 44),
      (1, 27), (5, 84), (9, 160), (7, 130),
    ] {
      for gap in [0, 16] {
        var at = PixelCase(images: 3, rows: 5, cols: 31, xColumn: k, yColumn: n + gap)
        at.hasGaps = n % 16 != 0 && gap > 0
        let runs = [ck_run(x: 0, k: 0, count: Int32(k))]
        let near = Product(at, runs: runs, n: n, seed: UInt64(k + n))
        near.run(set, clamp: CK_RELU)
        let before = Product(at, runs: runs, n: n, seed: UInt64(k + n)).y.elements
        let deviation = near.deviation(before: before, bias: true, clamp: CK_RELU, accumulate: false)
        #expect(deviation.isAllowed, "k \(k), n \(n): \(deviation)")
        at.pastCaches = true
        let past = Product(at, runs: runs, n: n, seed: UInt64(k + n))
        past.run(set, clamp: CK_RELU)
        #expect(past.y.bits == near.y.bits && past.y.isIntactBefore, "k \(k), n \(n), gap \(gap)")
      }
    }
  }

  @Test("vector instruction sets agree bit for bit", .enabled(if: InstructionSet.vector.count > 1))
  func agreement() {
    for n in edgeCounts {
      let at = PixelCase(images: 2, rows: 3, cols: 5, xColumn: 2, yColumn: n)
      let results = InstructionSet.vector.map { set in
        let product = Product(at, runs: Self.runSets[1], n: n, seed: UInt64(n))
        product.run(set, clamp: CK_RELU)
        return product.y.bits
      }
      #expect(results.allSatisfy { $0 == results[0] }, "n \(n)")
    }
  }

  @Test("sums along the values: any number of channels, pixels and runs", arguments: InstructionSet.all)
  func dotEdges(_ set: InstructionSet) {
    let long = [ck_run(x: -4, k: 0, count: 16), ck_run(x: 30, k: 16, count: 47), ck_run(x: 3, k: 63, count: 8)]
    for n in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 19] {
      for (index, pixels) in [1, 2, 7, 8, 9, 25].enumerated() {
        for runs in Self.runSets + [long] {
          let at = PixelCase(images: 2, rows: 1, cols: pixels, xColumn: 3, yColumn: n + 1)
          let product = Product(at, runs: runs, n: n, seed: UInt64(n * 10 + index))
          let before = product.y.elements
          let clamp = index % 2 == 0 ? CK_RELU : CK_LINEAR
          product.runDot(set, bias: index % 3 > 0, clamp: clamp)
          let deviation = product.deviation(before: before, bias: index % 3 > 0, clamp: clamp, accumulate: false)
          #expect(deviation.isAllowed && product.y.isIntactBefore, "n \(n), pixels \(pixels): \(deviation)")
        }
      }
    }
  }

  @Test("sums along fours of values: any number of channels, pixels and runs", arguments: InstructionSet.all)
  func fourEdges(_ set: InstructionSet) {
    let long = [ck_run(x: -4, k: 0, count: 16), ck_run(x: 30, k: 16, count: 47), ck_run(x: 3, k: 63, count: 8)]
    // Runs that begin and end at every place of a four, also within one.
    let parts = (0..<4).flatMap { begin in
      (1..<8).map { ck_run(x: Int32(begin) * 5 - 3, k: Int32(begin), count: Int32($0)) }
    }
    for n in [1, 2, 3, 4, 5, 8, 9, 10, 16, 17, 19, 20, 21, 33, 40, 47] {
      for (index, pixels) in [1, 2, 5, 7, 12, 13, 40].enumerated() {
        for (kind, runs) in (Self.runSets + [long, parts]).enumerated() {
          let at = PixelCase(images: 2, rows: 1, cols: pixels, xColumn: 3, yColumn: n + 1)
          let product = Product(at, runs: runs, n: n, seed: UInt64(n * 10 + index))
          let before = product.y.elements
          let clamp = index % 2 == 0 ? CK_RELU : CK_LINEAR
          // What a run does not read may be anything.
          product.runFours(
            set, firstRow: (index + kind) % 6, unread: index % 2 == 0 ? .infinity : .nan, bias: index % 3 > 0,
            clamp: clamp)
          let deviation = product.deviation(before: before, bias: index % 3 > 0, clamp: clamp, accumulate: false)
          #expect(deviation.isAllowed && product.y.isIntactBefore, "n \(n), pixels \(pixels): \(deviation)")
        }
      }
    }
  }

  /// All pixels at once give the bits that each gives by itself.
  private func expectPixelsAlone(
    _ at: PixelCase, runs: [ck_run], n: Int,
    run: (_ product: Product, _ pixels: ck_pixels, _ xAt: Int, _ yAt: Int) -> Void
  ) {
    let whole = Product(at, runs: runs, n: n, seed: UInt64(n))
    run(whole, at.pixels, 0, 0)
    let alone = Product(at, runs: runs, n: n, seed: UInt64(n))
    var one = at.pixels
    (one.images, one.rows, one.cols) = (1, 1, 1)
    for position in at.positions { run(alone, one, position.x, position.y) }
    #expect(whole.y.bits == alone.y.bits, "n \(n)")
  }

  @Test("sums along fours of values: rows of pixels ask ahead and change no bit", arguments: InstructionSet.all)
  func foursAhead(_ set: InstructionSet) {
    for (xColumn, n) in [(10, 17), (64, 8), (64, 24)] {
      let runs = (0..<3).map {
        ck_run(x: Int32($0 * 40 * xColumn), k: Int32($0 * 3 * xColumn), count: Int32(3 * xColumn))
      }
      let whole = PixelCase(images: 2, rows: 4, cols: 13, xColumn: xColumn, yColumn: n)
      let product = Product(whole, runs: runs, n: n, seed: UInt64(n))
      let before = product.y.elements
      product.runFours(set)
      let deviation = product.deviation(before: before, bias: true, clamp: CK_LINEAR, accumulate: false)
      #expect(deviation.isAllowed && product.y.isIntactBefore, "\(xColumn) to \(n): \(deviation)")
      // A single pixel has no row below it.
      expectPixelsAlone(whole, runs: runs, n: n) { $0.runFours(set, pixels: $1, xAt: $2, yAt: $3) }
    }
  }

  @Test("sums along fours of values: a pixel's bits do not depend on its neighbours", arguments: InstructionSet.all)
  func fourIdentity(_ set: InstructionSet) {
    for n in [3, 8, 10, 17, 24, 40] {
      let at = PixelCase(images: 4, rows: 3, cols: 5, xColumn: 2, yColumn: n)
      expectPixelsAlone(at, runs: Self.runSets[1], n: n) { $0.runFours(set, pixels: $1, xAt: $2, yAt: $3) }
    }
  }

  @Test("sums along fours of values are four chains, folded", arguments: InstructionSet.vector)
  func fourOrder(_ set: InstructionSet) {
    for n in [5, 8, 17, 40] {
      for runs in Self.runSets {
        let at = PixelCase(images: 2, rows: 3, cols: 5, xColumn: 2, yColumn: n)
        let product = Product(at, runs: runs, n: n, seed: UInt64(n))
        product.runFours(set, clamp: CK_RELU)
        var differences = 0
        for position in at.positions {
          for c in 0..<n {
            var sums: [Float] = [0, 0, 0, 0]
            for run in runs {
              for j in 0..<Int(run.count) {
                let row = Int(run.k) + j
                sums[row % 4].addProduct(
                  product.x[product.margin + position.x + Int(run.x) + j], product.w[row * n + c])
              }
            }
            let total: Float = (sums[0] + sums[2]) + (sums[1] + sums[3])
            if product.y[position.y + c] != max(0, total + product.bias[c]) { differences += 1 }
          }
        }
        #expect(differences == 0, "\(n) outputs, \(runs.count) runs")
      }
    }
  }

  @Test("sums along the values: a pixel's bits do not depend on its neighbours", arguments: InstructionSet.all)
  func dotIdentity(_ set: InstructionSet) {
    for n in [1, 3, 8, 10] {
      let at = PixelCase(images: 4, rows: 3, cols: 5, xColumn: 2, yColumn: n)
      expectPixelsAlone(at, runs: Self.runSets[1], n: n) { $0.runDot(set, pixels: $1, xAt: $2, yAt: $3) }
    }
  }

  @Test("sums along the values: vector instruction sets agree", .enabled(if: InstructionSet.vector.count > 1))
  func dotAgreement() {
    for n in [1, 3, 7, 17] {
      let at = PixelCase(images: 2, rows: 3, cols: 5, xColumn: 2, yColumn: n)
      let results = InstructionSet.vector.map { set in
        let product = Product(at, runs: Self.runSets[1], n: n, seed: UInt64(n))
        product.runDot(set)
        return product.y.bits
      }
      #expect(results.allSatisfy { $0 == results[0] }, "n \(n)")
    }
  }

  @Test("NaN passes through bias and clamp", arguments: InstructionSet.all)
  func notANumber(_ set: InstructionSet) {
    let at = PixelCase(images: 1, rows: 1, cols: 3, xColumn: 1, yColumn: 4)
    let product = Product(at, runs: [ck_run(x: 0, k: 0, count: 1)], n: 4, seed: 9)
    product.x[product.margin + 1] = .nan
    product.run(set, clamp: CK_RELU)
    #expect((0..<12).map { product.y[$0].isNaN } == (0..<12).map { 4..<8 ~= $0 })
  }
}
