/// Opens, reads, lists and creates: the only way from a path to bytes.
///
/// In: paths that a person typed, or `ContainedPath`s that a spec holds. Out: bytes, or one
/// `FileError`. Must not know what the bytes mean.
///
///     let text = try FileAccess().readFile("net.yaml", limit: 1 << 20)
package struct FileAccess: Sendable {
  package let fileSystem: any FileSystem

  package init(_ fileSystem: any FileSystem = PosixFileSystem()) {
    self.fileSystem = fileSystem
  }

  /// The bytes of a regular file of at most `limit` bytes.
  /// - Throws: `.notRegularFile` for folders, FIFOs and devices, `.tooLarge` beyond the limit.
  package func readFile(_ path: String, limit: Int) throws(FileError) -> [UInt8] {
    let file = try openFile(path)
    return try file.readToEnd(limit: limit)
  }

  /// The bytes of a regular file at a path that a spec holds, below `root`.
  package func readFile(
    _ contained: ContainedPath, below root: String, limit: Int
  ) throws(FileError) -> [UInt8] {
    let file = try openFile(contained, below: root)
    return try file.readToEnd(limit: limit)
  }

  /// Standard input to its end, whatever kind of file it is, up to `limit` bytes.
  package func readStandardInput(limit: Int) throws(FileError) -> [UInt8] {
    let name = "standard input"
    // A copy, so that the owner that closes it leaves descriptor 0 alone.
    let file = try open(name) { () throws(SystemError) in try fileSystem.duplicateStandardInput() }
    return try file.readToEnd(limit: limit)
  }

  /// Opens a regular file to be read piece by piece.
  package func openFile(_ path: String) throws(FileError) -> OpenFile {
    let file = try open(path) { () throws(SystemError) in
      try fileSystem.open(path, below: nil, for: .reading)
    }
    try Self.requireRegular(file.status, path)
    return file
  }

  /// Opens a regular file at a path that a spec holds, below `root`, following no link on the way.
  package func openFile(_ contained: ContainedPath, below root: String) throws(FileError) -> OpenFile {
    let file = try contained.open(below: root, fileSystem)
    try Self.requireRegular(file.status, contained.shown(below: root))
    return file
  }

  /// Whether something that can be looked at has this path, links followed.
  package func exists(_ path: String) -> Bool { status(path) != nil }

  /// What kind of thing has this path, links followed; `nil` if there is none.
  package func status(_ path: String) -> FileStatus? {
    try? fileSystem.status(of: path, below: nil, followingLinks: true)
  }

  /// The same where it matters why nothing can be seen: `nil` if there is none.
  /// - Throws: what keeps it from being looked at, such as a folder that may not be entered.
  package func find(_ path: String) throws(FileError) -> FileStatus? {
    do throws(SystemError) { return try fileSystem.status(of: path, below: nil, followingLinks: true) } catch {
      if error.isMissing { return nil }
      throw FileError(error, "look at", path: path)
    }
  }

  /// Creates one directory, in a directory that exists.
  /// - Throws: `.exists` if anything has that name already: two runs never share a directory.
  package func createDirectory(_ path: String) throws(FileError) {
    do throws(SystemError) {
      try fileSystem.createDirectory(path)
    } catch {
      throw FileError(error, "create the folder", path: path)
    }
  }

  /// Creates what is missing of a directory and of those above it; content with what is there.
  package func createDirectories(_ path: String) throws(FileError) {
    if status(path)?.kind == .directory { return }
    let parent = Path.directory(of: path)
    if parent != path && parent != "." { try createDirectories(parent) }
    do throws(FileError) {
      try createDirectory(path)
    } catch {
      // Another process may have been faster.
      if error.code != .exists || status(path)?.kind != .directory { throw error }
    }
  }

  /// The names in a directory, sorted by their UTF-8 bytes.
  package func list(_ path: String) throws(FileError) -> [String] {
    let directory = try open(path) { () throws(SystemError) in
      try fileSystem.open(path, below: nil, for: .directory)
    }
    do throws(SystemError) {
      return try fileSystem.names(in: directory.descriptor)
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw FileError(error, "list", path: path)
    }
  }

  /// An entry of a folder: what kind of thing it is, links not followed, and how long.
  package struct Entry: Sendable, Equatable {
    package let name: String
    package let status: FileStatus
    /// Whether the name can be had as text; one that is not UTF-8 cannot, and nothing of that name be opened.
    package var isNamed = true
  }

  /// The entries of a folder at a path that a spec holds, below `root`, sorted by the UTF-8 bytes of their names.
  package func list(_ contained: ContainedPath, below root: String) throws(FileError) -> [Entry] {
    let folder = try contained.open(below: root, fileSystem, for: .directoryNoLinks)
    do throws(SystemError) {
      var entries: [Entry] = []
      var seen: Set<[UInt8]> = []
      for name in try fileSystem.names(in: folder.descriptor) {
        // A folder has no name twice: bytes that are no text were replaced by U+FFFD.
        if !seen.insert(Array(name.utf8)).inserted {
          entries.append(Entry(name: name, status: FileStatus(kind: .other, byteCount: 0), isNamed: false))
          continue
        }
        do throws(SystemError) {
          let status = try fileSystem.status(of: name, below: folder.descriptor, followingLinks: false)
          entries.append(Entry(name: name, status: status))
        } catch {
          // The same, and there is nothing of the new name.
          guard error.isMissing, name.contains("\u{FFFD}") else { throw error }
          entries.append(Entry(name: name, status: FileStatus(kind: .other, byteCount: 0), isNamed: false))
        }
      }
      return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    } catch {
      throw FileError(error, "list", path: contained.shown(below: root))
    }
  }

  private func open(_ path: String, _ call: () throws(SystemError) -> Int32) throws(FileError) -> OpenFile {
    let descriptor: Int32
    do throws(SystemError) {
      descriptor = try call()
    } catch {
      throw FileError(error, "open", path: path)
    }
    return try OpenFile(taking: descriptor, path: path, fileSystem)
  }

  static func requireRegular(_ status: FileStatus, _ path: String) throws(FileError) {
    if status.kind == .regular { return }
    let kind = status.kind == .directory ? "a folder" : "a device or a pipe"
    throw FileError(
      .notRegularFile, path: path, "'\(path)' is \(kind), not a file", help: "name a regular file")
  }
}
