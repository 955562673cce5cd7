internal import CNNDiagnostics

/// An array of NumPy in a file of its own, or in an archive: its head, and the way to its elements.
struct NPYArray: Sendable {
  let header: NPYHeader
  /// The file and, of an archive, the member: `data.npz: x_train`.
  let path: String
  /// What is stored: the head, then the elements.
  private let bytes: RandomBytes
  private let range: Range<Int>
  private let coding: ByteSource.Coding
  private let crc: UInt32?

  /// A file, gzipped or not.
  init(_ bytes: RandomBytes) throws(DataError) {
    let source = try ByteSource(bytes)
    try self.init(bytes, 0..<bytes.byteCount, source.coding, path: bytes.path, byteCount: nil, crc: nil)
  }

  /// A member of an archive.
  init(_ member: ZIPArchive.Member, of archive: ZIPArchive) throws(DataError) {
    let name = member.name.hasSuffix(".npy") ? String(member.name.dropLast(4)) : member.name
    try self.init(
      archive.bytes, member.range, member.isDeflated ? .deflate : .plain, path: "\(archive.bytes.path): \(name)",
      byteCount: member.byteCount, crc: member.crc)
  }

  private init(
    _ bytes: RandomBytes, _ range: Range<Int>, _ coding: ByteSource.Coding, path: String, byteCount: Int?, crc: UInt32?
  ) throws(DataError) {
    var source = try ByteSource(bytes, range, coding)
    var head = [UInt8](repeating: 0, count: 12 + NPYHeader.mostHeaderBytes)
    head.resize(to: try source.read(into: &head, 0..<head.count))
    header = try NPYHeader(head, path: path)
    self.path = path
    self.bytes = bytes
    self.range = range
    self.coding = coding
    self.crc = crc
    let declared = header.byteCount + header.dataByteCount
    if let known = coding == .plain ? range.count : byteCount, known != declared {
      throw DataError(
        known < declared ? .truncated : .trailingBytes, .source,
        "'\(path)' is \(known.grouped) bytes long, and its header declares \(declared.grouped)",
        help: "copy or download the file again")
    }
    if coding == .gzip, range.count < declared / Inflate.largestRatio {
      throw DataError(
        .truncated, .source,
        "'\(path)' declares \(declared.grouped) bytes, which \(range.count.grouped) bytes of gzip cannot hold",
        help: "copy or download the file again")
    }
  }

  /// Why elements cannot be read at any place; `nil` if they can.
  var isSequentialSince: String? { coding == .plain ? nil : "'\(path)' is compressed" }

  /// Whether there is a checksum that only reading everything can be held against.
  var hasCheckSum: Bool { crc != nil }

  /// Reads record `index`, of the first axis, as it is stored.
  func read(_ index: Int, into record: inout [UInt8]) throws(DataError) {
    try bytes.fill(
      &record, count: header.recordByteCount,
      at: range.lowerBound + header.byteCount + index * header.recordByteCount)
  }

  /// Reads all records, one after the other, and holds them against the checksum that an archive has of them.
  func readAll(
    into record: inout [UInt8], _ body: (Int, inout [UInt8]) throws(DataError) -> Void
  ) throws(DataError) {
    var source = try ByteSource(bytes, range, coding)
    var sum = CRC32()
    var head = [UInt8](repeating: 0, count: header.byteCount)
    try fill(&head, from: &source)
    sum.add(head, 0..<head.count)
    for index in 0..<header.recordCount {
      record.resize(to: header.recordByteCount)
      try fill(&record, from: &source)
      if crc != nil { sum.add(record, 0..<record.count) }
      try body(index, &record)
    }
    var excess: [UInt8] = [0]
    if try source.read(into: &excess, 0..<1) > 0 {
      throw DataError(
        .trailingBytes, .source, "'\(path)' holds more than the \(header.text) that its header declares",
        help: "copy or download the file again")
    }
    if let crc, crc != sum.value {
      throw DataError(
        .corruptGzip, .source, "'\(path)' is damaged: its checksum is not that of its bytes",
        help: "copy or download the file again")
    }
  }

  private func fill(_ buffer: inout [UInt8], from source: inout ByteSource) throws(DataError) {
    if try source.read(into: &buffer, 0..<buffer.count) < buffer.count {
      throw DataError(
        .truncated, .source, "'\(path)' ends before the \(header.text) that its header declares",
        help: "copy or download the file again")
    }
  }

  /// All elements with the last axis running fastest, whichever way they are stored.
  ///
  /// - Throws: `.tooLarge` for more than `mostBytes`.
  func elements(mostBytes: Int) throws(DataError) -> [UInt8] {
    guard header.dataByteCount <= mostBytes else {
      throw DataError(
        .tooLarge, .source, "'\(path)' holds \(header.text), more than the \(mostBytes.grouped) bytes read at once",
        help: "store the array in C order, and uncompressed: `numpy.save(file, numpy.ascontiguousarray(array))`")
    }
    var all: [UInt8] = []
    var record: [UInt8] = []
    try readAll(into: &record) { _, record in all += record }
    return header.isFortranOrder ? reordered(all) : all
  }

  private func reordered(_ stored: [UInt8]) -> [UInt8] {
    let size = header.element.byteCount
    let extents = header.extents
    // Elements from one place along an axis to the next, as stored.
    var strides: [Int] = []
    for axis in extents.indices { strides.append(extents[..<axis].reduce(1, *)) }
    var result: [UInt8] = []
    result.reserveCapacity(stored.count)
    var place = [Int](repeating: 0, count: extents.count)
    for _ in 0..<(stored.count / size) {
      let start = zip(place, strides).reduce(0) { $0 + $1.0 * $1.1 } * size
      for index in start..<(start + size) { result.append(stored[index]) }
      for axis in extents.indices.reversed() {
        place[axis] += 1
        if place[axis] < extents[axis] { break }
        place[axis] = 0
      }
    }
    return result
  }
}
