import CNNSession

extension SampleRecords {
  /// Reads the chosen records into memory, a storage for each list, in its order.
  ///
  /// - Parameter lists: no record is in two places.
  func gather(_ lists: [[Int]], threads: Int) throws(DataError) -> [Dataset.Storage] {
    let places = Places(lists, elementCount: elementCount)
    let wanted = lists.flatMap(\.self)
    switch element {
    case .bytes:
      return try collect(wanted, places.counts.map { [UInt8](repeating: 0, count: $0) }, threads) {
        let (list, range) = places[$1]
        $0[list].replaceSubrange(range, with: $2.bytes)
      }.map { .bytes($0) }
    case .floats:
      return try collect(wanted, places.counts.map { [Float](repeating: 0, count: $0) }, threads) {
        let (list, range) = places[$1]
        $0[list].replaceSubrange(range, with: $2.floats)
      }.map { .floats($0) }
    }
  }

  /// The MD5 digest of each chosen record as it is stored, in the order of `wanted`.
  func digests(_ wanted: [Int], threads: Int) throws(DataError) -> [MD5] {
    try collect(wanted, [MD5](repeating: MD5(), count: wanted.count), threads, wantsDigests: true) {
      $0[$1] = $2.digest
    }
  }

  private func collect<State: Sendable>(
    _ wanted: [Int], _ state: consuming State, _ threads: Int, wantsDigests: Bool = false,
    _ take: @escaping RecordPass.Take<State>
  ) throws(DataError) -> State {
    let pass = RecordPass(records: self, threads: threads, wantsDigests: wantsDigests)
    let (state, failures) = try pass.run(wanted, consume state, take)
    if let error = DataError.joined(failures.map(\.error), of: wanted.count) { throw error }
    return state
  }
}

/// Where each of many records goes: into which list, and which of its values.
private struct Places: Sendable {
  /// Values of each list.
  let counts: [Int]
  private let starts: [Int]
  private let elementCount: Int

  init(_ lists: [[Int]], elementCount: Int) {
    self.elementCount = elementCount
    counts = lists.map { $0.count * elementCount }
    starts = lists.reduce(into: []) { starts, list in
      starts.append((starts.last ?? 0) + (starts.isEmpty ? 0 : lists[starts.count - 1].count))
    }
  }

  subscript(position: Int) -> (list: Int, range: Range<Int>) {
    let list = (starts.lastIndex { $0 <= position }) ?? 0
    let start = (position - starts[list]) * elementCount
    return (list, start..<(start + elementCount))
  }
}
