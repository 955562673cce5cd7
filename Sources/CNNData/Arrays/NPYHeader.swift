internal import CNNDiagnostics

/// The head of an NPY file: what the elements are, how many along each axis, in which order.
///
///     93 "NUMPY" | major, minor | length, 16 bits (32 from version 2 on) | {'descr': '<f4', …} | elements
///
/// The dictionary is read by a grammar of its three keys, never evaluated (numpy: `lib/format.py`). Arrays of objects
/// are pickles, that is programs, and are refused.
struct NPYHeader: Sendable, Equatable {
  let element: NPYElement
  let extents: [Int]
  /// Whether the first axis runs fastest.
  let isFortranOrder: Bool
  /// Bytes of the head itself.
  let byteCount: Int

  /// Elements of one record: of all axes but the first.
  var recordElementCount: Int { extents.dropFirst().reduce(1, *) }
  var recordCount: Int { extents.first ?? 1 }
  var recordByteCount: Int { recordElementCount * element.byteCount }
  var dataByteCount: Int { recordCount * recordByteCount }
  /// `(60000, 28, 28) of uint8`
  var text: String { "\(NPYHeader.tuple(extents)) of \(element.name)" }

  static let magic: [UInt8] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
  /// Longer headers are structured types, which nothing here reads.
  static let mostHeaderBytes = 1 << 16
  static let mostAxes = 8
  /// 1 TiB; a limit on what a file can make the program count.
  static let mostBytes = 1 << 40

  static func tuple(_ extents: [Int]) -> String {
    "(" + extents.map(String.init).joined(separator: ", ") + (extents.count == 1 ? ",)" : ")")
  }

  /// - Parameters:
  ///   - bytes: the beginning of the file, at least the head if the file holds one.
  ///   - path: for messages.
  init(_ bytes: [UInt8], path: String) throws(DataError) {
    func fault(_ message: String, _ help: String? = nil) -> DataError {
      DataError(.notNumPy, .source, "'\(path)' \(message)", help: help)
    }
    guard bytes.starts(with: Self.magic) else {
      if IDXHeader.looksLikeMarkup(Array(bytes.prefix(16))) {
        throw DataError(
          .looksLikeHTML, .source, "'\(path)' looks like HTML, not NumPy",
          help: "a web page was saved in place of the file; download the file itself")
      }
      throw fault("does not begin as an NPY file does", "save the array with `numpy.save`")
    }
    guard let range = Self.dictionary(bytes) else {
      throw fault("ends within its header, or has one of more than \(Self.mostHeaderBytes.grouped) bytes")
    }
    var grammar = NPYGrammar(bytes[range])
    guard let dictionary = grammar.read() else {
      throw fault("has a header that is no dictionary of `descr`, `fortran_order` and `shape`")
    }
    guard let element = NPYElement(descr: dictionary.descr) else {
      throw DataError(
        .unsupportedElement, .source, "'\(path)' holds \(Self.described(dictionary.descr))",
        help: Self.isText(dictionary.descr)
          ? "save numbers: for labels `numpy.unique(labels, return_inverse=True)` gives the names, sorted, for "
            + "`class_names`, and a number each"
          : "save it as uint8 or float32: `numpy.save(file, array.astype(\"float32\"))`")
    }
    guard dictionary.shape.count <= Self.mostAxes else {
      throw fault("has \(dictionary.shape.count) dimensions, and \(Self.mostAxes) at most are read")
    }
    var total = element.byteCount
    for extent in dictionary.shape {
      let (product, overflows) = total.multipliedReportingOverflow(by: extent)
      guard !overflows, product <= Self.mostBytes else {
        throw DataError(
          .tooLarge, .source, "'\(path)' declares \(Self.tuple(dictionary.shape)) elements, more than 1 TiB",
          help: "check that the file is not damaged")
      }
      total = product
    }
    guard total > 0 else {
      throw fault("declares \(Self.tuple(dictionary.shape)) elements, so it holds none")
    }
    self.element = element
    extents = dictionary.shape
    isFortranOrder = dictionary.isFortranOrder
    byteCount = range.upperBound
  }

  /// Where the dictionary stands; `nil` if it is not all there.
  private static func dictionary(_ bytes: [UInt8]) -> Range<Int>? {
    guard bytes.count >= 12, (1...3).contains(bytes[6]) else { return nil }
    let start = bytes[6] == 1 ? 10 : 12
    let length = bytes[8..<start].reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= mostHeaderBytes, start + length <= bytes.count else { return nil }
    return start..<(start + length)
  }

  /// `<U5`, `|S8`
  private static func isText(_ descr: String) -> Bool {
    let kind = descr.drop { "<>=|".contains($0) }.first
    return kind == "U" || kind == "S" || kind == "a"
  }

  private static func described(_ descr: String) -> String {
    if isText(descr) { return "text (`\(descr.prefix(40))`), and numbers are read" }
    if descr.contains("O") { return "Python objects, which would have to be run as a program" }
    if descr.hasPrefix("[") { return "records of several fields" }
    return "elements of the type `\(descr.prefix(40))`"
  }
}

/// The number types of NumPy that are read.
struct NPYElement: Sendable, Equatable {
  enum Kind: Sendable { case boolean, unsigned, signed, float }

