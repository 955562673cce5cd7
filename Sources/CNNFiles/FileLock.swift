/// The right to be the one process that writes into a folder, for as long as this value lives.
///
/// A file that is locked (`flock`) and holds the number of the process and the name of its machine. The system lets go
/// of the lock when the process dies, however it dies; the file stays, and says nothing by being there.
package struct FileLock: ~Copyable, Sendable {
  private let file: OpenFile

  /// - Parameter owner: what the file is to say of who holds the lock.
  /// - Throws: `.locked` if another process, or another owner in this one, holds it.
  package init(
    _ path: String, owner: String, _ fileSystem: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try fileSystem.open(path, below: nil, for: .updating)
    } catch {
      throw FileError(error, "lock", path: path)
    }
    let opened = try OpenFile(taking: descriptor, path: path, fileSystem)
    try FileAccess.requireRegular(opened.status, path)
    var attempts = 0
    while true {
      do throws(SystemError) {
        try fileSystem.lock(opened.descriptor)
        break
      } catch {
        // A file system without locks, such as some of a network: better unlocked than no run at all.
        if error.isUnsupported { break }
        if !error.isLocked { throw FileError(error, "lock", path: path) }
        // Somebody who only looks, as `isHeld` does, is gone in a moment.
        attempts += 1
        if attempts == Self.mostAttempts { throw Self.held(path, by: opened) }
        PosixFileSystem.pause(milliseconds: 10)
      }
    }
    do throws(SystemError) {
      try fileSystem.truncate(opened.descriptor, to: 0)
    } catch {
      throw FileError(error, "lock", path: path)
    }
    try opened.write(Array("\(owner)\n".utf8))
    file = opened
  }

  /// Whether somebody holds the lock of this file now; `false` where there is no such file.
  package static func isHeld(_ path: String, _ access: FileAccess = FileAccess()) -> Bool {
    guard let file = try? access.openFile(path) else { return false }
    do throws(SystemError) {
      try access.fileSystem.lock(file.descriptor)
      return false
    } catch {
      return error.isLocked
    }
  }

  private static func held(_ path: String, by file: borrowing OpenFile) -> FileError {
    let folder = Path.directory(of: path)
    let text = (try? file.readToEnd(limit: ownerLimit)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    let owner = text.split(separator: "\n").first.map(String.init) ?? ""
    let isPlain = owner.unicodeScalars.allSatisfy { (0x20..<0x7F).contains($0.value) }
    return FileError(
      .locked, path: path,
      "another run\(owner.isEmpty || !isPlain ? "" : " (\(owner))") is writing into '\(folder)'",
      help: "wait for it, stop it, or name another folder")
  }

  private static let ownerLimit = 512
  private static let mostAttempts = 5
}
