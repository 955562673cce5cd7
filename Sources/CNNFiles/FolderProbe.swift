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
      "'\(folder)' has room for \(text(free)), and what is to be saved there takes up to \(text(byteCount))",
      help: "free some space, or choose another folder")
  }

  /// In units of 1024, rounded up to a tenth.
  private static func text(_ byteCount: Int) -> String {
    var size = Double(byteCount)
    var units = ["bytes", "KiB", "MiB", "GiB", "TiB"][...]
    if byteCount < 1024 { return "\(byteCount) bytes" }
    while size >= 1024, units.count > 1 {
      size /= 1024
      units.removeFirst()
    }
    return "\((size * 10).rounded(.up) / 10) \(units.first ?? "")"
  }
}
