import CKernels
import Testing

@Suite("Pooling")
struct PoolTests {
  static let geometries: [ck_pool] = [
    geometry(in: (4, 4), pool: (2, 2), stride: (2, 2)),
    geometry(in: (5, 7), pool: (2, 2), stride: (2, 2)),  // the last row and column are in no window
    geometry(in: (5, 5), pool: (2, 2), stride: (2, 2), out: (3, 3)),  // the last windows are cut
    geometry(in: (6, 9), pool: (2, 3), stride: (2, 3)),
    geometry(in: (7, 6), pool: (3, 3), stride: (2, 2), pad: (1, 1), out: (4, 3)),
    geometry(in: (4, 5), pool: (3, 3), stride: (1, 1), pad: (1, 1), out: (4, 5)),
    geometry(in: (7, 8), pool: (2, 2), stride: (3, 3)),  // windows with gaps between them
    geometry(in: (1, 1), pool: (1, 1), stride: (1, 1)),
    geometry(in: (16, 17), pool: (16, 16), stride: (1, 1)),
  ]
  static let channels = [1, 3, 7, 8, 9, 15, 16, 17, 33]

  static func geometry(
    in size: (Int, Int), pool: (Int, Int), stride: (Int, Int), pad: (Int, Int) = (0, 0), out: (Int, Int)? = nil
  ) -> ck_pool {
    let out = out ?? ((size.0 - pool.0) / stride.0 + 1, (size.1 - pool.1) / stride.1 + 1)
    return ck_pool(
      in_h: Int32(size.0), in_w: Int32(size.1), c: 0, out_h: Int32(out.0), out_w: Int32(out.1),
      pool_h: Int32(pool.0), pool_w: Int32(pool.1), stride_h: Int32(stride.0), stride_w: Int32(stride.1),
      pad_top: Int32(pad.0), pad_left: Int32(pad.1))
  }

  static func withEvery(_ body: (inout ck_pool, UInt64) -> Void) {
    for (index, var geometry) in geometries.enumerated() {
      for c in channels {
        geometry.c = Int32(c)
        body(&geometry, UInt64(index * 100 + c))
      }
    }
  }

  /// For each output value its place in y, and the window's cells as (index within the window, place in x).
  static func windows(_ s: ck_pool) -> [(y: Int, cells: [(index: Int, x: Int)])] {
    var windows: [(Int, [(Int, Int)])] = []
    for r in 0..<s.out_h {
      for q in 0..<s.out_w {
        for c in 0..<s.c {
          var cells: [(Int, Int)] = []
          for h in 0..<s.pool_h {
            for w in 0..<s.pool_w {
              let (y, x) = (r * s.stride_h - s.pad_top + h, q * s.stride_w - s.pad_left + w)
              guard (0..<s.in_h).contains(y), (0..<s.in_w).contains(x) else { continue }
              cells.append((Int(h * s.pool_w + w), Int((y * s.in_w + x) * s.c + c)))
            }
          }
          windows.append((Int((r * s.out_w + q) * s.c + c), cells))
        }
      }
    }
    return windows
  }

  static func inputCount(_ s: ck_pool) -> Int { Int(s.in_h * s.in_w * s.c) }
  static func outputCount(_ s: ck_pool) -> Int { Int(s.out_h * s.out_w * s.c) }

  /// Few distinct values, so that ties are common, now and then an infinity or NaN.
  static func tiedValues(_ count: Int, _ random: inout SeededRandom) -> [Float] {
    (0..<count).map { _ in
      switch Int.random(in: 0..<40, using: &random) {
      case 0: .nan
      case 1: -.infinity
      case 2, 3: -0.0
      case let k: Float(k % 5) - 2
      }
    }
  }

  static func winner(_ values: [Float], _ cells: [(index: Int, x: Int)]) -> (index: Int, x: Int) {
    if let first = cells.first(where: { values[$0.x].isNaN }) { return first }
    let greatest = cells.map { values[$0.x] }.max()!
    return cells.first { values[$0.x] == greatest }!
  }

