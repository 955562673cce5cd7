import CKernels
import Testing

@Suite("winners: the outputs of a pooled convolution that carry a gradient")
struct WinnerTests {
  /// One call: cells of 3 images and what of them won.
  struct Lists {
    let shape: ck_winners
    let y: Guarded<Float>?
    let dy: Guarded<Float>
    let winners: Guarded<UInt8>?
    let offsets: Guarded<Int32>
    let gradients: Guarded<Float>
    let counts: Guarded<Int32>

    init(channels: Int, pool: Int, isRectified: Bool, seed: UInt64) {
      var random = SeededRandom(seed: seed)
      let cells = 3 * 3 * 5
      shape = ck_winners(
        images: 3, cells_h: 3, cells_w: 5, c: Int32(channels), pool_h: Int32(pool), pool_w: Int32(pool),
        pool_stride_h: Int32(pool), pool_stride_w: Int32(pool), pool_pad_top: 0, pool_pad_left: 0, x_row: 70, x_col: 2,
        tap_rows: 3, tap_row: 70, run: 6, x_image: 900, capacity: Int32(cells + 16))
      let count = cells * channels
      // Zeros of both signs and numbers that are none, among others.
      let special: [Float] = [0, -0.0, .nan, 1]
      func values() -> [Float] {
        var list: [Float] = random.floats(count)
        for index in list.indices where Int.random(in: 0..<4, using: &random) == 0 {
          list[index] = special[Int.random(in: 0..<4, using: &random)]
        }
        return list
      }
      var wins: [UInt8] = []
      for _ in 0..<count { wins.append(UInt8.random(in: 0..<UInt8(pool * pool), using: &random)) }
      y = isRectified ? Guarded(values()) : nil
      dy = Guarded(values())
      winners = pool > 1 ? Guarded(wins) : nil
      offsets = Guarded(count: channels * (cells + 16), repeating: -1)
      gradients = Guarded(count: channels * (cells + 16), repeating: -1)
      counts = Guarded(count: channels, repeating: -1)
    }

    func run(_ set: InstructionSet) {
      var shape = shape
      unsafe set.kernels.winner_lists(
        &shape, y.map { unsafe UnsafePointer($0.start) }, dy.start, winners.map { unsafe UnsafePointer($0.start) },
        offsets.start, gradients.start, counts.start)
    }

    /// What the contract says of a channel's list: its cells in order, with where each reads and its gradient.
    func expected(channel: Int) -> (offsets: [Int32], gradients: [Float]) {
      let (rows, columns, channels) = (Int(shape.cells_h), Int(shape.cells_w), Int(shape.c))
      var offsets: [Int32] = []
      var gradients: [Float] = []
      for cell in 0..<3 * rows * columns {
        let index = cell * channels + channel
        var gradient: Float = dy[index]
        if let y, !(y[index] > 0) { gradient = 0 }
        if gradient == 0 { continue }
        let (image, row, column) = (cell / (rows * columns), cell / columns % rows, cell % columns)
        var won = 0
        if let winners { won = Int(winners[index]) }
        let pool = Int(shape.pool_w)
        let inputRow: Int = row * pool + won / pool
        let inputColumn: Int = column * pool + won % pool
        let start: Int = image * Int(shape.x_image)
        offsets.append(Int32(start + inputRow * Int(shape.x_row) + inputColumn * Int(shape.x_col)))
        gradients.append(gradient)
      }
      return (offsets, gradients)
    }
  }

  @Test("lists hold the cells with a gradient in order, and nothing else is touched", arguments: InstructionSet.all)
  func lists(_ set: InstructionSet) {
    for channels in edgeCounts {
      for pool in [1, 2, 3, 5] {
        for isRectified in [true, false] {
          let lists = Lists(
            channels: channels, pool: pool, isRectified: isRectified, seed: UInt64(channels * 10 + pool))
          lists.run(set)
          let capacity = Int(lists.shape.capacity)
          for channel in 0..<channels {
            let expected = lists.expected(channel: channel)
            let count = Int(lists.counts[channel])
            let first = channel * capacity
            var foundOffsets: [Int32] = []
            var foundBits: [UInt32] = []
            for place in first..<first + min(count, capacity) {
              foundOffsets.append(lists.offsets[place])
              foundBits.append(lists.gradients[place].bitPattern)
            }
            let text = "\(channels) channels, pool \(pool), channel \(channel)"
            #expect(foundOffsets == expected.offsets, "\(text)")
            #expect(foundBits == expected.gradients.map { $0.bitPattern }, "\(text)")
          }
          #expect(lists.offsets.isIntactBefore && lists.gradients.isIntactBefore && lists.counts.isIntactBefore)
        }
      }
    }
  }
}
