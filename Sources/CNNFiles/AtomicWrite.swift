/// Replaces a file as a whole: after a crash at any point it holds the old bytes or the new ones.
///
/// The new bytes go to `.name.tmp.<process>` in the same directory, every write and the close are
/// checked, the file is forced to the disk before it takes the name, and the directory after. A
/// failure before the renaming removes the temporary file and leaves the old one; one after it (the
/// directory cannot be forced) is reported too.
///
/// One writer a path at a time; a temporary file of a dead process that had the same number is
/// replaced.
package enum AtomicWrite {
  /// - Parameters:
  ///   - permissions: those of the new file; `nil` for what new files usually get.
  ///   - synchronizes: false for what may be lost with the power, and can then be made again: any death of the process
  ///     leaves it whole all the same.
  package static func write(
    _ bytes: [UInt8], to path: String, _ fileSystem: any FileSystem = PosixFileSystem(), permissions: UInt32? = nil,
    synchronizes: Bool = true
  ) throws(FileError) {
    var file = try StagedFile(for: path, fileSystem)
    try file.write(bytes)
    if let permissions { try file.setPermissions(permissions) }
    try file.finish(synchronizes: synchronizes)
    try file.place()
    if synchronizes { try StagedFile.synchronizeDirectory(of: path, fileSystem) }
  }

  /// Writes over a small file in its place, which needs no room on a disk that has none; not atomic.
  package static func overwrite(
    _ bytes: [UInt8], at path: String, _ fileSystem: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    let descriptor: Int32
    do throws(SystemError) { descriptor = try fileSystem.open(path, below: nil, for: .updating) } catch {
      throw FileError(error, "write", path: path)
    }
    var file = try OpenFile(taking: descriptor, path: path, fileSystem)
    try FileAccess.requireRegular(file.status, path)
    try file.write(bytes)
    do throws(SystemError) { try fileSystem.truncate(file.descriptor, to: bytes.count) } catch {
      throw FileError(error, "write", path: path)
    }
    try file.close()
  }
}
