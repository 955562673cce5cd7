package import CNNFiles
internal import Dispatch
internal import Synchronization

/// The checkpoints of a run directory: `last`, the one before it as `prev`, and the best epoch's as `best`.
///
/// Writing the bytes is fast, since the system keeps them in memory; waiting for the disk is not. So a checkpoint is
/// written where training stands, and forced to the disk and put in its place beside further steps. Whenever the process
/// dies, and whichever call fails, `last` or `prev` is whole, and is one of the last two that were begun.
package final class CheckpointStore: Sendable {
  // A class, since the write that is under way belongs to one place alone.
  package let folder: String
  private let fileSystem: any FileSystem
  private let queue = DispatchQueue(label: "cnnrun.checkpoints")
  private let state = Mutex(State())

  private struct State {
    var isBusy = false
    /// What became of writes that nobody has asked about yet.
    var failure: FileError?
    var number = 0
  }

  package enum Name: String, Sendable, CaseIterable { case last, prev, best }

  package init(folder: String, _ fileSystem: any FileSystem = PosixFileSystem()) {
    self.folder = folder
    self.fileSystem = fileSystem
  }

  package func path(_ name: Name) -> String { Path.join(folder, name.rawValue) }

  // MARK: Writing

  /// Whether a checkpoint is still on its way to the disk.
  package var isBusy: Bool { state.withLock(\.isBusy) }

  /// Writes a checkpoint and has it put in place beside what follows.
  ///
  /// - Parameters:
  ///   - isBest: whether it becomes `best` too.
  ///   - files: what has to be on the disk before it, since it counts on them.
  /// - Precondition: not busy.
  package func write(
    _ checkpoint: Checkpoint, session: borrowing Session, kept: [[[Float]]], isBest: Bool, after files: [String] = []
  ) throws(FileError) {
    let staged = try stage(checkpoint, session: session, kept: kept)
    state.withLock { $0.isBusy = true }
    queue.async { [self] in
      var failure: FileError?
      do throws(FileError) { try place(staged, isBest: isBest, after: files) } catch { failure = error }
      state.withLock { state in
        state.isBusy = false
        state.failure = failure
      }
    }
  }

  /// Waits for the disk.
  /// - Throws: what kept the last checkpoint from its place.
  package func drain() throws(FileError) {
    queue.sync {}
    if let failure = takeFailure() { throw failure }
  }

  /// Why the last checkpoint was not put in place, if it was not and nobody has asked before.
  package func takeFailure() -> FileError? {
    state.withLock { state in
      defer { state.failure = nil }
      return state.failure
    }
  }

  /// A file on its way, handed from the thread that writes to the one that waits for the disk.
  private final class Staged: Sendable {
    let file: Mutex<StagedFile?>
    init(_ file: consuming StagedFile) { self.file = Mutex(file) }
  }

  private func stage(
    _ checkpoint: Checkpoint, session: borrowing Session, kept: [[[Float]]]
  ) throws(FileError) -> Staged {
    let number = state.withLock { state in
      state.number += 1
      return state.number
    }
    let file = try StagedFile(for: path(.last), number: number, fileSystem)
    try CheckpointFile.write(checkpoint, session: session, kept: kept, to: file)
    return Staged(file)
  }

  private func place(_ staged: Staged, isBest: Bool, after files: [String]) throws(FileError) {
    guard var file = staged.file.withLock({ $0.take() }) else { return }
    for path in files {
      let grown = try AppendingFile(path, fileSystem)
      try grown.synchronize()
    }
    try file.finish()
    try keepLast()
    try file.place()
    if isBest {
      // No `best` is better than one of another epoch; `last` has the best weights too.
      do throws(FileError) { try duplicate(as: .best) } catch { try? fileSystem.remove(path(.best)) }
    }
    try StagedFile.synchronizeDirectory(of: path(.last), fileSystem)
  }

  /// Makes the old `last` the new `prev`: by a second name, so that there is a `last` at any moment.
  private func keepLast() throws(FileError) {
    do throws(FileError) { try duplicate(as: .prev) } catch {
      if error.code == .notFound { return }
      // A file system without second names: for a moment there is no `last`, and `prev` is what it was.
      do throws(SystemError) { try fileSystem.rename(path(.last), to: path(.prev)) } catch {
        if !error.isMissing { throw FileError(error, "rename", path: path(.last)) }
      }
    }
  }

  /// Gives the file `last` a second name in the place of what has that name.
  private func duplicate(as name: Name) throws(FileError) {
    let temporary = Path.join(folder, ".\(name.rawValue).tmp.link")
    do throws(SystemError) {
      do throws(SystemError) { try fileSystem.remove(temporary) } catch { if !error.isMissing { throw error } }
      try fileSystem.link(path(.last), to: temporary)
      try fileSystem.rename(temporary, to: path(name))
      // If the two names were of one file already, renaming does nothing, and leaves the temporary one.
      do throws(SystemError) { try fileSystem.remove(temporary) } catch { if !error.isMissing { throw error } }
    } catch {
      throw FileError(error, "link", path: path(name))
    }
  }

  // MARK: Reading

  /// What `load` found.
  package struct Found: Sendable {
    package let checkpoint: Checkpoint
    package let path: String
    /// What is wrong with `last`, if the one before it had to be taken.
    package let complaint: String?
  }

  /// The newest checkpoint that is whole.
  /// - Throws: why there is none.
  package func load() throws(CheckpointError) -> Found {
    let access = FileAccess(fileSystem)
    let failure: CheckpointError
    do throws(CheckpointError) {
      return Found(checkpoint: try CheckpointFile.verify(path(.last), access), path: path(.last), complaint: nil)
    } catch { failure = error }
    // Another version's is no damage, and an older one of it is no help.
    if failure.code == .otherVersion { throw failure }
    do throws(CheckpointError) {
      let checkpoint = try CheckpointFile.verify(path(.prev), access)
      return Found(checkpoint: checkpoint, path: path(.prev), complaint: failure.message)
    } catch {
      throw failure.code == .missing && error.code != .missing ? error : failure
    }
  }

  /// Takes a damaged `last` out of the way under the name `damaged`, so that it never becomes the `prev` of a good one.
  /// - Precondition: this process alone writes here, and `prev` was found whole.
  package func setLastAside() {
    do throws(SystemError) { try fileSystem.rename(path(.last), to: Path.join(folder, "damaged")) } catch {
      try? fileSystem.remove(path(.last))
    }
  }
}