  let kind: Kind
  let byteCount: Int
  let isBigEndian: Bool

  /// `|u1`, `<f4`, `>i8`, …
  init?(descr: String) {
    let letters = Array(descr.utf8)
    guard letters.count == 3, let size = [0x31: 1, 0x32: 2, 0x34: 4, 0x38: 8][Int(letters[2])] else { return nil }
    switch (letters[1], size) {
    case (UInt8(ascii: "b"), 1): kind = .boolean
    case (UInt8(ascii: "u"), _): kind = .unsigned
    case (UInt8(ascii: "i"), _): kind = .signed
    case (UInt8(ascii: "f"), 2...): kind = .float
    default: return nil
    }
    switch letters[0] {
    case UInt8(ascii: "<"): isBigEndian = false
    case UInt8(ascii: ">"): isBigEndian = true
    case UInt8(ascii: "|") where size == 1: isBigEndian = false
    default: return nil
    }
    byteCount = size
  }

  var isByte: Bool { kind == .unsigned && byteCount == 1 }

  /// As NumPy calls it.
  var name: String {
    switch kind {
    case .boolean: "bool"
    case .unsigned: "uint\(8 * byteCount)"
    case .signed: "int\(8 * byteCount)"
    case .float: "float\(8 * byteCount)"
    }
  }

  /// The element at `offset` of `bytes`.
  func value(_ bytes: [UInt8], at offset: Int) -> Double {
    var bits: UInt64 = 0
    for index in 0..<byteCount {
      let place = isBigEndian ? offset + byteCount - 1 - index : offset + index
      bits |= UInt64(bytes[place]) << UInt64(8 * index)
    }
    switch (kind, byteCount) {
    case (.boolean, _): return bits == 0 ? 0 : 1
    case (.unsigned, _): return Double(bits)
    case (.signed, _):
      let unused = UInt64(64 - 8 * byteCount)
      return Double(Int64(bitPattern: bits << unused) >> Int64(unused))
    case (.float, 2): return Self.half(UInt16(truncatingIfNeeded: bits))
    case (.float, 4): return Double(Float(bitPattern: UInt32(truncatingIfNeeded: bits)))
    case (.float, _): return Double(bitPattern: bits)
    }
  }

  /// The element as a float32; the common types without a detour.
  func float(_ bytes: [UInt8], at offset: Int) -> Float {
    if kind == .float, byteCount == 4, !isBigEndian {
      return Float(
        bitPattern: UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2]) << 16
          | UInt32(bytes[offset + 3]) << 24)
    }
    return Float(value(bytes, at: offset))
  }

  /// IEEE 754 binary16; written out, since macOS on Intel has no such type.
  private static func half(_ bits: UInt16) -> Double {
    let exponent = Int(bits >> 10 & 0x1f)
    let fraction = Double(bits & 0x3ff)
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
      }
    return bits >> 15 == 1 ? -magnitude : magnitude
  }
}

/// The dictionary of an NPY header, as `numpy.save` writes it: the keys in any order, each once, nothing else.
private struct NPYGrammar {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func read() -> (descr: String, isFortranOrder: Bool, shape: [Int])? {
    var descr: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = text(), take(":") else { return nil }
      switch key {
      case "descr" where descr == nil: descr = text() ?? list()
      case "fortran_order" where isFortranOrder == nil:
        isFortranOrder = take("True") ? true : take("False") ? false : nil
      case "shape" where shape == nil: shape = tuple()
      default: return nil
      }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipBlanks()
    guard rest.isEmpty, let descr, let isFortranOrder, let shape else { return nil }
    return (descr, isFortranOrder, shape)
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d }
  }

  private mutating func take(_ text: String) -> Bool {
    skipBlanks()
    guard rest.starts(with: text.utf8) else { return false }
    rest = rest.dropFirst(text.utf8.count)
    return true
  }

  /// Text in quotes, without escapes.
  private mutating func text() -> String? {
    skipBlanks()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
    let body = rest.dropFirst().prefix { $0 != quote && $0 != UInt8(ascii: "\\") && $0 >= 0x20 && $0 < 0x7f }
    guard body.endIndex < rest.endIndex, rest[body.endIndex] == quote else { return nil }
    rest = rest[(body.endIndex + 1)...]
    return String(decoding: body, as: UTF8.self)
  }

  /// What describes a structured type, up to its end; nothing is made of it.
  private mutating func list() -> String? {
    skipBlanks()
    guard rest.first == UInt8(ascii: "[") else { return nil }
    var depth = 0
    for index in rest.indices {
      if rest[index] == UInt8(ascii: "[") { depth += 1 }
      if rest[index] == UInt8(ascii: "]") { depth -= 1 }
      if depth == 0 {
        let body = rest[...index]
        rest = rest[(index + 1)...]
        return String(decoding: body, as: UTF8.self)
      }
    }
    return nil
  }

  /// `()`, `(5,)`, `(60000, 28, 28)`
  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var extents: [Int] = []
    while !take(")") {
      skipBlanks()
      let digits = rest.prefix { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
      guard !digits.isEmpty, let extent = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
      rest = rest.dropFirst(digits.count)
      // Python 2 wrote long integers as `5L`.
      if rest.first == UInt8(ascii: "L") { rest = rest.dropFirst() }
      extents.append(extent)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return extents
  }
}
