internal import CNNData

/// A ZIP archive whose members are stored as they are (PKWARE's APPNOTE 6.3), as NumPy's `.npz` and Keras's `.keras`.
///
/// The same bytes for the same members: every one is dated 1980-01-01, the first day that the format has.
struct StoredZIP {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// What 32 bits can say, less what the directory may need.
  private static let byteLimit = Int(UInt32.max) - 1 << 24
  private static let memberLimit = 0xfffe

  /// Puts a member behind the others.
  /// - Throws: if the archive became longer than 32 bits can say.
  mutating func add(_ content: [UInt8], as name: String) throws(ExportError) {
    guard bytes.count + content.count < Self.byteLimit, count < Self.memberLimit else {
      throw ExportError(
        "a ZIP archive holds at most 4 GiB and \(Self.memberLimit) members here, and this model needs more",
        help: "`--to safetensors` has no such limit")
    }
    var sum = CRC32()
    sum.add(content, 0..<content.count)
    let name = Array(name.utf8)
    var head = LittleEndian()
    head.add(20, 2)  // version needed: 2.0
    head.add(name.allSatisfy { $0 < 0x80 } ? 0 : 0x800, 2)  // names in UTF-8
    head.add(0, 2)  // stored
    head.add(0, 2)  // midnight of
    head.add(0x21, 2)  // 1980-01-01
    head.add(Int(sum.value), 4)
    head.add(content.count, 4)
    head.add(content.count, 4)
    head.add(name.count, 2)
    head.add(0, 2)  // no extra field

    var entry = LittleEndian()
    entry.add(0x0201_4b50, 4)
    entry.add(20, 2)  // made by version 2.0
    entry.bytes += head.bytes
    entry.add(0, 2)  // no comment
    entry.add(0, 2)  // disk
    entry.add(0, 2)  // internal attributes
    entry.add(0, 4)  // external attributes
    entry.add(bytes.count, 4)
    directory += entry.bytes + name

    var local = LittleEndian()
    local.add(0x0403_4b50, 4)
    bytes += local.bytes + head.bytes + name
    bytes += content
    count += 1
  }

  /// The archive with its directory.
  consuming func finished() throws(ExportError) -> [UInt8] {
    var end = LittleEndian()
    end.add(0x0605_4b50, 4)
    end.add(0, 4)  // disks
    end.add(count, 2)
    end.add(count, 2)
    end.add(directory.count, 4)
    end.add(bytes.count, 4)
    end.add(0, 2)  // no comment
    return bytes + directory + end.bytes
  }
}

private struct LittleEndian {
  var bytes: [UInt8] = []

  mutating func add(_ value: Int, _ byteCount: Int) {
    for index in 0..<byteCount { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
  }
}
