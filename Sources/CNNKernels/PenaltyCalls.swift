internal import CKernels

/// A penalty on a stretch of weights: l1 * sum |w| + l2 * sum w².
package struct WeightPenalty: Sendable, Hashable {
  /// Among the floats of all trainable weights.
  package let range: Range<Int>
  package let l1, l2: Float

  package init(range: Range<Int>, l1: Float, l2: Float) {
    self.range = range
    self.l1 = l1
    self.l2 = l2
  }
}

/// The penalties of a model, tile by tile of its trainable weights.
package struct WeightPenalties: Sendable {
  package let table: KernelTable
  package let penalties: [WeightPenalty]
  package let weights: Slot
  /// One float a tile: what its weights come to.
  package let sums: Slot

  package init(table: KernelTable, penalties: [WeightPenalty], weights: Slot, sums: Slot) {
    self.table = table
    self.penalties = penalties
    self.weights = weights
    self.sums = sums
  }

  /// Writes a tile's sum, and adds the penalties' gradient to that of the tile's weights, whose first is `gradients`.
  func run(_ frame: Frame, _ part: Part, addingTo gradients: UnsafeMutablePointer<Float>? = nil) {
    let tile = SweepTiles.range(part.tile, of: weights.floatCount)
    let first = unsafe frame.floats(weights, part)
    var sum = 0.0
    for penalty in penalties {
      let range = penalty.range.clamped(to: tile)
      if range.isEmpty { continue }
      sum += unsafe table.functions.penalty(
        first + range.lowerBound, Int64(range.count), penalty.l1, penalty.l2,
        gradients.map { unsafe $0 + (range.lowerBound - tile.lowerBound) })
    }
    unsafe frame.floats(sums, part)[part.tile] = Float(sum)
  }
}

/// What the penalties come to with the weights as they are: for losses that nothing is updated by.
package struct PenaltySweep: KernelCall {
  package let penalties: WeightPenalties

  package init(penalties: WeightPenalties) { self.penalties = penalties }

  package func run(_ frame: Frame, _ part: Part) { unsafe penalties.run(frame, part) }
}
