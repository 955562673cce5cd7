internal import CNNDiagnostics

/// The memory that a plan lays out for a job: all of it, allocated once before the first step.
package struct MemoryEstimate: Sendable, Equatable {
  package enum Job: String, Sendable { case training, inference }

  package let job: Job
  package let batch: Int
  package let threads: Int
  /// Bytes, in the order they are shown; parts without any are left out.
  package let parts: [Part]
  /// Larger batches are not looked for.
  package static let mostLookedAt = 65_536

  /// The largest batch within a limit, up to `mostLookedAt`: 0 if not even one image fits, `nil` without a limit.
  package let largestBatch: Int?

  package struct Part: Sendable, Equatable {
    package let name: String
    package let byteCount: Int

    package init(_ name: String, _ byteCount: Int) {
      self.name = name
      self.byteCount = byteCount
    }
  }

  package init(job: Job, batch: Int, threads: Int, parts: [Part], largestBatch: Int?) {
    self.job = job
    self.batch = batch
    self.threads = threads
    self.parts = parts.filter { $0.byteCount > 0 }
    self.largestBatch = largestBatch
  }

  package var byteCount: Int { parts.reduce(0) { $0 + $1.byteCount } }

  var json: JSONText {
    .object([
      "batch_size": .int(batch), "threads": .int(threads), "bytes": .int(byteCount),
      "parts": .object(Dictionary(parts.map { ($0.name, JSONText.int($0.byteCount)) }) { $1 }),
      "largest_batch_size": largestBatch.map(JSONText.int) ?? .null,
    ])
  }

  /// Estimates under one title, and the largest batches if a limit is known.
  ///
  ///     Memory for a batch of 64 on 1 thread
  ///     training    21.80 MiB  weights 123.56 KiB, optimizer 247.12 KiB, …
  ///     inference    2.31 MiB  weights 123.56 KiB, values 2.19 MiB
  static func lines(_ estimates: [MemoryEstimate], limit: Int?) -> [String] {
    guard let first = estimates.first else { return [] }
    var lines = [
      "Memory for a batch of \(first.batch.grouped) on \(first.threads) \(first.threads == 1 ? "thread" : "threads")"
    ]
    for estimate in estimates {
      let parts = estimate.parts.map { "\($0.name) \(NumberFormat.byteSize(Double($0.byteCount)))" }
      let size = NumberFormat.byteSize(Double(estimate.byteCount))
      lines.append(
        DisplayWidth.pad(estimate.job.rawValue, to: 10) + DisplayWidth.pad(size, to: 12, alignment: .right) + "  "
          + parts.joined(separator: ", "))
    }
    guard let limit else { return lines }
    let largest = estimates.compactMap { estimate in
      estimate.largestBatch.map {
        ($0 == 0 ? "none" : $0 == mostLookedAt ? "\($0.grouped) or more" : $0.grouped) + " for \(estimate.job.rawValue)"
      }
    }
    return lines + [
      "Largest batch within \(NumberFormat.byteSize(Double(limit))): \(largest.joined(separator: ", "))"
    ]
  }
}
