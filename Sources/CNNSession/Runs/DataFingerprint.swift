internal import CNNKernels

/// Tells data apart that a run began with and data that it is to go on with.
///
/// Of each part: its count, shape, classes, every label and target, and every value that is in memory (CRC-32C). Of
/// samples that are read beside training, the values of up to 64, evenly spread: to read them all would take as long as an
/// epoch.
package enum DataFingerprint {
  private static let mostStreamed = 64
  /// Values of a sum's portion.
  private static let portion = 1 << 16

  package static func value(training: borrowing Dataset, validation: Dataset?, test: Dataset?) -> UInt64 {
    var writer = StateWriter()
    add(training, to: &writer)
    for part in [validation, test] { writer.add(part) { add($1, to: &$0) } }
    return Fingerprint.value(of: writer.bytes)
  }

  private static func add(_ data: borrowing Dataset, to writer: inout StateWriter) {
    writer.add(data.sampleShape) { $0.add($1) }
    writer.add(data.classNames) { $0.add($1) }
    writer.add(data.labels) { $0.add(UInt32(bitPattern: $1)) }
    writer.add(data.targets) { $0.add($1) }
    switch data.storage {
    case .bytes(let bytes): writer.add(CRC32C.of(bytes))
    case .floats(let floats): writer.add(sum(of: floats))
    case .streamed(let stream): add(stream, data.count, data.elementsPerSample, to: &writer)
    }
  }

  private static func sum(of floats: [Float]) -> UInt32 {
    var sum = CRC32C()
    for start in stride(from: 0, to: floats.count, by: portion) {
      var bytes: [UInt8] = []
      FloatBytes.append(Array(floats[start..<min(floats.count, start + portion)]), to: &bytes)
      sum.add(bytes)
    }
    return sum.value
  }

  private static func add(_ stream: any SampleStream, _ count: Int, _ size: Int, to writer: inout StateWriter) {
    for sample in stride(from: 0, to: count, by: max(1, count / mostStreamed)) {
      // What cannot be read ends training at its turn, with its name.
      let values = try? stream.withBatch(order: [Int32(sample)], batch: 0..<1) { batch in
        (bytes: Array(batch.bytes.prefix(size)), floats: Array(batch.floats.prefix(size)))
      }
      guard let values else { continue }
      if values.bytes.isEmpty { writer.add(values.floats) { $0.add($1) } } else { writer.add(values.bytes) }
    }
  }
}
