/// Tries out, before hours are spent, whether a folder can be written into and has room.
package enum FolderProbe {
  /// Makes a file in the folder, removes it, and asks for `byteCount` bytes of room.
  ///
  /// - Throws: `.outOfSpace`, `.readOnly`, `.notPermitted` and so on, naming the folder.
  package static func check(
    _ folder: String, byteCount: Int, _ fileSystem: any FileSystem = PosixFileSystem()
  ) throws(FileError) {
    let path = Path.join(folder, ".probe.tmp.\(FileError.processNumber)")
    let free: Int
    do throws(SystemError) {
      let descriptor = try fileSystem.open(path, below: nil, for: .updating)
      defer { try? fileSystem.remove(path) }
      try fileSystem.close(descriptor)
      free = try fileSystem.freeByteCount(at: folder)
    } catch {
      throw FileError(error, "save into", path: folder)
    }
    if free >= byteCount { return }
    throw FileError(
      .outOfSpace, path: folder,
      "'\(folder)' has room for \(free) bytes, and what is to be saved there takes up to \(byteCount)",
      help: "free some space, or choose another folder")
  }
}
