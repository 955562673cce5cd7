import CNNFiles

/// Bytes that can be read from any place on, by any number of threads: a file's, or some held in memory.
package enum RandomBytes: Sendable {
  case file(SharedFile)
  /// - Parameter path: what they are called in messages.
  case memory([UInt8], path: String)

  init(_ file: consuming OpenFile) { self = .file(SharedFile(file)) }

  var byteCount: Int {
    switch self {
    case .file(let shared): shared.file.status.byteCount
    case .memory(let bytes, _): bytes.count
    }
  }

  var path: String {
    switch self {
    case .file(let shared): shared.file.path
    case .memory(_, let path): path
    }
  }

  /// Fills `buffer[range]` with what is there from `offset` on; returns the bytes read, fewer only at the end.
  func read(into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int) throws(DataError) -> Int {
    switch self {
    case .file(let shared):
      do throws(FileError) {
        return try shared.file.read(into: &buffer, range, at: offset)
      } catch {
        throw DataError(error)
      }
    case .memory(let bytes, _):
      let start = min(offset, bytes.count)
      let count = min(range.count, bytes.count - start)
      buffer.replaceSubrange(range.prefix(count), with: bytes[start..<(start + count)])
      return count
    }
  }

  /// Fills all of `buffer`, made `count` long, with the bytes from `offset` on.
  /// - Throws: `.truncated` if they end before.
  func fill(_ buffer: inout [UInt8], count: Int, at offset: Int) throws(DataError) {
    buffer.resize(to: count)
    if try read(into: &buffer, 0..<count, at: offset) < count {
      throw DataError(
        .truncated, .source, "'\(path)' became shorter while it was read", help: "copy or download the file again")
    }
  }
}

/// An open file that several threads read.
package final class SharedFile: Sendable {
  let file: OpenFile

  init(_ file: consuming OpenFile) { self.file = file }
}

extension [UInt8] {
  /// Makes the array this long, with zeros where it grows; keeps its memory.
  mutating func resize(to count: Int) {
    if count < self.count {
      removeLast(self.count - count)
    } else if count > self.count {
      append(contentsOf: repeatElement(0, count: count - self.count))
    }
  }
}

/// A few thousand bytes of a longer whole, moved to where a reader looks.
struct ByteWindow {
  let bytes: RandomBytes
  private var content: [UInt8] = []
  private var start = 0
  private static let byteCount = 4096

  init(_ bytes: RandomBytes) { self.bytes = bytes }

  /// The `count` bytes from `offset` on; fewer at the end.
  mutating func slice(at offset: Int, count: Int) throws(DataError) -> ArraySlice<UInt8> {
    if offset < start || offset - start > content.count - count {
      content.resize(to: max(count, Self.byteCount))
      let length = try bytes.read(into: &content, 0..<content.count, at: offset)
      content.resize(to: length)
      start = offset
    }
    let first = offset - start
    return content[first..<min(content.count, first + count)]
  }
}
