internal import CNNDiagnostics
import CNNFiles

/// An open IDX file, plain or gzipped, read forward record by record.
///
/// The header is checked against the length of the file before anything is allocated by it; a
/// gzipped file gives no more than the header declares, and one byte more is an error.
package struct IDXFile: ~Copyable {
  package let path: String
  package let header: IDXHeader
  /// What somebody might want to know who named the file, as that `.gz` is not gzip.
  package let note: String?

  var isGzip: Bool { source.isGzip }
  private var source: ByteSource
  /// Bytes of elements that have been passed.
  private var position = 0

  package init(_ file: consuming OpenFile) throws(DataError) { try self.init(RandomBytes(file)) }

  init(_ bytes: RandomBytes) throws(DataError) {
    var source = try ByteSource(bytes)
    let path = source.path
    var bytes = [UInt8](repeating: 0, count: IDXHeader.magicByteCount)
    let count = try source.read(into: &bytes, 0..<bytes.count)
    let rank = try IDXHeader.rank(magic: Array(bytes.prefix(count)), path: path)
    bytes += [UInt8](repeating: 0, count: 4 * rank)
    let rest = try source.read(into: &bytes, count..<bytes.count)
    let header = try IDXHeader(Array(bytes.prefix(count + rest)), path: path)
    try Self.checkLength(source, header)
    self.path = path
    self.header = header
    note = Self.note(path, isGzip: source.isGzip)
    self.source = source
  }

  private static func note(_ path: String, isGzip: Bool) -> String? {
    switch (path.lowercased().hasSuffix(".gz"), isGzip) {
    case (true, false): "'\(path)' is not gzipped in spite of its name; read as plain IDX"
    case (false, true): "'\(path)' is gzipped; read as such"
    default: nil
    }
  }

  /// Refuses a file whose length belies its header. The exact length of a gzipped one shows later.
  private static func checkLength(_ source: borrowing ByteSource, _ header: IDXHeader) throws(DataError) {
    let declared = header.dataByteCount + header.byteCount
    let stored = source.storedByteCount
    if source.isGzip {
      if stored < declared / Inflate.largestRatio {
        throw DataError(
          .truncated, .source,
          "'\(source.path)' declares \(declared.grouped) bytes, which \(stored.grouped) bytes of gzip cannot hold",
          help: "copy or download the file again")
      }
    } else if stored != declared {
      throw DataError(
        stored < declared ? .truncated : .trailingBytes, .source,
        "'\(source.path)' is \(stored.grouped) bytes long, and its header declares \(declared.grouped)",
        help: "copy or download the file again")
    }
  }

  /// Refuses a file of other elements, or of another number of axes, than its role asks for.
  package borrowing func require(
    _ elements: [IDXHeader.Element], ranks: ClosedRange<Int>, role: String
  ) throws(DataError) {
    if !elements.contains(header.element) {
      let expected = elements.map(\.text).joined(separator: " or ")
      throw DataError(
        .unsupportedElement, .source,
        "'\(path)' holds \(header.element.text), and \(role) are \(expected)", help: "check which file is which")
    }
    if !ranks.contains(header.extents.count) {
      let shape = header.extents.map(String.init).joined(separator: ", ")
      let expected = ranks.count == 1 ? "\(ranks.lowerBound)" : "\(ranks.lowerBound) or \(ranks.upperBound)"
      throw DataError(
        .wrongRank, .source, "'\(path)' has the shape [\(shape)], and \(role) have \(expected) dimensions",
        help: "check that images and labels are not swapped")
    }
  }

  /// Reads the next `range.count` bytes into `buffer[range]`.
  package mutating func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(DataError) {
    precondition(range.count <= header.dataByteCount - position, "\(range.count) bytes from \(position)")
    let count = try source.read(into: &buffer, range)
    position += count
    if count < range.count {
      let record = position / header.recordByteCount
      throw DataError(
        .truncated, .source,
        "'\(path)' ends in record \(record.grouped), and its header declares \(header.recordCount.grouped) records",
        help: "copy or download the file again")
    }
  }

  /// Checks, once all has been read, that nothing follows; this also checks gzip's checksum.
  package mutating func finish() throws(DataError) {
    guard position == header.dataByteCount else { return }
    var excess: [UInt8] = [0]
    if try source.read(into: &excess, 0..<1) > 0 {
      throw DataError(
        .trailingBytes, .source,
        "'\(path)' holds more than the \(header.dataByteCount.grouped) bytes of elements that its header declares",
        help: "copy or download the file again")
    }
  }

  /// All elements, as they are stored.
  package mutating func readAll() throws(DataError) -> [UInt8] {
    precondition(position == 0, "\(position) bytes of '\(path)' have been read already")
    // Grows with what arrives: a header alone makes nothing be allocated.
    var bytes: [UInt8] = []
    while position < header.dataByteCount {
      let start = position
      let count = min(max(1 << 16, start), header.dataByteCount - start)
      bytes.append(contentsOf: repeatElement(0, count: count))
      try read(into: &bytes, start..<(start + count))
    }
    try finish()
    return bytes
  }

  /// All elements as integers, whichever of the two types they are.
  package mutating func readIntegers() throws(DataError) -> [Int32] {
    let bytes = try readAll()
    switch header.element {
    case .uint8: return bytes.map(Int32.init)
    case .int32:
      return stride(from: 0, to: bytes.count, by: 4).map { start in
        Int32(bitPattern: bytes[start..<(start + 4)].reduce(0) { $0 << 8 | UInt32($1) })
      }
    }
  }
}