  @Test("the first of the greatest wins, NaN before all", arguments: InstructionSet.all)
  func maxPool(_ set: InstructionSet) {
    Self.withEvery { s, seed in
      var random = SeededRandom(seed: seed)
      let x = Guarded(Self.tiedValues(Self.inputCount(s), &random))
      let y = Guarded<Float>(count: Self.outputCount(s), repeating: 77)
      let winners = Guarded<UInt8>(count: y.count, repeating: 0xEE)
      unsafe set.kernels.max_pool(&s, x.start, y.start, winners.start)
      let values = x.elements
      let alike = Self.windows(s).allSatisfy { window in
        let won = Self.winner(values, window.cells)
        return Int(winners[window.y]) == won.index
          && (values[won.x].isNaN ? y[window.y].isNaN : y[window.y].bitPattern == values[won.x].bitPattern)
      }
      #expect(alike && y.isIntactBefore && winners.isIntactBefore, "\(s)")
      let without = Guarded<Float>(count: y.count, repeating: 77)
      unsafe set.kernels.max_pool(&s, x.start, without.start, nil)
      #expect(without.bits == y.bits, "\(s)")
    }
  }

  @Test("fused with bias and clamp: the same bits as one after the other", arguments: InstructionSet.all)
  func fused(_ set: InstructionSet) {
    Self.withEvery { s, seed in
      var random = SeededRandom(seed: seed)
      let x = Guarded(random.floats(Self.inputCount(s)) + [])
      if x.count > 20 { (x[3], x[17]) = (.nan, -0.0) }
      let bias = Guarded(random.floats(Int(s.c), in: -0.5...0.5))
      for clamp in [CK_LINEAR, CK_RELU] {
        for biased in [true, false] {
          let b = biased ? unsafe UnsafePointer(bias.start) : nil
          let clamped = Guarded<Float>(count: x.count, repeating: 0)
          let count = Self.outputCount(s)
          let expected = Guarded<Float>(count: count, repeating: 0)
          let fused = Guarded<Float>(count: count, repeating: 1)
          let expectedWinners = Guarded<UInt8>(count: count, repeating: 0)
          let winners = Guarded<UInt8>(count: count, repeating: 1)
          unsafe set.kernels.bias_clamp(x.start, Int64(s.in_h * s.in_w), s.c, b, clamp, clamped.start)
          unsafe set.kernels.max_pool(&s, clamped.start, expected.start, expectedWinners.start)
          let middle = s.out_h / 2
          for (begin, end) in [(0, middle), (middle, s.out_h)] {
            unsafe set.kernels.bias_clamp_max_pool(
              &s, x.start, b, clamp, begin, end, fused.start, winners.start)
          }
          #expect(fused.bits == expected.bits, "\(s) \(clamp) \(biased)")
          #expect(winners.elements == expectedWinners.elements, "\(s) \(clamp) \(biased)")
        }
      }
      withExtendedLifetime(bias) {}
    }
  }

