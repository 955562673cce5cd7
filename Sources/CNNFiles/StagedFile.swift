/// A new file under a name that nobody looks for, until it is whole and takes the name it is meant for.
///
/// It lies in the directory of that name, since another file system could not be renamed from. Who lets go of it
/// without `place` leaves nothing behind.
///
///     let file = try StagedFile(for: path, number: 1, fileSystem)
///     try file.write(bytes)
///     try file.finish()                  // on the disk, and closed
///     try file.place()                   // renamed; what had the name is gone
package struct StagedFile: ~Copyable, Sendable {
  package let destination: String
  package let temporaryPath: String
  private var file: OpenFile
  private let fileSystem: any FileSystem
  private var isPlaced = false

  /// - Parameter number: tells files apart that one process stages at the same time for the same name.
  package init(
    for destination: String, number: Int = 0, _ fileSystem: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    self.destination = destination
    self.fileSystem = fileSystem
    let suffix = number == 0 ? "" : "-\(number)"
    temporaryPath = Path.join(
      Path.directory(of: destination),
      ".\(Path.name(of: destination))\(Self.mark)\(FileError.processNumber)\(suffix)")
    file = try Self.create(temporaryPath, for: destination, fileSystem)
  }

  private static let mark = ".tmp."

  /// Whether a name is one that a process which died in between has left.
  package static func isTemporary(_ name: String) -> Bool { name.hasPrefix(".") && name.contains(mark) }

  deinit {
    if !isPlaced { try? fileSystem.remove(temporaryPath) }
  }

  package func write(_ bytes: [UInt8]) throws(FileError) { try file.write(bytes) }

  package func setPermissions(_ permissions: UInt32) throws(FileError) {
    do throws(SystemError) {
      try fileSystem.setPermissions(permissions, of: file.descriptor)
    } catch {
      throw FileError(error, "write", path: destination)
    }
  }

  /// Waits until the bytes are on the disk, and closes the file: the last chance to hear that they did not arrive.
  package mutating func finish(synchronizes: Bool = true) throws(FileError) {
    if synchronizes { try file.synchronize() }
    try file.close()
  }

  /// Takes the name.
  /// - Precondition: `finish` has returned.
  package mutating func place() throws(FileError) {
    precondition(file.descriptor < 0, "a file that is not finished takes no name")
    do throws(SystemError) {
      try fileSystem.rename(temporaryPath, to: destination)
    } catch {
      throw FileError(error, "replace", path: destination)
    }
    isPlaced = true
  }

  private static func create(
    _ temporary: String, for path: String, _ fileSystem: any FileSystem
  ) throws(FileError) -> OpenFile {
    var descriptor: Int32
    do throws(SystemError) {
      do throws(SystemError) {
        descriptor = try fileSystem.open(temporary, below: nil, for: .creating)
      } catch  where error.isExisting {
        // What a dead process with this number left.
        try fileSystem.remove(temporary)
        descriptor = try fileSystem.open(temporary, below: nil, for: .creating)
      }
    } catch {
      throw FileError(error, "write", path: path)
    }
    return try OpenFile(taking: descriptor, path: path, fileSystem)
  }

  /// Makes new names in a directory survive a loss of power.
  /// - Parameter path: the file that errors name.
  package static func synchronizeDirectory(of path: String, _ fileSystem: any FileSystem) throws(FileError) {
    do throws(SystemError) {
      let descriptor = try fileSystem.open(Path.directory(of: path), below: nil, for: .directory)
      defer { try? fileSystem.close(descriptor) }
      do throws(SystemError) {
        try fileSystem.synchronize(descriptor)
      } catch  where error.isInvalidArgument {
        // Some file systems (FUSE, network ones) cannot force a directory to the disk.
      }
    } catch {
      throw FileError(error, "write", path: path)
    }
  }
}
