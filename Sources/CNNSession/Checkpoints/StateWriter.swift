/// Values one after the other as bytes, little-endian, to be read back bit by bit by `StateReader` in the same order.
///
/// Numbers are their patterns of bits, so that NaN, infinities and the last digit survive.
package struct StateWriter: Sendable {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  private mutating func append(_ word: some FixedWidthInteger, byteCount: Int) {
    for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: word >> (8 * index))) }
  }

  package mutating func add(_ value: UInt32) { append(value, byteCount: 4) }
  package mutating func add(_ value: UInt64) { append(value, byteCount: 8) }
  package mutating func add(_ value: Int) { append(Int64(value), byteCount: 8) }
  package mutating func add(_ value: Double) { add(value.bitPattern) }
  package mutating func add(_ value: Float) { add(value.bitPattern) }
  package mutating func add(_ value: Bool) { bytes.append(value ? 1 : 0) }
  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  package mutating func add(byte: UInt8) { bytes.append(byte) }

  /// Bytes behind their number.
  package mutating func add(_ values: [UInt8]) {
    add(values.count)
    bytes += values
  }

  package mutating func add<Value>(_ value: Value?, _ one: (inout StateWriter, Value) -> Void) {
    add(value != nil)
    if let value { one(&self, value) }
  }

  package mutating func add<Value>(_ values: [Value], _ one: (inout StateWriter, Value) -> Void) {
    add(values.count)
    for value in values { one(&self, value) }
  }
}
