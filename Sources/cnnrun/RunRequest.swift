import CNNSession

/// How a run is to be made, apart from what the spec says.
struct RunRequest {
  /// The texts of `--set`, in order, which the spec was read with.
  var overrides: [String]
  /// Exactly the directory to make; one below `root` otherwise.
  var out: String?
  var root = Console.environment("CNNRUN_RUNS_DIR") ?? RunDirectory.defaultRoot
  var dataDirectory: String?
  var initialWeights: String?
  /// Whether it is enough that some layers of that file fit.
  var skipsMismatch = false
  var logsSteps = false
  /// Whether the run ends with a report.
  var reports = true
  /// Between checkpoints within an epoch.
  var checkpointSeconds = defaultCheckpointSeconds
  /// Bytes that it may take; what the machine has otherwise.
  var memory: Int?
  /// The run to go on with, if it is none that begins.
  var resumed: ResumedRun?

  static let defaultCheckpointSeconds = 300.0

  /// Goes on with a run as it was begun, but for what is said anew.
  mutating func take(_ run: ResumedRun) {
    resumed = run
    overrides = run.overrides
    dataDirectory = dataDirectory ?? run.checkpoint.run.dataDirectory
    logsSteps = logsSteps || run.checkpoint.run.logsSteps
  }
}
