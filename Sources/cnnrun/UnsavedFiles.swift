import CNNFiles

/// What of a run is not on the disk: told once a cause while training goes on, and summed up at its end.
///
/// A disk that is full fails every write there is, and one cause is one message.
struct UnsavedFiles {
  /// The newest failure of each file that is not as it should be, in the order in which they began to fail.
  private(set) var failures: [(path: String, error: FileError)] = []
  /// Files that lack a record which cannot be written again.
  private var incomplete: Set<String> = []
  private var told: Set<String> = []

  /// Notes that a file could not be written.
  ///
  /// - Parameter isForGood: whether it lacks from now on what will not be written again.
  /// - Returns: whether this is the first failure of its cause.
  mutating func add(_ error: FileError, of path: String, isForGood: Bool = false) -> Bool {
    if isForGood { incomplete.insert(path) }
    if let index = failures.firstIndex(where: { $0.path == path }) {
      failures[index].error = error
    } else {
      failures.append((path, error))
    }
    return told.insert(error.errno.map { "\($0)" } ?? error.message).inserted
  }

  /// Notes that a file is whole again.
  mutating func settle(_ path: String) {
    if !incomplete.contains(path) { failures.removeAll { $0.path == path } }
  }

  /// All of it in one message; `nil` if nothing is missing.
  var summary: (message: String, help: String?)? {
    guard let first = failures.first else { return nil }
    let others = failures.count - 1
    let rest = others == 0 ? "" : ", and \(others) other \(others == 1 ? "file" : "files")"
    return ("not all of the run could be saved: \(first.error.message)\(rest)", first.error.help)
  }
}
