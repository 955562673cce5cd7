internal import CNNKernels

/// TensorBoard's event files: records of protocol buffers (`tensorflow/core/lib/io/record_writer.h`,
/// `tensorflow/core/util/event.proto`, `tensorflow/core/framework/summary.proto`).
///
///     record = length as UInt64 | masked CRC-32C of it | event | masked CRC-32C of the event
enum EventFile {
  /// `events.out.tfevents.<seconds since 1970, ten digits>.<host>.<process>.<number>`
  static func name(startedAt: Double, host: String, process: Int, number: Int) -> String {
    let seconds = Int(max(0, min(startedAt, 9_999_999_999)))
    let digits = String(repeating: "0", count: max(0, 10 - String(seconds).utf8.count)) + String(seconds)
    let plain = host.unicodeScalars.map { scalar in
      scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "-")
        ? Character(scalar) : "_"
    }
    return "events.out.tfevents.\(digits).\(plain.isEmpty ? "host" : String(plain)).\(process).\(number)"
  }

  /// The first record of every file: the version of the format.
  static func version(wallTime: Double) -> [UInt8] {
    var event = ProtobufWriter()
    event.add(1, wallTime)
    event.add(3, "brain.Event:2")
    return record(event.bytes)
  }

  /// One number at a step, called `tag`.
  static func scalar(_ tag: String, _ value: Double, step: Int, wallTime: Double) -> [UInt8] {
    var summary = ProtobufWriter()
    summary.add(1, tag)
    summary.add(2, Float(value))
    return event(value: summary, step: step, wallTime: wallTime)
  }

  /// A histogram of `bucketCount` equal parts between the least and the largest value; values that are not finite are
  /// left out.
  static func histogram(_ tag: String, _ values: [Float], step: Int, wallTime: Double) -> [UInt8] {
    var summary = ProtobufWriter()
    summary.add(1, tag)
    summary.add(5, message: Histogram(values).message)
    return event(value: summary, step: step, wallTime: wallTime)
  }

  private static func event(value: ProtobufWriter, step: Int, wallTime: Double) -> [UInt8] {
    var summary = ProtobufWriter()
    summary.add(1, message: value)
    var event = ProtobufWriter()
    event.add(1, wallTime)
    event.add(2, step)
    event.add(5, message: summary)
    return record(event.bytes)
  }

  static func record(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndian(UInt64(data.count), byteCount: 8)
    return length + littleEndian(UInt64(masked(CRC32C.of(length))), byteCount: 4) + data
      + littleEndian(UInt64(masked(CRC32C.of(data))), byteCount: 4)
  }

  /// Turned and moved, since sums of texts that hold their own sums are weak (`core/lib/hash/crc32c.h`).
  static func masked(_ sum: UInt32) -> UInt32 { (sum >> 15 | sum << 17) &+ 0xa282_ead8 }

  private static func littleEndian(_ word: UInt64, byteCount: Int) -> [UInt8] {
    (0..<byteCount).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
  }
}

/// Equal parts of the range of some values, and how many lie in each.
struct Histogram {
  private static let bucketCount = 30
  private(set) var minimum = 0.0
  private(set) var maximum = 0.0
  private(set) var sum = 0.0
  private(set) var sumOfSquares = 0.0
  /// Upper end of each part, and the number of values in it.
  private(set) var limits: [Double] = []
  private(set) var counts: [Double] = []

  init(_ values: [Float]) {
    let finite = values.filter(\.isFinite)
    guard let least = finite.min(), let most = finite.max() else { return }
    (minimum, maximum) = (Double(least), Double(most))
    for value in finite {
      sum += Double(value)
      sumOfSquares += Double(value) * Double(value)
    }
    if least == most {
      // One part that holds all.
      (limits, counts) = ([maximum], [Double(finite.count)])
      return
    }
    let width = (maximum - minimum) / Double(Self.bucketCount)
    limits = (1...Self.bucketCount).map { $0 == Self.bucketCount ? maximum : minimum + width * Double($0) }
    counts = Array(repeating: 0, count: Self.bucketCount)
    for value in finite {
      counts[min(Self.bucketCount - 1, max(0, Int((Double(value) - minimum) / width)))] += 1
    }
  }

  /// `HistogramProto`.
  var message: ProtobufWriter {
    var writer = ProtobufWriter()
    writer.add(1, minimum)
    writer.add(2, maximum)
    writer.add(3, counts.reduce(0, +))
    writer.add(4, sum)
    writer.add(5, sumOfSquares)
    writer.add(6, packed: limits)
    writer.add(7, packed: counts)
    return writer
  }
}
