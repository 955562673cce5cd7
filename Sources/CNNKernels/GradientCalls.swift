internal import CKernels

/// How a long vector is cut so that several workers can sweep it: in tiles of fixed size.
package enum SweepTiles {
  package static let floatCount = 16384

  package static func count(_ floats: Int) -> Int { max(1, (floats + floatCount - 1) / floatCount) }

  static func range(_ tile: Int, of floats: Int) -> Range<Int> {
    let start = min(tile * floatCount, floats)
    return start..<min(start + floatCount, floats)
  }
}

/// Sets a piece's gradients to zero before its images add to them.
package struct ClearGradients: KernelCall {
  package let gradients: Slot

  package init(gradients: Slot) { self.gradients = gradients }

  package func run(_ frame: Frame, _ part: Part) {
    unsafe frame.floats(gradients, part).update(repeating: 0, count: gradients.floatCount)
  }
}

/// Adds the pieces' gradients in a fixed tree, then those of penalties, and looks whether all of them are finite.
package struct ReduceGradients: KernelCall {
  package let table: KernelTable
  package let gradients: Slot
  package let pieces: Int
  /// One flag a tile: 1 if a value of it is NaN or infinite.
  package let flags: Slot
  package let penalties: WeightPenalties?

  package init(table: KernelTable, gradients: Slot, pieces: Int, flags: Slot, penalties: WeightPenalties? = nil) {
    self.table = table
    self.gradients = gradients
    self.pieces = pieces
    self.flags = flags
    self.penalties = penalties
  }

  package func run(_ frame: Frame, _ part: Part) {
    let range = SweepTiles.range(part.tile, of: gradients.floatCount)
    let first = unsafe frame.floats(gradients, Part(images: 0..<0, piece: 0, block: 0, worker: 0)) + range.lowerBound
    let active = min(pieces, frame.scalars.batchCount)
    if active > 1 {
      unsafe table.functions.reduce_parts(
        first, Int32(active), Int64(frame.gradientStride / 4), Int64(range.count), first)
    }
    unsafe penalties?.run(frame, part, addingTo: first)
    var flag: Int32 = 0
    _ = unsafe table.functions.sum_squares(first, Int64(range.count), &flag)
    unsafe frame.integers(flags, part)[part.tile] = flag
  }
}

/// Adds a batch's gradients to those of the batches before it, and makes their mean in the last batch of a set.
///
/// The mean takes the gradients' own place, so that what follows finds it where it finds gradients; the sums start
/// again from zero. (Keras's `gradient_accumulation_steps`.)
package struct AccumulateGradients: KernelCall {
  package let table: KernelTable
  package let rule: UpdateRule
  package let gradients: Slot
  /// Among the optimiser's vectors.
  package let sums: Slot

  package init(table: KernelTable, rule: UpdateRule, gradients: Slot, sums: Slot) {
    self.table = table
    self.rule = rule
    self.gradients = gradients
    self.sums = sums
  }

  package func run(_ frame: Frame, _ part: Part) {
    let range = SweepTiles.range(part.tile, of: gradients.floatCount)
    let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
    let g = unsafe frame.floats(gradients, whole) + range.lowerBound
    let sum = unsafe frame.floats(sums, whole) + range.lowerBound
    if rule.updates(step: frame.scalars.step) {
      unsafe table.functions.mean_gradient(g, sum, Int64(range.count), Float(rule.accumulationSteps))
    } else {
      unsafe table.functions.accumulate(g, Int64(range.count), sum)
    }
  }
}
