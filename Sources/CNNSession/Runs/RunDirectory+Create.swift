package import CNNFiles

extension RunDirectory {
  /// Where runs go unless told otherwise: below the current folder.
  package static let defaultRoot = "runs"

  /// More runs of one name than this are taken for a mistake.
  static let mostOfOneName = 100_000

  /// Makes `root/name`, or `root/name-2`, `root/name-3`, … if that is taken.
  ///
  /// Making a folder succeeds for one process only, so two that start at once get different ones. `latest` is another
  /// run's until `linkLatest`.
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
    return try claimed(path, metricNames, isMade: true, access)
  }

  /// Makes exactly the folder at `path`, or takes it if it is there and holds no more than a run leaves that was killed
  /// before it began.
  /// - Throws: `.exists` if it holds anything else: nothing is ever overwritten. `.locked` if a run is at work in it.
  package static func create(
    at path: String, metricNames: [String], _ access: FileAccess = FileAccess()
  ) throws(FileError) -> RunDirectory {
    try access.createDirectories(Path.directory(of: path))
    var isMade = true
    do throws(FileError) {
      try access.createDirectory(path)
    } catch {
      isMade = false
      guard error.code == .exists, access.status(path)?.kind == .directory else { throw error }
      guard try isUnused(path, access) else { throw taken(path) }
    }
    let directory = try claimed(path, metricNames, isMade: isMade, access)
    // Another run may have come and gone between the look and the lock.
    guard try isUnused(path, access) else { throw taken(path) }
    return directory
  }

  /// Takes over the folder of a run that was stopped.
  /// - Throws: `.locked` if it is still at work; what is wrong with the folder.
  package static func open(_ path: String, _ access: FileAccess = FileAccess()) throws(FileError) -> RunDirectory {
    guard let status = try access.find(path) else {
      throw FileError(
        .notFound, path: path, "there is no run '\(path)'", help: "`cnnrun runs` lists those that are there")
    }
    guard status.kind == .directory else {
      throw FileError(.notDirectory, path: path, "'\(path)' is no folder", help: "name the folder of a run")
    }
    guard try access.find(Path.join(path, checkpointFolder)) != nil else {
      throw FileError(
        .notFound, path: path, "'\(path)' is not the folder of a run that can go on: it has no checkpoints",
        help: "`cnnrun runs` lists those that can")
    }
    return try claimed(path, [], isMade: false, access)
  }

  /// Whether a run is at work in the folder.
  package static func isInUse(_ path: String, _ access: FileAccess = FileAccess()) -> Bool {
    FileLock.isHeld(Path.join(path, lockName), access)
  }

  /// Whether a folder is a run's: it has a place for checkpoints or for weights.
  package static func isRun(_ path: String, _ access: FileAccess = FileAccess()) -> Bool {
    [checkpointFolder, weightsFolder].contains { access.status(Path.join(path, $0))?.kind == .directory }
  }

  static let lockName = ".lock"

  /// Takes the lock, of which there is one, makes the folders for weights and checkpoints, and tidies up.
  private static func claimed(
    _ path: String, _ metricNames: [String], isMade: Bool, _ access: FileAccess
  ) throws(FileError) -> RunDirectory {
    let host = HostSystem.name
    let lock = RunLock(
      try FileLock(
        Path.join(path, lockName), owner: "process \(HostSystem.processNumber)\(host.isEmpty ? "" : " on \(host)")",
        access.fileSystem))
    for folder in [weightsFolder, checkpointFolder] { try access.createDirectories(Path.join(path, folder)) }
    removeLeftovers(path, access)
    return RunDirectory(path, metricNames: metricNames, lock: lock, isMade: isMade, access)
  }

  /// Removes files that processes which died were about to put in place, in the folders that callbacks name, too.
  ///
  /// - Parameter levels: of folders below; names of a spec do not lead deeper than a path may be long.
  private static func removeLeftovers(_ folder: String, levels: Int = 32, _ access: FileAccess) {
    for name in (try? access.list(folder)) ?? [] {
      let path = Path.join(folder, name)
      if StagedFile.isTemporary(name) {
        try? access.fileSystem.remove(path)
      } else if levels > 0, let status = try? access.fileSystem.status(of: path, below: nil, followingLinks: false),
        status.kind == .directory
      {
        removeLeftovers(path, levels: levels - 1, access)
      }
    }
  }

  /// Whether the folder is empty, or holds no more than a run that was killed before its first checkpoint.
  private static func isUnused(_ path: String, _ access: FileAccess) throws(FileError) -> Bool {
    let names = try access.list(path)
    // A folder with a lock and a place for checkpoints is a run's; what it wrote about itself is written anew.
    let isRun = names.contains(lockName) && names.contains(checkpointFolder)
    for name in names where name != lockName {
      if isRun, description.contains(name) || StagedFile.isTemporary(name) { continue }
      guard name == weightsFolder || name == checkpointFolder,
        access.status(Path.join(path, name))?.kind == .directory,
        try access.list(Path.join(path, name)).allSatisfy(StagedFile.isTemporary)
      else { return false }
    }
    return true
  }

  /// What a run writes before it trains.
  private static let description: Set = [
    "spec.yaml", "resolved.yaml", "environment.json", "status.json", "summary.txt",
  ]

  /// Takes away the folder of a run that did not begin, if it was made for it and nothing was trained in it.
  ///
  /// - Returns: whether it is gone.
  package func discard() -> Bool {
    guard isMade, (try? Self.isUnused(path, access)) == true else { return false }
    Self.removeLeftovers(path, access)
    for name in Self.description.sorted() + [Self.weightsFolder, Self.checkpointFolder, Self.lockName, ""] {
      try? access.fileSystem.remove(name.isEmpty ? path : self.path(of: name))
    }
    return !access.exists(path)
  }

  /// Points the link `latest` beside the folder to it. A convenience: where it cannot be made, there is none.
  package func linkLatest() {
    let link = Path.join(Path.directory(of: path), Self.latest)
    let status = try? access.fileSystem.status(of: link, below: nil, followingLinks: false)
    // A folder of that name is somebody's run.
    if let status, status.kind != .link { return }
    let temporary = Path.join(Path.directory(of: path), ".\(Self.latest).tmp.\(HostSystem.processNumber)")
    do throws(SystemError) {
      try? access.fileSystem.remove(temporary)
      try access.fileSystem.symbolicLink(Path.name(of: path), at: temporary)
      try access.fileSystem.rename(temporary, to: link)
    } catch {
      try? access.fileSystem.remove(temporary)
    }
  }

  /// The link to the run that began last.
  package static let latest = "latest"

  private static func taken(_ path: String) -> FileError {
    FileError(
      .exists, path: path, "the folder '\(path)' is not empty",
      help: "name another one, or go on with the run in it by `--resume`")
  }

  /// A spec's name as a folder: letters, digits, `_`, `.` and `-`, at most 64, a `-` for what is not among them.
  ///
  /// It starts with a letter, digit or `_`, so it is no hidden folder, no option, and never `..`.
  package static func folderName(_ name: String) -> String {
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

/// A lock that copies of a `RunDirectory` share; the last of them lets go of it.
final class RunLock: Sendable {
  private let lock: FileLock

  init(_ lock: consuming FileLock) { self.lock = lock }
}
