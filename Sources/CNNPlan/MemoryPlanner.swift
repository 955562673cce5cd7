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
    var placed: [Int] = []
    let order = requests.indices.sorted {
      (requests[$1].byteCount, $0) < (requests[$0].byteCount, $1)
    }
    var total = 0
    for index in order {
      let request = requests[index]
      let size = Arena.aligned(request.byteCount)
      let neighbours = placed.filter { requests[$0].overlaps(request) }
        .map { (start: offsets[$0], end: offsets[$0] + Arena.aligned(requests[$0].byteCount)) }
        .sorted { $0 < $1 }
      var best: (offset: Int, waste: Int)?
      var cursor = 0
      for neighbour in neighbours {
        let gap = neighbour.start - cursor
        if gap >= size, gap - size < best?.waste ?? Int.max { best = (cursor, gap - size) }
        cursor = max(cursor, neighbour.end)
      }
      offsets[index] = best?.offset ?? cursor
      total = max(total, offsets[index] + size)
      placed.append(index)
    }
    self.offsets = offsets
    byteCount = total
  }
}
