/// The parts of a session's arena, by how their contents live.
package enum Region: String, Sendable, Hashable, CaseIterable {
  /// Weights: trainable ones first, kept for the session's life.
  case parameters
  /// Gradients of the trainable weights, laid out as they are: once for each piece of the batch.
  case gradients
  /// What the optimiser remembers of each weight.
  case optimizer
  /// Values without a batch that live within a step: transposed filters, batch statistics.
  case shared
  /// Values of the samples that one worker or piece works on, by lifetime.
  case block
  /// What the caller reads after a step, in the order of the batch.
  case outputs
  /// Scratch of one kernel call, a stretch for each worker.
  case workspace
}

/// A place in the arena: bytes from the start of its region, and from sample to sample.
package struct Slot: Sendable, Hashable {
  package var region: Region
  package var offset: Int
  /// Bytes of one sample; of the whole value where `isBatched` is false.
  package var byteCount: Int
  package var isBatched: Bool

  package init(region: Region, offset: Int, byteCount: Int, isBatched: Bool) {
    self.region = region
    self.offset = offset
    self.byteCount = byteCount
    self.isBatched = isBatched
  }

  package var floatCount: Int { byteCount / 4 }
}

/// The share of a step that one call works on.
package struct Part: Sendable {
  /// Samples of the batch.
  package var images: Range<Int>
  /// Which copy of the partial gradients it adds to.
  package var piece: Int
  /// Which block holds its samples' values.
  package var block: Int
  package var worker: Int
  /// For calls that are split in tiles instead of images.
  package var tile: Int
  /// For a single piece that several workers share: which band of the output's rows, of how many. Bands divide outputs,
  /// never a sum, so they change no result.
  package var band = 0
  package var bands = 1

  package init(images: Range<Int>, piece: Int, block: Int, worker: Int, tile: Int = 0) {
    self.images = images
    self.piece = piece
    self.block = block
    self.worker = worker
    self.tile = tile
  }
}

/// The numbers of a step that change from one to the next.
package struct StepScalars: Sendable {
  /// Samples in this batch; the last one of an epoch may be smaller than the plan's batch.
  package var batchCount = 0
  /// Counts steps from 0, over all epochs: dropout draws from it, and what updates count by follows from it.
  package var step: UInt32 = 0
  package var seed: UInt64 = 0
  package var learningRate: Float = 0

  package init() {}
}
