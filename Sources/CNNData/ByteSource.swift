import CNNFiles

/// The bytes of a file, decompressed on the way if they are gzip.
///
/// What the first bytes say counts, not the name: browsers and proxies unpack files and leave
/// `.gz` in the name, and the reverse.
struct ByteSource: ~Copyable {
  let path: String
  let isGzip: Bool
  /// Bytes of the file as it is stored.
  let storedByteCount: Int

  private let file: OpenFile
  private var inflate: Inflate?
  /// What was read to find out the kind, until it has been passed on; empty for gzip.
  private var first: ArraySlice<UInt8>

  private static let chunkByteCount = 1 << 16

  init(_ file: consuming OpenFile) throws(DataError) {
    let (path, byteCount) = (file.path, file.status.byteCount)
    var chunk = [UInt8](repeating: 0, count: min(Self.chunkByteCount, max(byteCount, 0)))
    do throws(FileError) {
      let count = try file.read(into: &chunk, 0..<chunk.count)
      chunk.removeLast(chunk.count - count)
    } catch {
      throw DataError(error)
    }
    let isGzip = chunk.starts(with: [0x1f, 0x8b])
    var inflate = isGzip ? try Self.makeInflate(path) : nil
    if isGzip { inflate?.push(chunk) }
    self.path = path
    self.isGzip = isGzip
    storedByteCount = byteCount
    first = isGzip ? [] : chunk[...]
    self.inflate = consume inflate
    self.file = file
  }

  private static func makeInflate(_ path: String) throws(DataError) -> Inflate {
    do throws(Inflate.Fault) {
      return try Inflate()
    } catch {
      throw Self.error(error, path)
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
        throw Self.error(error, path)
      }
      switch state {
      case nil:
        offset += try readPlain(into: &buffer, offset..<range.upperBound)
        return offset - range.lowerBound
      case .full: return range.count
      case .ended:
        // More of the file than its first chunk may be waiting behind the end of the stream.
        if try !pushNextChunk() { return offset - range.lowerBound }
      case .needsInput:
        if try !pushNextChunk() {
          throw DataError(
            .truncated, .source, "'\(path)' ends in the middle of its gzip stream",
            help: "copy or download the file again")
        }
      }
    }
    return range.count
  }

  private mutating func readPlain(
    into buffer: inout [UInt8], _ range: Range<Int>
  ) throws(DataError) -> Int {
    let start = range.lowerBound + min(first.count, range.count)
    buffer.replaceSubrange(range.lowerBound..<start, with: first.prefix(range.count))
    first = first.dropFirst(range.count)
    do throws(FileError) {
      return start - range.lowerBound + (try file.read(into: &buffer, start..<range.upperBound))
    } catch {
      throw DataError(error)
    }
  }

  /// Whether there were more stored bytes to push.
  private mutating func pushNextChunk() throws(DataError) -> Bool {
    var chunk = [UInt8](repeating: 0, count: Self.chunkByteCount)
    do throws(FileError) {
      let count = try file.read(into: &chunk, 0..<chunk.count)
      if count == 0 { return false }
      chunk.removeLast(chunk.count - count)
    } catch {
      throw DataError(error)
    }
    inflate?.push(chunk)
    return true
  }

  private static func error(_ fault: Inflate.Fault, _ path: String) -> DataError {
    let help = "copy or download the file again"
    return switch fault {
    case .corrupt(let text):
      DataError(.corruptGzip, .source, "the gzip stream in '\(path)' is damaged: \(text)", help: help)
    case .trailingBytes:
      DataError(.trailingBytes, .source, "'\(path)' goes on after the end of its gzip stream", help: help)
    case .outOfMemory:
      DataError(.tooLarge, .source, "there is no memory left to decompress '\(path)'")
    }
  }
}
