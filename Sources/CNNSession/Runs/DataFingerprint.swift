internal import CNNKernels

/// Tells data apart that a run began with and data that it is to go on with, or to be measured on.
package struct DataFingerprint: Sendable, Equatable {
  package let training: Part
  package let validation, test: Part?

  package init(training: borrowing Dataset, validation: Dataset?, test: Dataset?) {
    self.init(
      training: Part(of: training), validation: validation.map { Part(of: $0) }, test: test.map { Part(of: $0) })
  }

  package init(training: Part, validation: Part?, test: Part?) {
    self.training = training
    self.validation = validation
    self.test = test
  }

  /// Whether it is of these samples, wherever they are now: in memory, or read beside training.
  package func isOf(training: borrowing Dataset, validation: Dataset?, test: Dataset?) -> Bool {
    self.training.isOf(training) && Self.isOf(self.validation, validation) && Self.isOf(self.test, test)
  }

  private static func isOf(_ part: Part?, _ data: Dataset?) -> Bool {
    guard let part, let data else { return part == nil && data == nil }
    return part.isOf(data)
  }

  /// Of one part: its count, shape, classes, every label and target, and every value that was in memory (CRC-32C). Of
  /// samples that were read beside training, the values of some 64, evenly spread: to read them all would take as long as
  /// an epoch.
  package struct Part: Sendable, Equatable {
    package let value: UInt64
    /// Whether it has the values of some samples, and not of all.
    package let isSampled: Bool

    package init(value: UInt64, isSampled: Bool) {
      self.value = value
      self.isSampled = isSampled
    }

    package init(of data: borrowing Dataset) { self.init(of: data, isSampled: data.isStreamed) }

    private init(of data: borrowing Dataset, isSampled: Bool) {
      var writer = StateWriter()
      writer.add(data.sampleShape) { $0.add($1) }
      writer.add(data.classNames) { $0.add($1) }
      writer.add(data.labels) { $0.add(UInt32(bitPattern: $1)) }
      writer.add(data.targets) { $0.add($1) }
      writer.add(isSampled ? Self.sumOfSome(data) : Self.sum(of: data))
      self.init(value: Fingerprint.value(of: writer.bytes), isSampled: isSampled)
    }

    package func isOf(_ data: borrowing Dataset) -> Bool { Part(of: data, isSampled: isSampled) == self }

    private static let sampledCount = 64
    /// Values of a sum's portion.
    private static let portion = 1 << 16

    private static func sum(of data: borrowing Dataset) -> UInt32 {
      var sum = CRC32C()
      switch data.storage {
      case .bytes(let bytes): sum.add(bytes)
      case .floats(let floats):
        for start in stride(from: 0, to: floats.count, by: portion) {
          add(floats[start..<min(floats.count, start + portion)], to: &sum)
        }
      case .streamed(let stream):
        for sample in 0..<data.count { add(sample, of: stream, data.elementsPerSample, to: &sum) }
      }
      return sum.value
    }

    private static func sumOfSome(_ data: borrowing Dataset) -> UInt32 {
      var sum = CRC32C()
      let size = data.elementsPerSample
      for sample in stride(from: 0, to: data.count, by: max(1, data.count / sampledCount)) {
        let place = sample * size..<(sample + 1) * size
        switch data.storage {
        case .bytes(let bytes): sum.add(bytes[place])
        case .floats(let floats): add(floats[place], to: &sum)
        case .streamed(let stream): add(sample, of: stream, size, to: &sum)
        }
      }
      return sum.value
    }

    private static func add(_ floats: ArraySlice<Float>, to sum: inout CRC32C) {
      var bytes: [UInt8] = []
      FloatBytes.append(Array(floats), to: &bytes)
      sum.add(bytes)
    }

    /// What cannot be read counts as nothing: it ends training at its turn, with its name.
    private static func add(_ sample: Int, of stream: any SampleStream, _ size: Int, to sum: inout CRC32C) {
      let values = try? stream.withBatch(order: [Int32(sample)], batch: 0..<1) { batch in
        (bytes: Array(batch.bytes.prefix(size)), floats: Array(batch.floats.prefix(size)))
      }
      guard let values else { return }
      if values.bytes.isEmpty { add(values.floats[...], to: &sum) } else { sum.add(values.bytes) }
    }
  }
}
