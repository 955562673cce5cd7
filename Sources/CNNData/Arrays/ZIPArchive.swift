internal import CNNDiagnostics

/// The members of a ZIP archive (PKWARE's APPNOTE 6.3), as `numpy.savez` and Keras write them: stored or deflated, ZIP64 or not.
///
/// Only the directory at the end counts, and each member's own head must agree with it. Nothing is unpacked to disk;
/// names are keys and never paths. Members that overlap, several of one name, encryption and archives in parts are
/// refused.
package struct ZIPArchive: Sendable {
  package struct Member: Sendable {
    package let name: String
    let isDeflated: Bool
    let crc: UInt32
    /// Bytes of the content.
    package let byteCount: Int
    /// Where the content stands in the archive, as it is stored.
    let range: Range<Int>
  }

  let bytes: RandomBytes
  package let members: [Member]

  private static let mostMembers = 10_000
  private static let endByteCount = 22
  private static let mostCommentBytes = 65_535

  /// - Parameters:
  ///   - format: what the file is meant to be, for messages.
  ///   - remedy: how to come by a file that is one.
  package init(
    _ bytes: RandomBytes, as format: String = "NPZ", remedy: String = "save the arrays with `numpy.savez`"
  ) throws(DataError) {
    self.bytes = bytes
    let fields = ZIPFields(bytes)
    let end = try Self.directory(fields, format, remedy)
    guard end.count <= Self.mostMembers else {
      throw fields.fault("holds \(end.count.grouped) members, and \(Self.mostMembers.grouped) at most are read")
    }
    var members: [Member] = []
    var offset = end.range.lowerBound
    for _ in 0..<end.count { members.append(try Self.member(fields, &offset, end.range)) }
    guard offset == end.range.upperBound else { throw fields.fault("has a directory of another length than it says") }
    var names: Set<String> = []
    for member in members where !names.insert(member.name).inserted {
      throw fields.fault("holds two members called '\(member.name)'")
    }
    let sorted = members.sorted { $0.range.lowerBound < $1.range.lowerBound }
    for (one, next) in zip(sorted, sorted.dropFirst()) where one.range.upperBound > next.range.lowerBound {
      throw fields.fault("has members that overlap, '\(one.name)' and '\(next.name)'")
    }
    self.members = members
  }

  /// The whole content of a member, its checksum tested.
  /// - Throws: also for one of more than `limit` bytes, before any is read.
  package func content(of member: Member, limit: Int) throws(DataError) -> [UInt8] {
    let fields = ZIPFields(bytes)
    guard member.byteCount <= limit else {
      throw fields.fault("holds '\(member.name)' of \(member.byteCount.grouped) bytes, and \(limit.grouped) are read")
    }
    var source = try ByteSource(bytes, member.range, member.isDeflated ? .deflate : .plain)
    var content = [UInt8](repeating: 0, count: member.byteCount)
    let count = try source.read(into: &content, 0..<member.byteCount)
    var rest: [UInt8] = [0]
    guard count == member.byteCount, try source.read(into: &rest, 0..<1) == 0 else {
      throw fields.fault("holds '\(member.name)', which has another length than it says")
    }
    var sum = CRC32()
    sum.add(content, 0..<count)
    guard sum.value == member.crc else { throw fields.fault("holds '\(member.name)', whose checksum is wrong") }
    return content
  }

  /// Where the directory is, and how many members it lists: by the record at the end of the file.
  private static func directory(
    _ fields: ZIPFields, _ format: String, _ remedy: String
  ) throws(DataError) -> (range: Range<Int>, count: Int) {
    let size = fields.bytes.byteCount
    let tailCount = min(size, endByteCount + mostCommentBytes)
    var tail: [UInt8] = []
    try fields.bytes.fill(&tail, count: tailCount, at: size - tailCount)
    let isWeb = IDXHeader.looksLikeMarkup(Array(tail.prefix(64))) && tailCount == size
    if isWeb {
      throw DataError(
        .looksLikeHTML, .source, "'\(fields.bytes.path)' looks like HTML, not \(format)",
        help: "a web page was saved in place of the file; download the file itself")
    }
    // The record's own comment reaches exactly to the end of the file.
    let place = (0...max(0, tailCount - endByteCount)).reversed().first { place in
      tail.count >= place + endByteCount && tail[place...].starts(with: [0x50, 0x4b, 0x05, 0x06])
        && place + endByteCount + Int(tail[place + 20]) + Int(tail[place + 21]) << 8 == tailCount
    }
    guard let place else {
      throw fields.fault("is no ZIP archive, or is cut off at its end", remedy)
    }
    let start = size - tailCount + place
    var head = try fields.numbers(at: start, [4, 2, 2, 2, 2, 4, 4, 2])
    if head[3] == 0xffff || head[5] == 0xffff_ffff || head[6] == 0xffff_ffff {
      let locator = try fields.numbers(at: start - 20, [4, 4, 8, 4])
      guard locator[0] == 0x0706_4b50 else { throw fields.fault("lacks the locator of its ZIP64 record") }
      let long = try fields.numbers(at: locator[2], [4, 8, 2, 2, 4, 4, 8, 8, 8, 8])
      guard long[0] == 0x0606_4b50 else { throw fields.fault("lacks its ZIP64 record") }
      head = [head[0], long[4], long[5], long[6], long[7], long[8], long[9], 0]
    }
    guard head[1] == 0, head[2] == 0, head[3] == head[4] else { throw fields.fault("is one part of several") }
    let (upper, overflows) = head[6].addingReportingOverflow(head[5])
    guard !overflows, upper <= start else { throw fields.fault("has a directory that reaches beyond its end") }
    return (head[6]..<upper, head[4])
  }

  /// The member that the directory has at `offset`, which moves on to the next.
  private static func member(
    _ fields: ZIPFields, _ offset: inout Int, _ directory: Range<Int>
  ) throws(DataError) -> Member {
    guard offset + 46 <= directory.upperBound else { throw fields.fault("has a directory that is cut off") }
    let head = try fields.numbers(at: offset, [4, 2, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4])
    guard head[0] == 0x0201_4b50 else { throw fields.fault("has a directory that is damaged") }
    let (flags, method) = (head[3], head[4])
    let next = offset + 46 + head[10] + head[11] + head[12]
    guard next <= directory.upperBound else { throw fields.fault("has a directory that is cut off") }
    let name = try fields.text(at: offset + 46, count: head[10])
    guard flags & 1 == 0 else { throw fields.fault("holds '\(name)', which is encrypted") }
    guard method == 0 || method == 8 else {
      throw fields.fault("holds '\(name)', compressed in a way (\(method)) that is not read")
    }
    var (stored, content, start) = (head[8], head[9], head[16])
    try Self.readZIP64(
      fields, at: offset + 46 + head[10], count: head[11], content: &content, stored: &stored, start: &start)
    offset = next

    let local = try fields.numbers(at: start, [4, 2, 2, 2, 2, 2, 4, 4, 4, 2, 2])
    guard local[0] == 0x0403_4b50, local[3] == method else {
      throw fields.fault("holds '\(name)', whose head does not agree with the directory")
    }
    guard try fields.text(at: start + 30, count: local[9]) == name else {
      throw fields.fault("holds '\(name)', whose head has another name")
    }
    let begin = start + 30 + local[9] + local[10]
    let (end, overflows) = begin.addingReportingOverflow(stored)
    guard !overflows, end <= directory.lowerBound else {
      throw fields.fault("holds '\(name)', which reaches beyond its place")
    }
    guard method == 8 ? content / Inflate.largestRatio <= stored : content == stored else {
      throw fields.fault("declares \(content.grouped) bytes for '\(name)', which \(stored.grouped) cannot hold")
    }
    return Member(name: name, isDeflated: method == 8, crc: UInt32(head[7]), byteCount: content, range: begin..<end)
  }

  /// Sizes and places that do not fit into 32 bits stand in an extra field, in this order, each only if it is needed.
  private static func readZIP64(
    _ fields: ZIPFields, at offset: Int, count: Int, content: inout Int, stored: inout Int, start: inout Int
  ) throws(DataError) {
    var place = offset
    let end = offset + count
    while place + 4 <= end {
      let head = try fields.numbers(at: place, [2, 2])
      guard place + 4 + head[1] <= end else { throw fields.fault("has an extra field that is cut off") }
      if head[0] == 1 {
        var next = place + 4
        let last = next + head[1]
        func long(_ value: inout Int) throws(DataError) {
          if value != 0xffff_ffff { return }
          guard next + 8 <= last else { throw fields.fault("has a ZIP64 field that is cut off") }
          value = try fields.numbers(at: next, [8])[0]
          next += 8
        }
        try long(&content)
        try long(&stored)
        try long(&start)
      }
      place += 4 + head[1]
    }
  }
}

