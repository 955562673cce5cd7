import CNNReport
import CNNTraining

/// The memory that a run may take: most of what is free, so that the system is never driven to kill it.
struct MemoryBudget {
  /// `nil` where the system does not say.
  let byteCount: Int?

  /// - Parameter limit: what the person allows; four fifths of what is free otherwise.
  init(limit: Int? = nil) { byteCount = limit ?? SpecData.memoryBudget }

  /// Refuses what does not fit, before anything of it is allocated, and names the largest batch that does.
  ///
  /// - Parameter needed: bytes for a batch of the given size.
  func check(batch: Int, _ console: Console, needed: (Int) -> Int) throws {
    guard let byteCount else { return }
    let wanted = needed(batch)
    if wanted <= byteCount { return }
    let fits = largestBatch(upTo: batch - 1) { needed($0) <= byteCount }
    console.fail(
      "a batch of \(batch) needs \(NumberFormat.byteSize(Double(wanted))), and "
        + "\(NumberFormat.byteSize(Double(byteCount))) may be used",
      help: fits > 0
        ? "`--set training.batch_size=\(fits)` is the largest that fits"
        : "not even one image fits: the model is too large")
    throw Exit(.failed)
  }
}
