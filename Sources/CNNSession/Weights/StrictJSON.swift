/// Reads JSON of a known shape: the caller asks for what has to come next (RFC 8259).
///
/// What it does not find is a fault, with its byte offset; so is everything that parsers treat in different ways:
/// invalid UTF-8, lone surrogates, where integers are asked for numbers that are not plain and non-negative. It never
/// recurses, and allocates nothing but the strings it returns.
package struct StrictJSON {
  package struct Fault: Error, Equatable {
    package var offset: Int
    package var message: String
  }

  private let bytes: [UInt8]
  package private(set) var offset: Int
  private let end: Int

  /// - Precondition: `range` lies within `bytes`.
  package init(_ bytes: [UInt8], _ range: Range<Int>) {
    precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count, "\(range) of \(bytes.count) bytes")
    self.bytes = bytes
    offset = range.lowerBound
    end = range.upperBound
  }

  private var current: UInt8? { offset < end ? bytes[offset] : nil }

  package func fault(_ message: String, at place: Int? = nil) -> Fault {
    Fault(offset: place ?? offset, message: message)
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { offset += 1 }
  }

  /// Takes `byte`, after any white space, if it comes next.
  package mutating func takes(_ byte: Unicode.Scalar) -> Bool {
    skipSpace()
    guard let current, UInt32(current) == byte.value else { return false }
    offset += 1
    return true
  }

  package mutating func expect(_ byte: Unicode.Scalar) throws(Fault) {
    if !takes(byte) { throw fault("`\(byte)` is expected") }
  }

  /// The members of an object: `body` reads the value of the key that it is given.
  package mutating func object(
    _ body: (_ key: String, _ place: Int, inout StrictJSON) throws(Fault) -> Void
  ) throws(Fault) {
    try expect("{")
    if takes("}") { return }
    repeat {
      skipSpace()
      let place = offset
      let key = try string()
      try expect(":")
      try body(key, place, &self)
    } while takes(",")
    try expect("}")
  }

  /// An array of non-negative integers, at most `limit` of them.
  mutating func integers(limit: Int) throws(Fault) -> [Int] {
    try expect("[")
    var values: [Int] = []
    if takes("]") { return values }
    repeat {
      if values.count == limit { throw fault("an array here has at most \(limit) numbers") }
      values.append(try integer())
    } while takes(",")
    try expect("]")
    return values
  }

  /// A non-negative integer without sign, fraction, exponent or needless zeros.
  mutating func integer() throws(Fault) -> Int {
    skipSpace()
    let start = offset
    var value = 0
    while let byte = current, byte >= 0x30, byte <= 0x39 {
      let (product, overflows) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflowsToo) = product.addingReportingOverflow(Int(byte - 0x30))
      if overflows || overflowsToo { throw fault("a number is larger than 2^63 - 1", at: start) }
      value = sum
      offset += 1
    }
    if offset == start { throw fault("a non-negative whole number is expected") }
    if offset - start > 1, bytes[start] == 0x30 { throw fault("a number has a needless zero", at: start) }
    if let byte = current, byte == 0x2e || byte == 0x65 || byte == 0x45 {
      throw fault("a whole number is expected", at: start)
    }
    return value
  }

  /// The byte that comes next after white space, without taking it; `nil` at the end.
  package mutating func next() -> UInt8? {
    skipSpace()
    return current
  }

  /// Takes `word`, after any white space, if it comes next: `true`, `null`.
  package mutating func takes(word: String) -> Bool {
    skipSpace()
    guard bytes[offset..<end].starts(with: word.utf8) else { return false }
    offset += word.utf8.count
    return true
  }

  /// The text of a number with sign, fraction and exponent, as the grammar of JSON has it.
  package mutating func numberText() throws(Fault) -> String {
    skipSpace()
    let start = offset
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { (0x30...0x39).contains($0) } ?? false }
    if current == 0x2d { offset += 1 }
    let first = offset
    while isDigit(current) { offset += 1 }
    if offset == first || (bytes[first] == 0x30 && offset - first > 1) { throw fault("a value is expected", at: start) }
    if current == 0x2e {
      offset += 1
      if !isDigit(current) { throw fault("digits are expected after the point") }
      while isDigit(current) { offset += 1 }
    }
    if current == 0x65 || current == 0x45 {
      offset += 1
      if current == 0x2b || current == 0x2d { offset += 1 }
      if !isDigit(current) { throw fault("digits are expected in an exponent") }
      while isDigit(current) { offset += 1 }
    }
    return String(decoding: bytes[start..<offset], as: UTF8.self)
  }

  package mutating func string() throws(Fault) -> String {
    skipSpace()
    let start = offset
    if !takes("\"") { throw fault("a string is expected") }
    var text: [UInt8] = []
    while let byte = current {
      offset += 1
      switch byte {
      case 0x22:
        guard let string = String(validating: text, as: UTF8.self) else {
          throw fault("a string is not valid UTF-8", at: start)
        }
        return string
      case 0x5c: try text.append(contentsOf: String(escape()).utf8)
      case 0..<0x20: throw fault("a string holds an unescaped control character", at: offset - 1)
      default: text.append(byte)
      }
    }
    throw fault("a string does not end", at: start)
  }

  /// What stands after a backslash.
  private mutating func escape() throws(Fault) -> Unicode.Scalar {
    let start = offset - 1
    guard let byte = current else { throw fault("a string does not end", at: start) }
    offset += 1
    switch byte {
    case 0x22, 0x5c, 0x2f: return Unicode.Scalar(byte)
    case 0x62: return "\u{8}"
    case 0x66: return "\u{c}"
    case 0x6e: return "\n"
    case 0x72: return "\r"
    case 0x74: return "\t"
    case 0x75: break
    default: throw fault("an escape that JSON does not have", at: start)
    }
    let first = try unit()
    if let scalar = Unicode.Scalar(first) { return scalar }
    // The first half of a pair, or a fault: only the second half, escaped too, makes it a character.
    guard first < 0xdc00, offset + 1 < end, bytes[offset] == 0x5c, bytes[offset + 1] == 0x75 else {
      throw fault("half of a surrogate pair", at: start)
    }
    offset += 2
    let second = try unit()
    guard (0xdc00...0xdfff).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xd800) << 10 + (second - 0xdc00))
    else { throw fault("half of a surrogate pair", at: start) }
    return scalar
  }

  /// Four hexadecimal digits.
  private mutating func unit() throws(Fault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits are expected after `\\u`")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }

  /// Nothing but spaces may be left.
  package func expectOnlySpaces() throws(Fault) {
    if let place = bytes[offset..<end].firstIndex(where: { $0 != 0x20 }) {
      throw fault("something other than spaces follows the closing `}`", at: place)
    }
  }
}
