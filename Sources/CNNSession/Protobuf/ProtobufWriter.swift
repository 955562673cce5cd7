/// The fields of one protocol buffer message, in the order in which they are added
/// (protobuf.dev/programming-guides/encoding).
package struct ProtobufWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  enum Wire: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  package mutating func add(_ field: UInt64, _ value: Double) {
    key(field, .fixed64)
    fixed(value.bitPattern, byteCount: 8)
  }

  package mutating func add(_ field: UInt64, _ value: Float) {
    key(field, .fixed32)
    fixed(UInt64(value.bitPattern), byteCount: 4)
  }

  /// An `int64`: negative numbers take ten bytes.
  package mutating func add(_ field: UInt64, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  package mutating func add(_ field: UInt64, _ text: String) { add(field, bytes: Array(text.utf8)) }

  package mutating func add(_ field: UInt64, message: ProtobufWriter) { add(field, bytes: message.bytes) }

  package mutating func add(_ field: UInt64, packed values: [Double]) {
    var inner = ProtobufWriter()
    for value in values { inner.fixed(value.bitPattern, byteCount: 8) }
    add(field, bytes: inner.bytes)
  }

  package mutating func add(_ field: UInt64, bytes content: [UInt8]) {
    begin(field, byteCount: content.count)
    bytes += content
  }

  /// The head of a message or of bytes whose content follows, by `append` or as fields of it: large ones are not copied
  /// from buffer to buffer then.
  package mutating func begin(_ field: UInt64, byteCount: Int) {
    key(field, .lengthDelimited)
    varint(UInt64(byteCount))
  }

  /// Content of what was begun.
  package mutating func append(_ content: [UInt8]) { bytes += content }

  /// Values of what was begun, little-endian.
  package mutating func append(_ values: [Float]) { FloatBytes.append(values, to: &bytes) }

  package mutating func reserve(_ byteCount: Int) { bytes.reserveCapacity(byteCount) }

  private mutating func key(_ field: UInt64, _ wire: Wire) { varint(field << 3 | wire.rawValue) }

  private mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func fixed(_ word: UInt64, byteCount: Int) {
    for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index))) }
  }
}
