/// Samples that do not fit into memory, fetched batch by batch while training goes on.
///
/// What a batch holds depends on nothing but the indices asked for: not on the number of threads, nor on what was
/// asked for before. A stream expects the batch after this one of the same order next, and has it ready.
package protocol SampleStream: AnyObject, Sendable {
  /// Calls `body` with the samples that `order[batch]` names, once they are there.
  ///
  /// - Throws: `.badSample` for one that cannot be read, with its name.
  func withBatch<Result>(
    order: borrowing [Int32], batch: Range<Int>, _ body: (borrowing StreamedBatch) -> Result
  ) throws(SessionError) -> Result
}

/// A batch of a stream: values row-major `[N, H, W, C]`, as bytes or as floats, and a class index each.
package struct StreamedBatch: Sendable {
  /// Empty if the values are floats.
  package var bytes: [UInt8]
  package var floats: [Float]
  package var labels: [Int32]
  /// Values aimed at in place of classes, row after row; empty where there are none.
  package var targets: [Float]
  /// `0 ..< N`: the samples are in the order they were asked for in.
  package var positions: [Int32]

  package init(bytes: [UInt8], floats: [Float], labels: [Int32], targets: [Float] = [], positions: [Int32]) {
    self.bytes = bytes
    self.floats = floats
    self.labels = labels
    self.targets = targets
    self.positions = positions
  }
}