/// Little-endian numbers and names of a ZIP archive.
private struct ZIPFields {
  let bytes: RandomBytes

  init(_ bytes: RandomBytes) { self.bytes = bytes }

  func fault(_ message: String, _ help: String? = "copy or download the file again") -> DataError {
    DataError(.badArchive, .source, "'\(bytes.path)' \(message)", help: help)
  }

  private func slice(at offset: Int, count: Int) throws(DataError) -> [UInt8] {
    guard offset >= 0, offset <= bytes.byteCount - count else { throw fault("is cut off, or damaged") }
    var slice: [UInt8] = []
    try bytes.fill(&slice, count: count, at: offset)
    return slice
  }

  /// Numbers of these many bytes each, one after the other.
  /// - Throws: also for one beyond 2^62.
  func numbers(at offset: Int, _ sizes: [Int]) throws(DataError) -> [Int] {
    let slice = try slice(at: offset, count: sizes.reduce(0, +))
    var place = 0
    var numbers: [Int] = []
    for size in sizes {
      let value = slice[place..<(place + size)].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard value < 1 << 62 else { throw fault("is damaged: it declares \(value) bytes") }
      numbers.append(Int(value))
      place += size
    }
    return numbers
  }

  func text(at offset: Int, count: Int) throws(DataError) -> String {
    let bytes = try slice(at: offset, count: count)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw fault(
        "has a member whose name is not UTF-8, '\(String(decoding: bytes, as: UTF8.self))'",
        "give it a name in UTF-8, as `numpy.savez` does")
    }
    return text
  }
}
