package import CNNFiles

extension RunDirectory {
  /// Where runs go unless told otherwise: below the current folder.
  package static let defaultRoot = "runs"

  /// More runs of one name than this are taken for a mistake.
  static let mostOfOneName = 100_000

  /// Makes `root/name`, or `root/name-2`, `root/name-3`, … if that is taken.
  ///
  /// Making a folder succeeds for one process only, so two that start at once get different ones.
  package static func create(
    name: String, root: String = defaultRoot, metricNames: [String], _ access: FileAccess = FileAccess()
  ) throws(FileError) -> RunDirectory {
    let base = Path.join(root.isEmpty ? defaultRoot : root, folderName(name))
    try access.createDirectories(Path.directory(of: base))
    var path = base
    var number = 1
    while true {
      do throws(FileError) {
        try access.createDirectory(path)
        break
      } catch {
        if error.code != .exists || number == mostOfOneName { throw error }
        number += 1
        path = "\(base)-\(number)"
      }
    }
    return try claimed(path, metricNames, access)
  }

  /// Makes exactly the folder at `path`, or takes it if it is there and empty.
  /// - Throws: `.exists` if it holds anything: nothing is ever overwritten.
  package static func create(
    at path: String, metricNames: [String], _ access: FileAccess = FileAccess()
  ) throws(FileError) -> RunDirectory {
    try access.createDirectories(Path.directory(of: path))
    do throws(FileError) {
      try access.createDirectory(path)
    } catch {
      guard error.code == .exists, access.status(path)?.kind == .directory else { throw error }
      guard try access.list(path).isEmpty else { throw taken(path) }
    }
    return try claimed(path, metricNames, access)
  }

  /// The folder for weights is made first: of two processes that found the same empty folder, one gets it.
  private static func claimed(
    _ path: String, _ metricNames: [String], _ access: FileAccess
  ) throws(FileError) -> RunDirectory {
    do throws(FileError) {
      try access.createDirectory(Path.join(path, weightsFolder))
    } catch {
      throw error.code == .exists ? taken(path) : error
    }
    return RunDirectory(existing: path, metricNames: metricNames, access)
  }

  private static func taken(_ path: String) -> FileError {
    FileError(
      .exists, path: path, "the folder '\(path)' is not empty", help: "name another one, or remove it first")
  }

  /// A spec's name as a folder: letters, digits, `_`, `.` and `-`, at most 64, a `-` for what is not among them.
  ///
  /// It starts with a letter, digit or `_`, so it is no hidden folder, no option, and never `..`.
  static func folderName(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars where result.utf8.count < 64 {
      let isPlain =
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": true
        default: false
        }
      if isPlain {
        result.unicodeScalars.append(scalar)
      } else if !result.hasSuffix("-") {
        result += "-"
      }
    }
    let start = result.drop { $0 == "." || $0 == "-" }
    let trimmed = start.reversed().drop { $0 == "." || $0 == "-" }.reversed()
    return trimmed.isEmpty ? "run" : String(trimmed)
  }
}
