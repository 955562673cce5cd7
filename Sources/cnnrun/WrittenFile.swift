import CNNFiles

/// A file that a command writes as a whole: a spec that it mends, a report.
enum WrittenFile {
  /// What stands for stdout, as it stands for stdin where something is read.
  static let standardOutput = "-"

  /// A text, to a file or to stdout, and then where it is.
  static func write(_ text: String, toFileOrOutput path: String, console: Console) throws {
    if path == standardOutput { return try console.result(text) }
    try write(Array(text.utf8), to: path, console: console)
    console.note("\(path)\n")
  }

  /// The old bytes or the new ones, whatever happens, with the permissions that the file had.
  ///
  /// - Throws: status 2 for what is no regular file, which a new one would replace: a link, a device.
  static func write(_ bytes: [UInt8], to path: String, console: Console) throws {
    let status = try? FileAccess().fileSystem.status(of: path, below: nil, followingLinks: false)
    if let kind = status?.kind, kind != .regular {
      let what = kind == .link ? "a symbolic link" : kind == .directory ? "a folder" : "a device or a pipe"
      console.fail("'\(path)' is \(what), not a file", help: "name the file itself")
      throw Exit(.usage)
    }
    do throws(FileError) {
      try AtomicWrite.write(bytes, to: path, permissions: status?.permissions)
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }
}
