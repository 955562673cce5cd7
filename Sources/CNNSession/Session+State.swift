internal import CNNGraph
internal import CNNKernels
internal import CNNPlan

/// What a session keeps from step to step, in stretches that need no copy of the whole: to be saved, and taken up again.
extension Session {
  /// Names and shapes of the weights, in the graph's order.
  package var tensors: [Checkpoint.Tensor] {
    parameters.map { Checkpoint.Tensor(name: $0.qualifiedName, extents: $0.declaration.extents) }
  }

  /// Stretches of at most so many numbers.
  static let stretchFloatCount = 1 << 16

  /// Hands the weights to `body`, in the graph's order, stretch by stretch.
  func forEachWeightStretch<Failure: Error>(
    _ buffer: inout [Float], _ body: ([Float]) throws(Failure) -> Void
  ) throws(Failure) {
    for index in parameters.indices {
      try forEachStretch(of: layout.slot(ParameterID(index: index), of: parameters), &buffer, body)
    }
  }

  func forEachOptimizerStretch<Failure: Error>(
    _ buffer: inout [Float], _ body: ([Float]) throws(Failure) -> Void
  ) throws(Failure) {
    try forEachStretch(of: optimizerSlot, &buffer, body)
  }

  /// Fills the weights, in the graph's order, with what `next` gives for a stretch of so many numbers.
  mutating func fillWeights<Failure: Error>(_ next: (Int) throws(Failure) -> [Float]) throws(Failure) {
    isPrepared = false
    for index in parameters.indices {
      try fill(layout.slot(ParameterID(index: index), of: parameters), next)
    }
  }

  mutating func fillOptimizer<Failure: Error>(_ next: (Int) throws(Failure) -> [Float]) throws(Failure) {
    try fill(optimizerSlot, next)
  }

  private func forEachStretch<Failure: Error>(
    of slot: Slot, _ buffer: inout [Float], _ body: ([Float]) throws(Failure) -> Void
  ) throws(Failure) {
    for stretch in Self.stretches(of: slot) {
      if buffer.count != stretch.floatCount { buffer = Array(repeating: 0, count: stretch.floatCount) }
      base.copy(stretch, into: &buffer)
      try body(buffer)
    }
  }

  private func fill<Failure: Error>(_ slot: Slot, _ next: (Int) throws(Failure) -> [Float]) throws(Failure) {
    for stretch in Self.stretches(of: slot) { base.set(stretch, to: try next(stretch.floatCount)) }
  }

  private static func stretches(of slot: Slot) -> [Slot] {
    stride(from: 0, to: slot.floatCount, by: stretchFloatCount).map { start in
      let count = min(stretchFloatCount, slot.floatCount - start)
      return Slot(region: slot.region, offset: slot.offset + 4 * start, byteCount: 4 * count, isBatched: false)
    }
  }
}
