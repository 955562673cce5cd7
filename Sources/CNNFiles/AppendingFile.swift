/// A file that grows at its end, such as `history.csv`.
///
/// Each record, such as a line, is one `write`, so a reader that follows the file sees whole ones, and a
/// run that is killed loses none that `append` returned from. A record that did not fit (disk full) is
/// cut off again, so that what is there stays readable.
package struct AppendingFile: ~Copyable, Sendable {
  private let file: OpenFile
  package private(set) var byteCount: Int

  /// Opens `path` at its end, or creates it.
  package init(_ path: String, _ fileSystem: any FileSystem = PosixFileSystem()) throws(FileError) {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try fileSystem.open(path, below: nil, for: .appending)
    } catch {
      throw FileError(error, "append to", path: path)
    }
    let opened = try OpenFile(taking: descriptor, path: path, fileSystem)
    try FileAccess.requireRegular(opened.status, path)
    byteCount = opened.status.byteCount
    file = opened
  }

  /// Whether nothing has been written yet, so that a header line is due.
  package var isEmpty: Bool { byteCount == 0 }

  /// Adds `line` and a line feed. The line holds none itself.
  package mutating func append(_ line: String) throws(FileError) {
    try append(Array(line.utf8) + [UInt8(ascii: "\n")])
  }

  /// Adds a record.
  package mutating func append(_ bytes: [UInt8]) throws(FileError) {
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      try? file.fileSystem.truncate(file.descriptor, to: byteCount)
      throw error
    }
    byteCount += bytes.count
  }

  /// Takes away what lies beyond the first `length` bytes.
  package mutating func cut(to length: Int) throws(FileError) {
    if length >= byteCount { return }
    do throws(SystemError) {
      try file.fileSystem.truncate(file.descriptor, to: max(0, length))
    } catch {
      throw FileError(error, "shorten", path: file.path)
    }
    byteCount = max(0, length)
  }

  /// Waits until the records are on the disk, as before a checkpoint that counts on them.
  package func synchronize() throws(FileError) { try file.synchronize() }
}
