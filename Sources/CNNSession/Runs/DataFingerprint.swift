/// Tells data apart that a run began with and data that it is to go on with.
///
/// Of each part: its count, shape, classes, every label and target, and the values of up to 64 samples, evenly spread. So a
/// file that was replaced, cut or sorted anew is noticed, and a large set costs no more than a small one.
package enum DataFingerprint {
  private static let mostSamples = 64

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
    let size = data.elementsPerSample
    let step = max(1, data.count / mostSamples)
    for sample in stride(from: 0, to: data.count, by: step) {
      let range = sample * size..<(sample + 1) * size
      switch data.storage {
      case .bytes(let bytes): writer.add(Array(bytes[range]))
      case .floats(let floats): writer.add(Array(floats[range])) { $0.add($1) }
      case .streamed(let stream):
        // What cannot be read ends training at its turn, with its name.
        let values = try? stream.withBatch(order: [Int32(sample)], batch: 0..<1) { batch in
          (bytes: Array(batch.bytes.prefix(size)), floats: Array(batch.floats.prefix(size)))
        }
        guard let values else { continue }
        if values.bytes.isEmpty { writer.add(values.floats) { $0.add($1) } } else { writer.add(values.bytes) }
      }
    }
  }
}
