/// The fields of one protocol buffer message, in the order in which they stand.
///
/// In: bytes that anybody may have written. Out: one field after the other, or a fault; nothing is allocated by what the
/// bytes claim.
package struct ProtobufReader: Sendable {
  /// What is wrong, and where.
  package struct Fault: Error, Sendable, Equatable {
    package let message: String
    package let offset: Int

    package init(message: String, offset: Int) {
      self.message = message
      self.offset = offset
    }
  }

  package enum Value: Sendable, Equatable {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// A text, bytes, a message or packed numbers: where they stand.
    case bytes(Range<Int>)
  }

  private let bytes: [UInt8]
  private var offset: Int
  private let end: Int

  package init(_ bytes: [UInt8], _ range: Range<Int>? = nil) {
    let range = range ?? 0..<bytes.count
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  /// The next field; `nil` at the end.
  package mutating func next() throws(Fault) -> (field: UInt64, value: Value)? {
    if offset == end { return nil }
    let start = offset
    let key = try varint()
    guard key >> 3 > 0 else { throw Fault(message: "a field has the number 0", offset: start) }
    switch key & 7 {
    case ProtobufWriter.Wire.varint.rawValue: return (key >> 3, .varint(try varint()))
    case ProtobufWriter.Wire.fixed64.rawValue: return (key >> 3, .fixed64(try fixed(8)))
    case ProtobufWriter.Wire.fixed32.rawValue: return (key >> 3, .fixed32(UInt32(truncatingIfNeeded: try fixed(4))))
    case ProtobufWriter.Wire.lengthDelimited.rawValue:
      let count = try varint()
      guard count <= UInt64(end - offset) else {
        throw Fault(message: "field \(key >> 3) is longer than what holds it", offset: start)
      }
      let range = offset..<offset + Int(count)
      offset = range.upperBound
      return (key >> 3, .bytes(range))
    default: throw Fault(message: "field \(key >> 3) is of no kind that there is", offset: start)
    }
  }

  /// The varints in a range of packed numbers.
  package static func varints(_ bytes: [UInt8], _ range: Range<Int>) throws(Fault) -> [UInt64] {
    var reader = ProtobufReader(bytes, range)
    var values: [UInt64] = []
    while reader.offset < reader.end { values.append(try reader.varint()) }
    return values
  }

  private mutating func varint() throws(Fault) -> UInt64 {
    var value: UInt64 = 0
    let start = offset
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard offset < end else { throw Fault(message: "a number is cut off", offset: start) }
      let byte = bytes[offset]
      offset += 1
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Fault(message: "a number has more than 64 bits", offset: start)
  }

  private mutating func fixed(_ count: Int) throws(Fault) -> UInt64 {
    guard count <= end - offset else { throw Fault(message: "a number is cut off", offset: offset) }
    defer { offset += count }
    return bytes[offset..<offset + count].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  }
}
