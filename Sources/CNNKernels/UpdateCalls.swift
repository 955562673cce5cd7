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

/// One sweep of an optimiser over all trainable weights, tile by tile.
package struct OptimizerSweep: KernelCall {
  package enum Rule: Sendable, Hashable {
    case sgd(momentum: Float, nesterov: Bool)
    case adam(beta1: Double, beta2: Double, epsilon: Float)

    /// Numbers kept for each weight.
    package var slotsPerWeight: Int {
      switch self {
      case .sgd(let momentum, _): momentum == 0 ? 0 : 1
      case .adam: 2
      }
    }
  }
  package let table: KernelTable
  package let rule: Rule
  package let weights, gradients: Slot
  /// `slotsPerWeight` vectors, one after the other.
  package let state: Slot

  package init(table: KernelTable, rule: Rule, weights: Slot, gradients: Slot, state: Slot) {
    self.table = table
    self.rule = rule
    self.weights = weights
    self.gradients = gradients
    self.state = state
  }

  package func run(_ frame: Frame, _ part: Part) {
    let total = gradients.floatCount
    let range = SweepTiles.range(part.tile, of: total)
    let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
    let w = unsafe frame.floats(weights, whole) + range.lowerBound
    let g = unsafe frame.floats(gradients, whole) + range.lowerBound
    let slots = unsafe frame.floats(state, whole) + range.lowerBound
    let rate = frame.scalars.learningRate
    switch rule {
    case .sgd(let momentum, let nesterov):
      unsafe table.functions.sgd(
        w, momentum == 0 ? nil : slots, g, Int64(range.count), rate, momentum, nesterov ? 1 : 0)
    case .adam(let beta1, let beta2, let epsilon):
      // In float32 step by step, as Keras computes them: 1 - 0.999 differs there in its fifth digit.
      let correction1 = 1 - Self.power(Float(beta1), frame.scalars.update)
      let correction2 = 1 - Self.power(Float(beta2), frame.scalars.update)
      let alpha = rate * correction2.squareRoot() / correction1
      unsafe table.functions.adam(
        w, slots, slots + total, g, Int64(range.count), alpha, Float(1 - beta1), Float(1 - beta2), epsilon)
    }
  }

  /// By squaring in double, rounded once.
  private static func power(_ base: Float, _ exponent: Int) -> Float {
    var result = 1.0
    var factor = Double(base)
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return Float(result)
  }
}
