/// Replaces a file as a whole: after a crash at any point it holds the old bytes or the new ones.
///
/// The new bytes go to `.name.tmp.<process>` in the same directory (another file system could not
/// be renamed from), every write and the close are checked, the file is forced to the disk before
/// it takes the name, and the directory after. A failure before the renaming removes the temporary
/// file and leaves the old one; one after it (the directory cannot be forced) is reported too.
///
/// One writer a path at a time; a temporary file of a dead process that had the same number is
/// replaced.
package enum AtomicWrite {
  /// - Parameter permissions: those of the new file; `nil` for what new files usually get.
  package static func write(
    _ bytes: [UInt8], to path: String, _ fileSystem: any FileSystem = PosixFileSystem(), permissions: UInt32? = nil
  ) throws(FileError) {
    let directory = Path.directory(of: path)
    let temporary = Path.join(directory, ".\(Path.name(of: path)).tmp.\(FileError.processNumber)")
    let file = try create(temporary, for: path, fileSystem)
    do throws(FileError) {
      try file.write(bytes)
      if let permissions {
        do throws(SystemError) {
          try fileSystem.setPermissions(permissions, of: file.descriptor)
        } catch {
          throw FileError(error, "write", path: path)
        }
      }
      try file.synchronize()
      try file.close()
      do throws(SystemError) {
        try fileSystem.rename(temporary, to: path)
      } catch {
        throw FileError(error, "replace", path: path)
      }
    } catch {
      try? fileSystem.remove(temporary)
      throw error
    }
    try synchronizeDirectory(directory, of: path, fileSystem)
  }

  private static func create(
    _ temporary: String, for path: String, _ fileSystem: any FileSystem
  ) throws(FileError) -> OpenFile {
    var descriptor: Int32
    do throws(SystemError) {
      do throws(SystemError) {
        descriptor = try fileSystem.open(temporary, below: nil, for: .creating)
      } catch  where error.isExisting {
        try fileSystem.remove(temporary)
        descriptor = try fileSystem.open(temporary, below: nil, for: .creating)
      }
    } catch {
      throw FileError(error, "write", path: path)
    }
    return try OpenFile(taking: descriptor, path: path, fileSystem)
  }

  /// Makes the new name itself survive a loss of power.
  private static func synchronizeDirectory(
    _ directory: String, of path: String, _ fileSystem: any FileSystem
  ) throws(FileError) {
    do throws(SystemError) {
      let descriptor = try fileSystem.open(directory, below: nil, for: .directory)
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
