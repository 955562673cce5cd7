/// The fields of one protocol buffer message, in the order in which they are added
/// (protobuf.dev/programming-guides/encoding).
struct ProtobufWriter: Sendable {
  private(set) var bytes: [UInt8] = []

  private enum Wire: UInt64 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  mutating func add(_ field: UInt64, _ value: Double) {
    key(field, .fixed64)
    fixed(value.bitPattern, byteCount: 8)
  }

  mutating func add(_ field: UInt64, _ value: Float) {
    key(field, .fixed32)
    fixed(UInt64(value.bitPattern), byteCount: 4)
  }

  /// An `int64`: negative numbers take ten bytes.
  mutating func add(_ field: UInt64, _ value: Int) {
    key(field, .varint)
    varint(UInt64(bitPattern: Int64(value)))
  }

  mutating func add(_ field: UInt64, _ text: String) { add(field, Array(text.utf8)) }

  mutating func add(_ field: UInt64, message: ProtobufWriter) { add(field, message.bytes) }

  mutating func add(_ field: UInt64, packed values: [Double]) {
    var inner = ProtobufWriter()
    for value in values { inner.fixed(value.bitPattern, byteCount: 8) }
    add(field, inner.bytes)
  }

  private mutating func add(_ field: UInt64, _ content: [UInt8]) {
    key(field, .lengthDelimited)
    varint(UInt64(content.count))
    bytes += content
  }

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
