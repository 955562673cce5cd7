package import CNNDiagnostics
package import CNNFiles

/// The folder that a run leaves behind, and the one writer of its files.
///
///     spec.yaml  resolved.yaml  environment.json  status.json  summary.txt
///     history.csv  history.jsonl  steps.csv  metrics.json  weights/{last,best}.safetensors
///
/// In: what each file is to say. Out: files that are whole whenever the process dies: those written once are replaced
/// as a whole, those that grow do so by whole lines. It knows neither sessions nor specs, and holds no file open.
package struct RunDirectory: Sendable {
  package let path: String
  /// What `history.csv` has columns for, such as `train/loss`.
  package let metricNames: [String]
  private let access: FileAccess

  /// A folder that exists: `create` makes new ones, a resumed run goes on in its old one.
  package init(existing path: String, metricNames: [String], _ access: FileAccess = FileAccess()) {
    self.path = path
    self.metricNames = metricNames
    self.access = access
  }

  package func path(of name: String) -> String { Path.join(path, name) }

  // MARK: Files written as a whole

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

  // MARK: State

  package enum State: String, Sendable { case running, done, interrupted, failed }

  /// - Parameter epoch: epochs finished so far.
  package func writeStatus(_ state: State, epoch: Int) throws(FileError) {
    let status = JSONText.object([
      "state": .string(state.rawValue), "epoch": .int(epoch), "pid": .int(HostSystem.processNumber),
    ])
    try write(status.text + "\n", "status.json")
  }

  /// The last thing a run writes.
  package func finish(_ state: State, epoch: Int) throws(FileError) { try writeStatus(state, epoch: epoch) }

  // MARK: Files that grow

  /// Adds a line to `history.csv` and to `history.jsonl`.
  /// - Precondition: one value a metric name.
  package func appendEpoch(_ record: EpochRecord) throws(FileError) {
    precondition(
      record.values.count == metricNames.count, "\(record.values.count) values for the metrics \(metricNames)")
    try append([record.csv], "history.csv", header: EpochRecord.header(metricNames))
    try append([record.json(metricNames).text], "history.jsonl", header: nil)
  }

  /// Adds lines to `steps.csv`; meant to be called once an epoch.
  package func appendSteps(_ records: [StepRecord]) throws(FileError) {
    try append(records.map(\.csv), "steps.csv", header: StepRecord.header)
  }

  // MARK: Weights

  package enum Weights: String, Sendable { case last, best }

  /// - Parameter bytes: a whole safetensors file, as `Safetensors.encode` makes it.
  package func writeWeights(_ weights: Weights, _ bytes: [UInt8]) throws(FileError) {
    try write(bytes, Self.name(of: weights))
  }

  package func path(of weights: Weights) -> String { path(of: Self.name(of: weights)) }

  private static func name(of weights: Weights) -> String { "\(weightsFolder)/\(weights.rawValue).safetensors" }

  static let weightsFolder = "weights"

  // MARK: -

  private func write(_ text: String, _ name: String) throws(FileError) { try write(Array(text.utf8), name) }

  private func write(_ bytes: [UInt8], _ name: String) throws(FileError) {
    try AtomicWrite.write(bytes, to: path(of: name), access.fileSystem)
  }

  private func append(_ lines: [String], _ name: String, header: String?) throws(FileError) {
    var file = try AppendingFile(path(of: name), access.fileSystem)
    if file.isEmpty, let header { try file.append(header) }
    for line in lines { try file.append(line) }
  }
}
