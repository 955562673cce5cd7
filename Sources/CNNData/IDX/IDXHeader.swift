internal import CNNDiagnostics

/// The head of an IDX file: what the elements are, and how many along each axis.
///
///     00 00 | type | number of axes | one big-endian 32-bit size an axis | elements, row-major
///
/// The format of MNIST and its relatives (yann.lecun.com/exdb/mnist). Elements of more than one
/// byte are big-endian.
package struct IDXHeader: Sendable, Equatable {
  package enum Element: UInt8, Sendable {
    case uint8 = 0x08
    case int32 = 0x0c

    package var byteCount: Int {
      switch self {
      case .uint8: 1
      case .int32: 4
      }
    }

    var text: String {
      switch self {
      case .uint8: "unsigned bytes"
      case .int32: "32-bit integers"
      }
    }
  }

  package let element: Element
  package let extents: [Int]
  /// Bytes of the elements of one record: of all axes but the first.
  package let recordByteCount: Int
  package let dataByteCount: Int

  /// Bytes of the head itself.
  package var byteCount: Int { 4 + 4 * extents.count }
  package var recordCount: Int { extents.first ?? 0 }

  static let maximumRank = 4
  /// 4 GiB; a limit on what a file can make the program hold.
  static let maximumByteCount = 1 << 32
  static let maximumRecordCount = 1 << 24
  static let magicByteCount = 4

  /// Number of axes that the first four bytes announce.
  /// - Throws: what the file is instead, where that can be told.
  static func rank(magic: [UInt8], path: String) throws(DataError) -> Int {
    if looksLikeMarkup(magic) {
      throw DataError(
        .looksLikeHTML, .source, "'\(path)' looks like HTML, not IDX",
        help: "a web page was saved in place of the file; download the file itself")
    }
    guard magic.count == magicByteCount else {
      throw DataError(
        .truncated, .source, "'\(path)' holds \(magic.count) bytes, and an IDX file begins with 4",
        help: "copy or download the file again")
    }
    guard magic[0] == 0, magic[1] == 0 else {
      let found = magic.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
      throw DataError(
        .notIDX, .source, "'\(path)' begins with the bytes \(found), and an IDX file with 00 00",
        help: "name an IDX file, as MNIST has them, plain or gzipped")
    }
    let rank = Int(magic[3])
    guard (1...maximumRank).contains(rank) else {
      throw DataError(
        .wrongRank, .source, "'\(path)' announces \(rank) dimensions, and 1 to \(maximumRank) can be read")
    }
    return rank
  }

  /// - Parameter bytes: the first `4 + 4 * rank` bytes.
  init(_ bytes: [UInt8], path: String) throws(DataError) {
    let rank = try Self.rank(magic: Array(bytes.prefix(Self.magicByteCount)), path: path)
    guard bytes.count == 4 + 4 * rank else {
      throw DataError(
        .truncated, .source, "'\(path)' ends within its header of \(4 + 4 * rank) bytes",
        help: "copy or download the file again")
    }
    guard let element = Element(rawValue: bytes[2]) else {
      throw DataError(
        .unsupportedElement, .source,
        "'\(path)' holds \(Self.name(ofType: bytes[2])), and only unsigned bytes (type 08) can be read",
        help: "store the pixels as bytes from 0 to 255")
    }
    let extents = (0..<rank).map { axis in
      bytes[(4 + 4 * axis)..<(8 + 4 * axis)].reduce(0) { $0 << 8 | Int($1) }
    }
    let shape = extents.map(String.init).joined(separator: " x ")
    guard extents.allSatisfy({ $0 > 0 }) else {
      throw DataError(.truncated, .source, "'\(path)' declares \(shape) elements, so it holds none")
    }
    var recordByteCount = element.byteCount
    var overflows = false
    for extent in extents.dropFirst() {
      let (product, overflow) = recordByteCount.multipliedReportingOverflow(by: extent)
      overflows = overflows || overflow
      recordByteCount = product
    }
    let (total, overflow) = recordByteCount.multipliedReportingOverflow(by: extents[0])
    guard !overflows, !overflow, total <= Self.maximumByteCount else {
      throw DataError(
        .tooLarge, .source, "'\(path)' declares \(shape) elements, more than the 4 GiB that can be read",
        help: "check that the file is not damaged")
    }
    guard extents[0] <= Self.maximumRecordCount else {
      throw DataError(
        .tooLarge, .source,
        "'\(path)' declares \(extents[0].grouped) records, more than the \(Self.maximumRecordCount.grouped) that can be read",
        help: "check that the file is not damaged")
    }
    self.element = element
    self.extents = extents
    self.recordByteCount = recordByteCount
    dataByteCount = total
  }

  /// Whether text begins that a web server would send: a tag, perhaps after blanks or a byte order mark.
  static func looksLikeMarkup(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    if rest.starts(with: [0xef, 0xbb, 0xbf]) { rest = rest.dropFirst(3) }
    return rest.first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: "<")
  }

  private static func name(ofType type: UInt8) -> String {
    switch type {
    case 0x09: "signed bytes (type 09)"
    case 0x0b: "16-bit integers (type 0b)"
    case 0x0d: "32-bit floating point numbers (type 0d)"
    case 0x0e: "64-bit floating point numbers (type 0e)"
    default: "elements of the unknown type \(type)"
    }
  }
}
