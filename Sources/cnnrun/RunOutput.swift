import CNNDiagnostics
import CNNFiles
import CNNGraph
import CNNReport
import CNNSession

/// Writes what a run has to say into its directory, and tells the person what could not be written.
///
/// A write that fails never ends training. What can be written anew, as the history can, is tried again later; what cannot
/// is remembered, and the run then ends with a failure.
struct RunOutput: CallbackOutput {
  let directory: RunDirectory
  let console: Console
  private let parameters: [Parameter]
  private let metadata: WeightsMetadata
  /// Lengths of the files that grow, but for the history's, which is made anew.
  private(set) var lengths: [String: Int] = [:]
  /// The first loss that cannot be made good.
  private(set) var lost: FileError?
  private var historyIsWhole = true
  private var told: Set<String> = []

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
    do throws(FileError) { lengths[path] = try directory.append(bytes, to: path) } catch { lose(error) }
  }

  mutating func saveWeights(_ session: borrowing Session, to path: String, withModel: Bool) {
    var metadata = metadata
    if !withModel { metadata.spec = nil }
    let bytes = encode(session.weights, metadata)
    do throws(FileError) {
      try directory.writeWeights(bytes, to: path)
      console.detail("saved \(directory.path(of: path))\n")
    } catch { lose(error) }
  }

  // MARK: What every run writes

  mutating func appendEpoch(_ history: RunHistory) {
    guard let record = history.records.last else { return }
    do throws(FileError) {
      if historyIsWhole {
        try directory.appendEpoch(record)
      } else {
        try directory.writeHistory(history.records)
        historyIsWhole = true
      }
    } catch {
      historyIsWhole = false
      tell(error)
    }
  }

  mutating func appendSteps(_ steps: [StepRecord]) {
    if steps.isEmpty { return }
    do throws(FileError) { lengths[RunDirectory.steps] = try directory.appendSteps(steps) } catch { lose(error) }
  }

  /// - Returns: whether it was written.
  @discardableResult
  mutating func writeWeights(_ name: RunDirectory.Weights, _ weights: [[Float]]) -> FileError? {
    let bytes = encode(weights, metadata)
    do throws(FileError) { try directory.writeWeights(name, bytes) } catch {
      tell(error)
      return error
    }
    return nil
  }

  /// Makes good what failed before.
  mutating func completeHistory(_ history: RunHistory) -> FileError? {
    if historyIsWhole { return nil }
    do throws(FileError) { try directory.writeHistory(history.records) } catch {
      tell(error)
      return error
    }
    historyIsWhole = true
    return nil
  }

  /// Brings the files of a stopped run to what they were at its checkpoint.
  func restore(_ history: RunHistory) throws(FileError) {
    try directory.writeHistory(history.records)
    for (path, byteCount) in lengths.sorted(by: { $0.key < $1.key }) where try !directory.cut(path, to: byteCount) {
      console.error(
        "warning: '\(directory.path(of: path))' is shorter than it was: what was lost is not written again\n")
    }
  }

  /// Tells of a failure, once for each message.
  mutating func tell(_ error: FileError) {
    if told.insert(error.message).inserted { console.fail(error.message, help: error.help) }
  }

  private mutating func lose(_ error: FileError) {
    lost = lost ?? error
    tell(error)
  }

  private func encode(_ weights: [[Float]], _ metadata: WeightsMetadata) -> [UInt8] {
    Safetensors.encode(WeightsMatch.tensors(of: weights, for: parameters), metadata: metadata.pairs)
  }
}
