package import CNNDiagnostics
package import CNNFiles

/// The folder that a run leaves behind, and the one writer of its files.
///
///     spec.yaml  resolved.yaml  environment.json  status.json  summary.txt  history.csv  history.jsonl  steps.csv
///     metrics.json  weights/{last,best}.safetensors  checkpoint/{last,prev,best}  .lock
///
/// In: what each file is to say. Out: files that are whole whenever the process dies: those written once are replaced
/// as a whole, those that grow do so by whole records. It knows neither sessions nor specs, and holds no file open but the
/// lock that makes it the one writer.
package struct RunDirectory: Sendable {
  package let path: String
  /// What `history.csv` has columns for, such as `train/loss`.
  package let metricNames: [String]
  let access: FileAccess
  /// Held for as long as a copy of this value lives; `nil` for who only reads.
  private let lock: RunLock?
  /// Whether the folder was made for this run, and not found.
  let isMade: Bool

  /// A folder that exists, without the right to be its one writer: `create` and `open` take that.
  package init(existing path: String, metricNames: [String], _ access: FileAccess = FileAccess()) {
    self.init(path, metricNames: metricNames, lock: nil, access)
  }

  init(_ path: String, metricNames: [String], lock: RunLock?, isMade: Bool = false, _ access: FileAccess) {
    self.isMade = isMade
    self.path = path
    self.metricNames = metricNames
    self.lock = lock
    self.access = access
  }

  /// The same folder, with other columns in its history.
  package func with(metricNames: [String]) -> RunDirectory {
    RunDirectory(path, metricNames: metricNames, lock: lock, isMade: isMade, access)
  }

  package func path(of name: String) -> String { Path.join(path, name) }

  // MARK: Files written as a whole
  // What a checkpoint has as well need not wait for the disk.

  /// The spec as it was read, byte for byte.
  package func writeSpec(_ bytes: [UInt8]) throws(FileError) { try write(bytes, "spec.yaml") }

  /// The spec with every default and override filled in.
  package func writeResolved(_ text: String) throws(FileError) { try write(text, "resolved.yaml") }

  package func writeEnvironment(_ environment: Environment) throws(FileError) {
    try write(environment.json.text + "\n", "environment.json")
  }

  package func writeSummary(_ text: String) throws(FileError) { try write(text, "summary.txt") }

  package func writeMetrics(_ metrics: [String: JSONText]) throws(FileError) {
    try write(JSONText.object(metrics).text + "\n", "metrics.json")
  }

  /// A file of the report, which can be made again: `report.html`, `plots/confidence.svg`.
  package func writeReport(_ text: String, _ name: String) throws(FileError) {
    try makeFolder(of: name)
    try write(text, name)
  }

  // MARK: State

  package enum State: String, Sendable { case running, done, interrupted, failed }

  /// - Parameter epoch: epochs finished so far.
  package func writeStatus(_ state: State, epoch: Int) throws(FileError) {
    let status = JSONText.object([
      "state": .string(state.rawValue), "epoch": .int(epoch), "pid": .int(HostSystem.processNumber),
    ])
    do throws(FileError) {
      try write(status.text + "\n", Self.status)
    } catch {
      // On a full disk a file that is there can still be written over: what it says must not be untrue for ever.
      guard error.code == .outOfSpace, access.exists(path(of: Self.status)) else { throw error }
      try AtomicWrite.overwrite(Array((status.text + "\n").utf8), at: path(of: Self.status), access.fileSystem)
    }
  }

  /// The last thing a run writes: from here on it has come to an end.
  package func finish(_ state: State, epoch: Int) throws(FileError) { try writeStatus(state, epoch: epoch) }

  /// What the run wrote last of its state; `nil` where that cannot be read. `running` without a process at work is the
  /// state of a run that was killed, however far it had come.
  package var writtenState: State? {
    guard let bytes = try? access.readFile(path(of: Self.status), limit: 1 << 12) else { return nil }
    var json = StrictJSON(bytes, 0..<bytes.count)
    var state: State?
    try? json.object { (key, _, json) throws(StrictJSON.Fault) in
      if key == "state" { state = State(rawValue: try json.string()) } else { _ = try json.numberText() }
    }
    return state
  }

  static let status = "status.json"

  // MARK: Files that grow

  /// Adds a line to `history.csv` and to `history.jsonl`.
  /// - Precondition: one value a metric name.
  package func appendEpoch(_ record: EpochRecord) throws(FileError) {
    precondition(
      record.values.count == metricNames.count, "\(record.values.count) values for the metrics \(metricNames)")
    try append([record.csv], Self.history, header: EpochRecord.header(metricNames))
    try append([record.json(metricNames).text], Self.historyLines, header: nil)
  }

  /// Writes the history anew: of a run that goes on from a checkpoint, whose files may know later epochs, or lack some.
  package func writeHistory(_ records: [EpochRecord]) throws(FileError) {
    let lines = [EpochRecord.header(metricNames)] + records.map(\.csv)
    let objects = records.map { $0.json(metricNames).text }
    if records.isEmpty {
      try remove(Self.history)
      try remove(Self.historyLines)
      return
    }
    try write(lines.map { $0 + "\n" }.joined(), Self.history)
    try write(objects.map { $0 + "\n" }.joined(), Self.historyLines)
  }

  /// Adds lines to `steps.csv`, and says how long it is then.
  @discardableResult
  package func appendSteps(_ records: [StepRecord]) throws(FileError) -> Int {
    try append(records.map(\.csv), Self.steps, header: StepRecord.header)
  }

  /// Adds a record to a file below the folder, which is made if need be with the folders above it, and says how long it
  /// is then.
  ///
  /// - Precondition: the name leads nowhere else; `ValueType.path` holds specs to that.
  package func append(_ bytes: [UInt8], to name: String) throws(FileError) -> Int {
    try makeFolder(of: name)
    var file = try AppendingFile(path(of: name), access.fileSystem)
    try file.append(bytes)
    return file.byteCount
  }

  /// Takes away what a stopped run wrote into a file after its checkpoint.
  /// - Returns: whether the file is as long as the checkpoint says.
  package func cut(_ name: String, to byteCount: Int) throws(FileError) -> Bool {
    guard access.exists(path(of: name)) else { return byteCount == 0 }
    var file = try AppendingFile(path(of: name), access.fileSystem)
    try file.cut(to: byteCount)
    return file.byteCount == byteCount
  }

  package static let history = "history.csv"
  static let historyLines = "history.jsonl"
  package static let steps = "steps.csv"

  // MARK: Weights

  package enum Weights: String, Sendable { case last, best }

  /// - Parameter bytes: a whole safetensors file, as `Safetensors.encode` makes it.
  package func writeWeights(_ weights: Weights, _ bytes: [UInt8]) throws(FileError) {
    try write(bytes, Self.name(of: weights), synchronizes: true)
  }

  /// The same at a place below the folder that a callback names.
  package func writeWeights(_ bytes: [UInt8], to name: String) throws(FileError) {
    try makeFolder(of: name)
    try write(bytes, name, synchronizes: true)
  }

  package func path(of weights: Weights) -> String { path(of: Self.name(of: weights)) }

  private static func name(of weights: Weights) -> String { "\(weightsFolder)/\(weights.rawValue).safetensors" }

  static let weightsFolder = "weights"

  // MARK: Checkpoints

  package var checkpoints: CheckpointStore {
    CheckpointStore(folder: path(of: Self.checkpointFolder), access.fileSystem)
  }

  /// Bytes of the checkpoints and weights that are there, each file counted once whatever names it has.
  package var savedByteCount: Int {
    let paths =
      CheckpointStore.Name.allCases.map(checkpoints.path)
      + [path(of: .last), path(of: .best)]
    var seen: Set<FileStatus.Identity> = []
    return paths.reduce(0) { sum, path in
      guard let status = access.status(path), status.identity.map({ seen.insert($0).inserted }) ?? true else {
        return sum
      }
      return sum + status.byteCount
    }
  }

  static let checkpointFolder = "checkpoint"

  // MARK: -

  private func write(_ text: String, _ name: String) throws(FileError) { try write(Array(text.utf8), name) }

  private func write(_ bytes: [UInt8], _ name: String, synchronizes: Bool = false) throws(FileError) {
    try AtomicWrite.write(bytes, to: path(of: name), access.fileSystem, synchronizes: synchronizes)
  }

  private func remove(_ name: String) throws(FileError) {
    do throws(SystemError) { try access.fileSystem.remove(path(of: name)) } catch {
      if !error.isMissing { throw FileError(error, "remove", path: path(of: name)) }
    }
  }

  private func makeFolder(of name: String) throws(FileError) {
    if name.contains("/") { try access.createDirectories(Path.directory(of: path(of: name))) }
  }

  @discardableResult
  private func append(_ lines: [String], _ name: String, header: String?) throws(FileError) -> Int {
    var file = try AppendingFile(path(of: name), access.fileSystem)
    if file.isEmpty, let header { try file.append(header) }
    for line in lines { try file.append(line) }
    return file.byteCount
  }
}
