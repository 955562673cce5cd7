internal import CNNData

/// A ZIP archive of stored members (PKWARE's APPNOTE 6.3), the same bytes for the same members: every date is the
/// format's first, 1980-01-01.
struct ZIPWriter {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// - Precondition: names are unique ASCII.
  /// - Throws: for an archive of 4 GiB or more, which takes another form of the format.
  mutating func add(_ name: String, _ content: [UInt8]) throws(ExportError) {
    guard let size = UInt32(exactly: content.count), let start = UInt32(exactly: bytes.count) else {
      throw ExportError("the archive would have more than 4 GiB, which is not written")
    }
    var sum = CRC32()
    sum.add(content, 0..<content.count)
    // Version, flags, method (stored), time, date.
    var shared: [UInt8] = Self.little(20, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 2)
    shared += Self.little(0x21, 2) + Self.little(sum.value, 4) + Self.little(size, 4) + Self.little(size, 4)
    shared += Self.little(UInt32(name.utf8.count), 2) + Self.little(0, 2)
    bytes += Self.little(0x0403_4b50, 4) + shared + Array(name.utf8) + content
    directory += Self.little(0x0201_4b50, 4) + Self.little(20, 2) + shared
    // Comment, disk, attributes; then where the member's own head is.
    directory += Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 2) + Self.little(0, 4)
    directory += Self.little(start, 4) + Array(name.utf8)
    count += 1
  }

  func archive() throws(ExportError) -> [UInt8] {
    guard let start = UInt32(exactly: bytes.count) else {
      throw ExportError("the archive would have more than 4 GiB, which is not written")
    }
    let number = Self.little(UInt32(count), 2)
    let end =
      Self.little(0x0605_4b50, 4) + Self.little(0, 4) + number + number + Self.little(UInt32(directory.count), 4)
      + Self.little(start, 4) + Self.little(0, 2)
    return bytes + directory + end
  }

  private static func little(_ value: UInt32, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) }
  }
}
