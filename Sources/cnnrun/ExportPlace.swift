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
  ///   - protects: the file that the model came from, which no export replaces.
  init(
    _ out: String?, default folder: String, names: [String], overwrites: Bool, protects source: String,
    _ console: Console
  ) throws {
    self.overwrites = overwrites
    let isFolder = out.map { $0.hasSuffix("/") || FileAccess().status($0)?.kind == .directory } ?? true
    if let out, !isFolder, names.count == 1 {
      self.folder = Path.directory(of: out)
      fileName = Path.name(of: out)
    } else {
      self.folder = out ?? folder
      fileName = nil
    }
    if let out, fileName == nil, let status = FileAccess().status(out), status.kind != .directory {
      console.fail(
        "\(names.count) files are made, and '\(out)' is a file", help: "name a folder with `--out`, or leave it out")
      throw Exit(.usage)
    }
    for path in names.map(path(of:)) {
      if FileAccess().isSameFile(path, source) {
        console.fail(
          "'\(path)' is the file that the model comes from", help: "name another place with `--out`")
        throw Exit(.usage)
      }
      if !overwrites, FileAccess().exists(path) {
        console.fail("'\(path)' is there already", help: "replace it with `--overwrite`, or name another with `--out`")
        throw Exit(.usage)
      }
    }
  }

  private func path(of name: String) -> String { Path.join(folder, fileName ?? name) }

  /// Puts files in place, each as a whole; returns their paths.
  func write(_ files: [ExportedFile]) throws(ExportError) -> [String] {
    do throws(FileError) {
      try FileAccess().createDirectories(folder)
      var staged: [String] = []
      for file in files {
        let path = path(of: file.name)
        if !overwrites, FileAccess().exists(path) {
          throw FileError(.exists, path: path, "'\(path)' is there already", help: "replace it with `--overwrite`")
        }
        try AtomicWrite.write(file.bytes, to: path)
        staged.append(path)
      }
      return staged
    } catch {
      throw ExportError(error.message, help: error.help)
    }
  }
}

extension FileAccess {
  /// Whether two paths lead to one file; false where either is not there.
  fileprivate func isSameFile(_ one: String, _ other: String) -> Bool {
    guard let one = status(one)?.identity, let other = status(other)?.identity else { return false }
    return one == other
  }
}
