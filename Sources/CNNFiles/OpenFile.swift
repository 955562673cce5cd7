/// An open file, closed when its owner lets go of it.
///
/// Errors name the file as the caller knows it. Who writes must call `close()`, since an error on
/// closing is the last chance to hear that the bytes did not arrive.
package struct OpenFile: ~Copyable, Sendable {
  package let path: String
  package let status: FileStatus
  /// -1 once `close()` has been called.
  private(set) var descriptor: Int32
  let fileSystem: any FileSystem

  /// Takes over `descriptor`; closes it if its status cannot be had.
  init(taking descriptor: Int32, path: String, _ fileSystem: any FileSystem) throws(FileError) {
    do throws(SystemError) {
      status = try fileSystem.status(of: descriptor)
    } catch {
      try? fileSystem.close(descriptor)
      throw FileError(error, "look at", path: path)
    }
    self.path = path
    self.descriptor = descriptor
    self.fileSystem = fileSystem
  }

  deinit {
    if descriptor >= 0 { try? fileSystem.close(descriptor) }
  }

  /// Reads into `buffer[range]` until that is full or the file ends; returns the bytes read.
  package func read(into buffer: inout [UInt8], _ range: Range<Int>) throws(FileError) -> Int {
    var start = range.lowerBound
    do throws(SystemError) {
      while start < range.upperBound {
        let count = try fileSystem.read(descriptor, into: &buffer, start..<range.upperBound)
        if count == 0 { break }
        start += count
      }
    } catch {
      throw FileError(error, "read", path: path)
    }
    return start - range.lowerBound
  }

  /// Fills `buffer[range]` with what the file holds from `offset` on; returns the bytes read.
  ///
  /// Any number of threads may read so at once: where `read(into:_:)` has come to does not matter, nor change.
  package borrowing func read(
    into buffer: inout [UInt8], _ range: Range<Int>, at offset: Int
  ) throws(FileError) -> Int {
    var start = range.lowerBound
    do throws(SystemError) {
      while start < range.upperBound {
        let count = try fileSystem.read(
          descriptor, into: &buffer, start..<range.upperBound, at: offset + (start - range.lowerBound))
        if count == 0 { break }
        start += count
      }
    } catch {
      throw FileError(error, "read", path: path)
    }
    return start - range.lowerBound
  }

  /// The rest of the file, which is an error if it is longer than `limit` bytes.
  ///
  /// Never asks for more than `limit + 1` bytes, whatever the file says about its length.
  package func readToEnd(limit: Int) throws(FileError) -> [UInt8] {
    precondition(limit >= 0 && limit < Int.max, "limit of \(limit) bytes")
    var bytes: [UInt8] = []
    // The reported length is only a first guess: standard input and /proc report none.
    var capacity = min(limit, max(status.byteCount, 4095)) + 1
    while true {
      let filled = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: capacity - filled))
      let count = try read(into: &bytes, filled..<capacity)
      if filled + count < capacity {
        bytes.removeLast(capacity - filled - count)
        return bytes
      }
      if capacity > limit { break }
      capacity = min(limit, capacity.multipliedReportingOverflow(by: 2).partialValue) + 1
    }
    throw FileError(
      .tooLarge, path: path, "'\(path)' is longer than the \(limit) bytes that are read of it",
      help: "check that this is the file you mean")
  }

  /// Writes all of `bytes`, however many calls it takes.
  package func write(_ bytes: [UInt8]) throws(FileError) {
    var rest = bytes[...]
    do throws(SystemError) {
      while !rest.isEmpty {
        rest = rest.dropFirst(try fileSystem.write(rest, to: descriptor))
      }
    } catch {
      throw FileError(error, "write", path: path)
    }
  }

  /// Waits until what was written is on the disk.
  package func synchronize() throws(FileError) {
    do throws(SystemError) {
      try fileSystem.synchronize(descriptor)
    } catch {
      throw FileError(error, "write", path: path)
    }
  }

  /// Closes the file and reports what `deinit` would keep to itself.
  package mutating func close() throws(FileError) {
    let closing = descriptor
    descriptor = -1  // and nothing is left for `deinit`
    do throws(SystemError) {
      try fileSystem.close(closing)
    } catch {
      throw FileError(error, "close", path: path)
    }
  }
}
