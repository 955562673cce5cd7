import CNNFiles
import CNNReport

/// The memory that a run may take: most of what is free, so that the system is never driven to kill it.
struct MemoryBudget {
  /// `nil` where the system does not say.
  let byteCount: Int?

  init() { byteCount = AvailableMemory.byteCount().map { $0 / 5 * 4 } }

  /// Refuses what does not fit, before anything of it is allocated, and names the largest batch that does.
  ///
  /// - Parameter needed: bytes for a batch of the given size.
  func check(batch: Int, _ console: Console, needed: (Int) -> Int) throws {
    guard let byteCount else { return }
    let wanted = needed(batch)
    if wanted <= byteCount { return }
    var fits = 0
    var low = 1
    var high = batch - 1
    while low <= high {
      let middle = (low + high) / 2
      if needed(middle) <= byteCount {
        fits = middle
        low = middle + 1
      } else {
        high = middle - 1
      }
    }
    console.fail(
      "a batch of \(batch) needs \(NumberFormat.byteSize(Double(wanted))), and "
        + "\(NumberFormat.byteSize(Double(byteCount))) may be used",
      help: fits > 0
        ? "`--set training.batch_size=\(fits)` is the largest that fits"
        : "not even one image fits: the model is too large")
    throw Exit(.failed)
  }
}
