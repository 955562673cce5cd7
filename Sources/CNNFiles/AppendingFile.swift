/// A file of lines that grows at its end, such as `history.csv`.
///
/// Each line is one `write`, so a reader that follows the file sees whole lines, and a run that is
/// killed loses none that `append` returned from. A line that did not fit (disk full) is cut off
/// again, so that what is there stays readable.
package struct AppendingFile: ~Copyable, Sendable {
  private let file: OpenFile
  private var byteCount: Int

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
    let bytes = Array(line.utf8) + [UInt8(ascii: "\n")]
    do throws(FileError) {
      try file.write(bytes)
    } catch {
      try? file.fileSystem.truncate(file.descriptor, to: byteCount)
      throw error
    }
    byteCount += bytes.count
  }

  /// Waits until the lines are on the disk, as before a checkpoint that counts on them.
  package func synchronize() throws(FileError) { try file.synchronize() }
}