  @Test("the gradient goes to the winners and nowhere else", arguments: InstructionSet.all)
  func maxPoolGradient(_ set: InstructionSet) {
    Self.withEvery { s, seed in
      var random = SeededRandom(seed: seed)
      let x = Guarded(random.floats(Self.inputCount(s)).map { ($0 * 4).rounded() })
      let dy = Guarded(random.floats(Self.outputCount(s)))
      let reluY = Guarded(random.floats(dy.count))
      let y = Guarded<Float>(count: dy.count, repeating: 0)
      let winners = Guarded<UInt8>(count: dy.count, repeating: 0)
      unsafe set.kernels.max_pool(&s, x.start, y.start, winners.start)
      let values = x.elements
      for masked in [false, true] {
        var expected = [Double](repeating: 0, count: x.count)
        var magnitudes = expected
        for window in Self.windows(s) where !masked || reluY[window.y] > 0 {
          let place = Self.winner(values, window.cells).x
          expected[place] += Double(dy[window.y])
          magnitudes[place] += abs(Double(dy[window.y]))
        }
        let dx = Guarded<Float>(count: x.count, repeating: 55)
        unsafe set.kernels.max_pool_gradient(
          &s, dy.start, winners.start, masked ? UnsafePointer(reluY.start) : nil, dx.start)
        var deviation = Deviation()
        for i in expected.indices { deviation.see(dx[i], expected[i], magnitude: magnitudes[i], terms: 9, at: i) }
        #expect(deviation.isAllowed && dx.isIntactBefore, "\(s) \(masked) \(deviation)")
        guard !masked else { continue }
        let searched = Guarded<Float>(count: x.count, repeating: 55)
        unsafe set.kernels.max_pool_gradient_search(&s, x.start, dy.start, searched.start)
        #expect(searched.elements == dx.elements && searched.isIntactBefore, "\(s)")
      }
      withExtendedLifetime((winners, reluY)) {}
    }
  }

  @Test("an average counts the real cells, and its gradient shares among them", arguments: InstructionSet.all)
  func average(_ set: InstructionSet) {
    Self.withEvery { s, seed in
      var random = SeededRandom(seed: seed)
      let x = Guarded(random.floats(Self.inputCount(s)))
      let dy = Guarded(random.floats(Self.outputCount(s)))
      let y = Guarded<Float>(count: dy.count, repeating: 9)
      let dx = Guarded<Float>(count: x.count, repeating: 9)
      unsafe set.kernels.average_pool(&s, x.start, y.start)
      unsafe set.kernels.average_pool_gradient(&s, dy.start, dx.start)
      var forward = Deviation()
      var backward = Deviation()
      var shares = [Double](repeating: 0, count: x.count)
      var magnitudes = shares
      for window in Self.windows(s) {
        let cells = window.cells.map { Double(x[$0.x]) }
        let count = Double(cells.count)
        forward.see(
          y[window.y], cells.reduce(0, +) / count, magnitude: cells.map(abs).reduce(0, +) / count,
          terms: cells.count, at: window.y)
        for cell in window.cells {
          shares[cell.x] += Double(dy[window.y]) / count
          magnitudes[cell.x] += abs(Double(dy[window.y])) / count
        }
      }
      for i in shares.indices { backward.see(dx[i], shares[i], magnitude: magnitudes[i], terms: 9, at: i) }
      #expect(forward.isAllowed && backward.isAllowed, "\(s) \(forward) \(backward)")
      #expect(y.isIntactBefore && dx.isIntactBefore, "\(s)")
    }
  }

  @Test("a global average and its gradient", arguments: InstructionSet.all)
  func globalAverage(_ set: InstructionSet) {
    for c in edgeCounts {
      var random = SeededRandom(seed: UInt64(c))
      let x = Guarded(random.floats(49 * c))
      let y = Guarded<Float>(count: c, repeating: 9)
      let dx = Guarded<Float>(count: 49 * c, repeating: 9)
      unsafe set.kernels.global_average(x.start, 49, Int32(c), y.start)
      unsafe set.kernels.global_average_gradient(y.start, 49, Int32(c), dx.start)
      var deviation = Deviation()
      for n in 0..<c {
        let values = (0..<49).map { Double(x[$0 * c + n]) }
        deviation.see(
          y[n], values.reduce(0, +) / 49, magnitude: values.map(abs).reduce(0, +) / 49, terms: 49, at: n)
      }
      #expect(deviation.isAllowed && y.isIntactBefore, "c \(c): \(deviation)")
      #expect(dx.elements == (0..<49 * c).map { y[$0 % c] / 49 } && dx.isIntactBefore, "c \(c)")
    }
  }
}
