import CNNDiagnostics
import CNNFiles
import CNNGraph
import CNNReport
import CNNSession

/// Writes what a run has to say into its directory, and tells the person what could not be written.
///
/// A write that fails never ends training. What can be written anew, as the history can, is tried again later; what is
/// missing at the end is summed up, and the run has failed.
struct RunOutput: CallbackOutput {
  let directory: RunDirectory
  let console: Console
  private let parameters: [Parameter]
  private let metadata: WeightsMetadata
  /// Lengths of the files that grow, but for the history's, which is made anew.
  private(set) var lengths: [String: Int] = [:]
  private(set) var unsaved = UnsavedFiles()
  private var historyIsWhole = true

  /// - Parameters:
  ///   - growing: files that may grow, whether they have begun or not.
  ///   - files: how long those of a stopped run were at its checkpoint.
  init(
    directory: RunDirectory, console: Console, parameters: [Parameter], classNames: [String], resolved: String,
    growing: [String], files: [Checkpoint.GrownFile] = []
  ) {
    self.directory = directory
    self.console = console
    self.parameters = parameters
    metadata = WeightsMetadata(spec: resolved, classNames: classNames)
    for path in growing { lengths[path] = 0 }
    for file in files { lengths[file.path] = file.byteCount }
  }

  var weightNames: [String] { parameters.map(\.qualifiedName) }

  var grownFiles: [Checkpoint.GrownFile] {
    lengths.sorted { $0.key < $1.key }.map { Checkpoint.GrownFile(path: $0.key, byteCount: $0.value) }
  }

  /// Those that have begun, from where the process is.
  var paths: [String] { lengths.filter { $0.value > 0 }.keys.sorted().map(directory.path(of:)) }

  // MARK: What callbacks ask for

  mutating func note(_ text: String) { console.note("\(text)\n") }

  mutating func append(_ bytes: [UInt8], to path: String) {
    do throws(FileError) { lengths[path] = try directory.append(bytes, to: path) } catch { lose(error, path) }
  }

  mutating func saveWeights(_ session: borrowing Session, to path: String, withModel: Bool) {
    var metadata = metadata
    if !withModel { metadata.spec = nil }
    let bytes = encode(session.weights, metadata)
    do throws(FileError) {
      try directory.writeWeights(bytes, to: path)
      unsaved.settle(directory.path(of: path))
      console.detail("saved \(directory.path(of: path))\n")
    } catch { tell(error, of: directory.path(of: path)) }
  }

  // MARK: What every run writes

  mutating func appendEpoch(_ history: RunHistory) {
    guard let record = history.records.last else { return }
    do throws(FileError) {
      if historyIsWhole {
        try directory.appendEpoch(record)
      } else {
        try directory.writeHistory(history.records)
      }
      settleHistory()
    } catch {
      historyIsWhole = false
      tell(error, of: directory.path(of: RunDirectory.history))
    }
  }

  private mutating func settleHistory() {
    historyIsWhole = true
    unsaved.settle(directory.path(of: RunDirectory.history))
  }

  mutating func appendSteps(_ steps: [StepRecord]) {
    if steps.isEmpty { return }
    do throws(FileError) { lengths[RunDirectory.steps] = try directory.appendSteps(steps) } catch {
      lose(error, RunDirectory.steps)
    }
  }

  mutating func writeWeights(_ name: RunDirectory.Weights, _ weights: [[Float]]) {
    let bytes = encode(weights, metadata)
    do throws(FileError) {
      try directory.writeWeights(name, bytes)
      unsaved.settle(directory.path(of: name))
    } catch { tell(error, of: directory.path(of: name)) }
  }

  /// Makes good what failed before.
  mutating func completeHistory(_ history: RunHistory) {
    if historyIsWhole { return }
    do throws(FileError) {
      try directory.writeHistory(history.records)
      settleHistory()
    } catch { tell(error, of: directory.path(of: RunDirectory.history)) }
  }

  /// Brings the files of a stopped run to what they were at its checkpoint.
  func restore(_ history: RunHistory) throws(FileError) {
    try directory.writeHistory(history.records)
    for (path, byteCount) in lengths.sorted(by: { $0.key < $1.key }) where try !directory.cut(path, to: byteCount) {
      console.error(
        "warning: '\(directory.path(of: path))' is shorter than it was: what was lost is not written again\n")
    }
  }

  /// Tells of a failure, once for each cause.
  mutating func tell(_ error: FileError, of path: String, isForGood: Bool = false) {
    if unsaved.add(error, of: path, isForGood: isForGood) {
      console.error(
        "warning: \(error.message); training goes on, and what can be saved later is tried again\n"
          + (error.help.map { "  help: \($0)\n" } ?? ""))
    } else {
      console.detail("\(error.message)\n")
    }
  }

  /// Notes that a file is as it should be.
  mutating func settle(_ path: String) { unsaved.settle(path) }

  private mutating func lose(_ error: FileError, _ name: String) {
    tell(error, of: directory.path(of: name), isForGood: true)
  }

  private func encode(_ weights: [[Float]], _ metadata: WeightsMetadata) -> [UInt8] {
    Safetensors.encode(WeightsMatch.tensors(of: weights, for: parameters), metadata: metadata.pairs)
  }
}
