import CNNExport
import CNNFiles

/// Where exported files go: a folder, or one file that the person named.
struct ExportPlace {
  private let folder: String
  /// What the only file is called, if it was named.
  private let fileName: String?
  private let overwrites: Bool

  /// Ends the command, before any work, if a file is in the way.
  ///
  /// - Parameters:
  ///   - out: a folder, or the path of the only file.
  ///   - names: of all files that will be made.
  ///   - source: the file that the model came from, which no export replaces.
  init(
    _ out: String?, default folder: String, names: [String], overwrites: Bool, protects source: String,
    _ console: Console
  ) throws {
    self.overwrites = overwrites
    if out == WrittenFile.standardOutput {
      console.fail("what is exported is a file, and not for stdout", help: "name a folder or a file with `--out`")
      throw Exit(.usage)
    }
    let isFolder = out.map { $0.hasSuffix("/") || FileAccess().status($0)?.kind == .directory } ?? true
    if let out, !isFolder, names.count == 1 {
      self.folder = Path.directory(of: out)
      fileName = Path.name(of: out)
    } else {
      self.folder = out ?? folder
      fileName = nil
    }
    if let out, !isFolder, fileName == nil, FileAccess().exists(out) || Self.isNamed(out, like: names) {
      console.fail(
        "\(names.count) files are made, and `--out` names one, '\(out)'",
        help: "name a folder, with a slash at its end if it is a new one")
      throw Exit(.usage)
    }
    for path in names.map(path(of:)) { try check(path, source, console) }
  }

  /// Whether a path has the extension of one of some files.
  private static func isNamed(_ path: String, like names: [String]) -> Bool {
    names.contains { name in name.lastIndex(of: ".").map { path.hasSuffix(name[$0...]) } ?? false }
  }

  private func check(_ path: String, _ source: String, _ console: Console) throws {
    let access = FileAccess()
    guard let status = try? access.fileSystem.status(of: path, below: nil, followingLinks: false) else { return }
    if let identity = access.status(path)?.identity, identity == access.status(source)?.identity {
      console.fail("'\(path)' is the file that the model comes from", help: "name another place with `--out`")
      throw Exit(.usage)
    }
    if overwrites, status.kind != .regular {
      let what =
        status.kind == .link ? "a symbolic link" : status.kind == .directory ? "a folder" : "a device or a pipe"
      console.fail("'\(path)' is \(what), not a file", help: "name the file itself")
      throw Exit(.usage)
    }
    if !overwrites {
      console.fail("'\(path)' is there already", help: "replace it with `--overwrite`, or name another with `--out`")
      throw Exit(.usage)
    }
  }

  private func path(of name: String) -> String { Path.join(folder, fileName ?? name) }

  /// Puts the files of a format in place, each as a whole, all of them or none.
  ///
  /// - Returns: their paths, in the order of `files`.
  func write(_ files: [ExportedFile]) throws(ExportError) -> [String] {
    let access = FileAccess()
    var made: [String] = []
    do throws(FileError) {
      try access.createDirectories(folder)
      for file in files {
        let path = path(of: file.name)
        let isNew = !access.exists(path)
        if !isNew, !overwrites {
          throw FileError(.exists, path: path, "'\(path)' is there already", help: "replace it with `--overwrite`")
        }
        try AtomicWrite.write(file.bytes, to: path)
        if isNew { made.append(path) }
      }
    } catch {
      for path in made { try? access.fileSystem.remove(path) }
      throw ExportError(error.message, help: error.help)
    }
    return files.map { path(of: $0.name) }
  }
}
