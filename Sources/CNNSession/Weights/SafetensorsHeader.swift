/// What stands before the values of a safetensors file, proven to describe exactly the bytes that follow.
///
///     length, UInt64 little-endian | length bytes of JSON | values
///     {"__metadata__":{"k":"v"},"dense/bias":{"dtype":"F32","shape":[10],"data_offsets":[0,40]}}
///
/// Nothing is allocated by what the file claims: lengths are compared with the size of the file first. Stricter than
/// the format's own library, where parsers differ: duplicate names are refused.
struct SafetensorsHeader: Sendable, Equatable {
  struct Entry: Sendable, Equatable {
    var name: String
    var extents: [Int]
    /// Where the values lie, counted from the end of the header.
    var bytes: Range<Int>
  }

  /// By place in the file, without gap or overlap.
  let entries: [Entry]
  let metadata: [String: String]
  /// Where the values start in the file.
  let dataStart: Int

  static let lengthByteCount = 8
  static let byteLimit = 16 << 20
  static let tensorLimit = 100_000
  static let rankLimit = 32
  static let metadataKey = "__metadata__"

  /// The length of the header, from the first eight bytes of a file of `fileByteCount`.
  static func length(_ bytes: [UInt8], fileByteCount: Int, path: String) throws(WeightsError) -> Int {
    guard bytes.count >= lengthByteCount, fileByteCount >= lengthByteCount else {
      throw WeightsError(
        .tooShort, path, "is \(min(bytes.count, fileByteCount)) bytes long, too short for a safetensors file",
        help: "the copy may have been cut off")
    }
    if let kind = otherKinds.first(where: { bytes.starts(with: $0.start) }) {
      throw WeightsError(.header, path, "is \(kind.name), and no safetensors file", help: kind.help)
    }
    let length = bytes.prefix(lengthByteCount).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let available = fileByteCount - lengthByteCount
    if length > UInt64(available) {
      throw WeightsError(
        .headerLength, path, "says that its header has \(length) bytes, and \(available) follow",
        help: "it is cut off, or not a safetensors file")
    }
    if length > UInt64(byteLimit) {
      throw WeightsError(.headerLength, path, "has a header of \(length) bytes; \(byteLimit) are read at most")
    }
    return Int(length)
  }

  /// What is taken for weights by mistake, by its first bytes. As a header's length each would be past any file's size.
  private static let otherKinds: [(start: [UInt8], name: String, help: String?)] = [
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive, as .keras and .npz are", keras),
    ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file", keras),
    ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "a PNG image", nil),
    (Array("<!DOCTYP".utf8), "a web page", nil), (Array("<!doctyp".utf8), "a web page", nil),
  ]
  private static let keras = "a model that Keras saved comes in by `cnnrun import FILE`"

  /// Reads and proves the header at the start of `bytes`, for a file of `fileByteCount` in all.
  init(_ bytes: [UInt8], fileByteCount: Int, path: String) throws(WeightsError) {
    let length = try Self.length(bytes, fileByteCount: fileByteCount, path: path)
    let start = Self.lengthByteCount
    guard length > 0, bytes.count >= start + length, bytes[start] == UInt8(ascii: "{") else {
      throw WeightsError(
        .header, path, "has a header that does not start with `{`", help: "it is not a safetensors file")
    }
    var parser = Parser(path: path)
    try parser.read(bytes, start..<start + length)
    metadata = parser.metadata
    dataStart = start + length
    entries = try Self.proven(parser.entries, byteCount: fileByteCount - dataStart, path: path)
  }

  /// The entries in the order of their bytes, which have to fit their shapes and to fill the file.
  private static func proven(_ found: [Parser.Entry], byteCount: Int, path: String) throws(WeightsError) -> [Entry] {
    for entry in found { try prove(entry, byteCount: byteCount, path: path) }
    // Empty tensors come before the one that starts where they do; the name makes the order complete.
    let sorted = found.sorted {
      ($0.start, $0.end, $0.place) < ($1.start, $1.end, $1.place)
    }
    var end = 0
    var last: String?
    for entry in sorted {
      let name = WeightsError.shown(entry.name)
      if entry.start < end {
        throw WeightsError(
          .overlap, path, "gives bytes \(entry.start) ..< \(min(end, entry.end)) to both `\(last ?? "")` and `\(name)`")
      }
      if entry.start > end {
        throw WeightsError(.gap, path, "leaves \(entry.start - end) bytes before `\(name)` to no tensor")
      }
      end = entry.end
      last = name
    }
    if end != byteCount {
      throw WeightsError(
        .trailingBytes, path, "goes on for \(byteCount - end) bytes after its last tensor",
        help: "it was appended to, or cut together")
    }
    return sorted.map { Entry(name: $0.name, extents: $0.extents, bytes: $0.start..<$0.end) }
  }

  private static func prove(_ entry: Parser.Entry, byteCount: Int, path: String) throws(WeightsError) {
    let name = WeightsError.shown(entry.name)
    if entry.type != "F32" {
      throw WeightsError(
        .elementType, path, "holds `\(name)` as \(WeightsError.shown(entry.type)), and F32 is read",
        help: "convert it to float32 first")
    }
    guard let expected = byteCountOfFloats(entry.extents) else {
      throw WeightsError(
        .shapeOverflow, path, "gives `\(name)` the shape \(entry.extents), which has more elements than can be counted")
    }
    if entry.end < entry.start {
      throw WeightsError(.byteCount, path, "lets `\(name)` end at byte \(entry.end), before its start \(entry.start)")
    }
    if entry.end > byteCount {
      throw WeightsError(
        .beyondEnd, path, "lets `\(name)` end at byte \(entry.end) of its values, of which there are \(byteCount)",
        help: "the copy may have been cut off")
    }
    if entry.end - entry.start != expected {
      throw WeightsError(
        .byteCount, path,
        "gives `\(name)` \(entry.end - entry.start) bytes, and its shape \(entry.extents) takes \(expected)")
    }
  }

  /// `nil` if it does not fit an `Int`.
  private static func byteCountOfFloats(_ extents: [Int]) -> Int? {
    var product = 4
    for extent in extents {
      let (next, overflows) = product.multipliedReportingOverflow(by: extent)
      if overflows { return nil }
      product = next
    }
    return product
  }
}
