/// Bytes read from their beginning to their end, decompressed on the way if they are compressed.
struct ByteSource: ~Copyable {
  /// How the bytes are stored.
  enum Coding: Sendable { case plain, gzip, deflate }

  let path: String
  let coding: Coding
  var isGzip: Bool { coding == .gzip }
  /// Bytes as they are stored.
  let storedByteCount: Int

  private let bytes: RandomBytes
  /// What of `bytes` has not been read yet.
  private var rest: Range<Int>
  private var inflate: Inflate?

  private static let chunkByteCount = 1 << 16

  /// A file, gzipped or not.
  ///
  /// What the first bytes say counts, not the name: browsers and proxies unpack files and leave
  /// `.gz` in the name, and the reverse.
  init(_ bytes: RandomBytes) throws(DataError) {
    var magic: [UInt8] = [0, 0]
    _ = try bytes.read(into: &magic, 0..<2, at: 0)
    try self.init(bytes, 0..<bytes.byteCount, magic == [0x1f, 0x8b] ? .gzip : .plain)
  }

  /// A part of a file.
  init(_ bytes: RandomBytes, _ range: Range<Int>, _ coding: Coding) throws(DataError) {
    self.bytes = bytes
    self.coding = coding
    path = bytes.path
    storedByteCount = range.count
    rest = range
    do throws(Inflate.Fault) {
      inflate =
        switch coding {
        case .plain: nil
        case .gzip: try Inflate()
        case .deflate: try Inflate(.bare)
        }
    } catch {
      throw Self.error(error, bytes.path, coding)
    }
  }

  /// Fills `buffer[range]` unless the content ends before; returns how many bytes there were.
  mutating func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(DataError) -> Int {
    var offset = range.lowerBound
    while offset < range.upperBound {
      let state: Inflate.State?
      do throws(Inflate.Fault) {
        state = try inflate?.pull(into: &buffer, at: &offset, end: range.upperBound)
      } catch {
        throw Self.error(error, path, coding)
      }
      switch state {
      case nil:
        let wanted = min(range.count, rest.count)
        let count = try bytes.read(into: &buffer, offset..<(offset + wanted), at: rest.lowerBound)
        rest = (rest.lowerBound + count)..<rest.upperBound
        return count
      case .full: return range.count
      case .ended:
        // More of the file than its first chunk may be waiting behind the end of the stream.
        if coding == .deflate { return offset - range.lowerBound }
        if try !pushNextChunk() { return offset - range.lowerBound }
      case .needsInput:
        if try !pushNextChunk() {
          throw DataError(
            .truncated, .source, "'\(path)' ends in the middle of its \(Self.name(coding)) stream",
            help: "copy or download the file again")
        }
      }
    }
    return range.count
  }

  /// Whether there were more stored bytes to push.
  private mutating func pushNextChunk() throws(DataError) -> Bool {
    var chunk = [UInt8](repeating: 0, count: min(Self.chunkByteCount, rest.count))
    let count = try bytes.read(into: &chunk, 0..<chunk.count, at: rest.lowerBound)
    if count == 0 { return false }
    rest = (rest.lowerBound + count)..<rest.upperBound
    chunk.resize(to: count)
    inflate?.push(chunk)
    return true
  }

  private static func name(_ coding: Coding) -> String { coding == .gzip ? "gzip" : "compressed" }

  private static func error(_ fault: Inflate.Fault, _ path: String, _ coding: Coding) -> DataError {
    let help = "copy or download the file again"
    let name = name(coding)
    return switch fault {
    case .corrupt(let text):
      DataError(.corruptGzip, .source, "the \(name) stream in '\(path)' is damaged: \(text)", help: help)
    case .trailingBytes:
      DataError(.trailingBytes, .source, "'\(path)' goes on after the end of its \(name) stream", help: help)
    case .outOfMemory:
      DataError(.tooLarge, .source, "there is no memory left to decompress '\(path)'")
    }
  }
}
