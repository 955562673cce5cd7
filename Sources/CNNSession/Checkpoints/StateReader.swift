/// Reads what `StateWriter` wrote, and never further than there are bytes.
///
/// Lengths are held against what is left before anything is made of them, so that a damaged or hostile file costs no more
/// memory than it has bytes.
package struct StateReader: Sendable {
  /// There is no such value at this place.
  package struct Fault: Error, Sendable, Equatable {
    package let offset: Int
    package let message: String
  }

  private let bytes: [UInt8]
  private var offset: Int
  private let end: Int

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = 0
    end = bytes.count
  }

  package func fault(_ message: String) -> Fault { Fault(offset: offset, message: message) }

  package var isAtEnd: Bool { offset == end }

  private mutating func take(_ count: Int) throws(Fault) -> Range<Int> {
    guard count >= 0, count <= end - offset else { throw fault("\(end - offset) bytes are left of \(count)") }
    defer { offset += count }
    return offset..<offset + count
  }

  private mutating func word(byteCount: Int) throws(Fault) -> UInt64 {
    let range = try take(byteCount)
    var word: UInt64 = 0
    for index in range.reversed() { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  package mutating func uint32() throws(Fault) -> UInt32 { UInt32(truncatingIfNeeded: try word(byteCount: 4)) }
  package mutating func uint64() throws(Fault) -> UInt64 { try word(byteCount: 8) }
  package mutating func int() throws(Fault) -> Int { Int(Int64(bitPattern: try word(byteCount: 8))) }
  package mutating func double() throws(Fault) -> Double { Double(bitPattern: try word(byteCount: 8)) }
  package mutating func float() throws(Fault) -> Float { Float(bitPattern: try uint32()) }

  package mutating func bool() throws(Fault) -> Bool {
    switch try word(byteCount: 1) {
    case 0: return false
    case 1: return true
    default: throw fault("a byte is neither 0 nor 1")
    }
  }

  /// A number that is not negative.
  package mutating func count() throws(Fault) -> Int {
    let value = try int()
    if value < 0 { throw fault("a count of \(value)") }
    return value
  }

  package mutating func byteArray() throws(Fault) -> [UInt8] { Array(bytes[try take(try count())]) }

  package mutating func string() throws(Fault) -> String {
    let text = try byteArray()
    guard let string = String(validating: text, as: UTF8.self) else { throw fault("a text is not UTF-8") }
    return string
  }

  package mutating func optional<Value>(
    _ one: (inout StateReader) throws(Fault) -> Value
  ) throws(Fault) -> Value? {
    try bool() ? try one(&self) : nil
  }

  /// - Precondition: each value takes a byte at least.
  package mutating func array<Value>(
    _ one: (inout StateReader) throws(Fault) -> Value
  ) throws(Fault) -> [Value] {
    let count = try count()
    if count > end - offset { throw fault("\(count) values in \(end - offset) bytes") }
    var values: [Value] = []
    values.reserveCapacity(min(count, 1 << 16))
    for _ in 0..<count { values.append(try one(&self)) }
    return values
  }
}
