internal import CNNDiagnostics
internal import CNNKernels

/// Reads many records, on several threads where the source allows it, and hands each to whoever wants it.
struct RecordPass {
  let records: any SampleRecords
  let threads: Int
  /// Whether the records' digests and extremes are wanted.
  var wantsDigests = false

  /// A record that could not be read, and why.
  struct Failure: Sendable {
    let record: Int
    let error: DataError
  }

  /// What is made of a record, with its position among those that were wanted; called with a lock held.
  ///
  /// Records come in no order, so what is made of them must not depend on one.
  typealias Take<State> = @Sendable (inout State, Int, borrowing SampleBuffer) -> Void

  /// - Parameter wanted: records, none of them twice.
  /// - Returns: what `take` made of `state`, and what could not be read, by record.
  /// - Throws: what concerns the source as a whole.
  func run<State: Sendable>(
    _ wanted: [Int], _ state: consuming State, _ take: @escaping Take<State>
  ) throws(DataError) -> (State, [Failure]) {
    if records.isSequentialSince == nil { return runParallel(wanted, consume state, take) }
    var positions = [Int32](repeating: -1, count: records.count)
    for (position, record) in wanted.enumerated() { positions[record] = Int32(truncatingIfNeeded: position) }
    var sample = SampleBuffer(wantsDigest: wantsDigests)
    try records.readAll(into: &sample) { record, sample in
      if positions[record] >= 0 { take(&state, Int(positions[record]), sample) }
    }
    return (state, [])
  }

  private struct Shared<State: Sendable>: Sendable {
    var state: State
    var next = 0
    var failures: [Failure] = []
  }

  private func runParallel<State: Sendable>(
    _ wanted: [Int], _ state: consuming State, _ take: @escaping Take<State>
  ) -> (State, [Failure]) {
    // Small records are taken by the dozen, so that threads do not meet at the counter.
    let stretch = max(1, min(64, (1 << 16) / max(1, records.sampleByteCount)))
    let (records, wantsDigests) = (records, wantsDigests)
    let shared = Monitor(Shared(state: consume state))
    let work = { @Sendable (_: Int) in
      var sample = SampleBuffer(wantsDigest: wantsDigests)
      while true {
        let range = shared.withLock { shared in
          let start = min(shared.next, wanted.count)
          shared.next = min(start + stretch, wanted.count)
          return start..<shared.next
        }
        if range.isEmpty { return }
        for position in range {
          do throws(DataError) {
            try records.read(wanted[position], into: &sample)
            sample.measure()
            shared.withLock { take(&$0.state, position, sample) }
          } catch {
            shared.withLock { $0.failures.append(Failure(record: wanted[position], error: error)) }
          }
        }
      }
    }
    let others = BackgroundThreads(count: min(threads, wanted.count / stretch + 1) - 1, work)
    work(0)
    others.join()
    return shared.withLock { ($0.state, $0.failures.sorted { $0.record < $1.record }) }
  }
}

extension DataError {
  /// One error of many: the first few, and how many there are.
  ///
  /// - Parameters:
  ///   - total: samples that were read.
  ///   - most: how many are named.
  static func joined(_ failures: [DataError], of total: Int, most: Int = 10) -> DataError? {
    guard let first = failures.first else { return nil }
    if failures.count == 1 { return first }
    var text = failures.prefix(most).map(\.message).joined(separator: "; ")
    if failures.count > most {
      text += "; and \((failures.count - most).grouped) more, the first \(most) being named"
    }
    return DataError(
      first.code, first.field, "\(failures.count.grouped) of \(total.grouped) samples cannot be read: \(text)",
      help: first.help)
  }
}
