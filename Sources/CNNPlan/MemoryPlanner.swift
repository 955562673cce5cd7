internal import CNNKernels

/// A buffer that must exist from one step to another, both included.
package struct LifetimeRequest: Sendable, Hashable {
  package var byteCount: Int
  package var first, last: Int

  package init(byteCount: Int, first: Int, last: Int) {
    self.byteCount = byteCount
    self.first = first
    self.last = last
  }

  package func overlaps(_ other: LifetimeRequest) -> Bool { first <= other.last && other.first <= last }
}

/// Offsets for buffers so that those alive at the same time never overlap.
///
/// Largest first; each goes into the smallest gap between already placed neighbours in time that holds it, or
/// behind the last of them (the greedy-by-size scheme of Pisarchyk & Lee, "Efficient Memory Management for Deep
/// Neural Net Inference", arXiv 2001.03288). Offsets are multiples of a cache line.
package struct MemoryLayout: Sendable {
  package let offsets: [Int]
  package let byteCount: Int

  package init(_ requests: [LifetimeRequest]) {
    var offsets = [Int](repeating: 0, count: requests.count)
    var placed: [PlacedBuffer] = []
    placed.reserveCapacity(requests.count)
    let order = requests.indices.sorted {
      (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1)
    }
    var total = 0
    for index in order {
      let request = requests[index]
      let size = Arena.aligned(request.byteCount)
      var best: (offset: Int, waste: Int)?
      var cursor = 0
      for neighbour in placed where neighbour.overlaps(request) {
        let gap = neighbour.start - cursor
        if gap >= size, gap - size < best?.waste ?? Int.max { best = (cursor, gap - size) }
        // Nothing fits better than exactly.
        if best?.waste == 0 { break }
        cursor = max(cursor, neighbour.end)
      }
      let start = best?.offset ?? cursor
      offsets[index] = start
      total = max(total, start + size)
      let buffer = PlacedBuffer(start: start, end: start + size, first: request.first, last: request.last)
      placed.insert(buffer, at: placed.partitionPoint { $0.isAt(orBelow: buffer) })
    }
    self.offsets = offsets
    byteCount = total
  }
}

/// A buffer with its place; the planner keeps them by their places, so that neighbours come in order.
private struct PlacedBuffer {
  let start, end: Int
  let first, last: Int

  func overlaps(_ request: LifetimeRequest) -> Bool { first <= request.last && request.first <= last }
  func isAt(orBelow other: PlacedBuffer) -> Bool { (start, end) <= (other.start, other.end) }
}

extension Array {
  /// The first index whose element does not satisfy `isBefore`; those that do come first.
  func partitionPoint(_ isBefore: (Element) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
