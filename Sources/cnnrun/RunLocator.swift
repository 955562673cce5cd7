import CNNFiles
import CNNSession

/// Finds the directory of a run by what a person calls it.
enum RunLocator {
  static var root: String { Console.environment("CNNRUN_RUNS_DIR") ?? RunDirectory.defaultRoot }

  /// The run of this name among the others (`latest`), or the path as given.
  ///
  /// A folder of that name that lies here and is no run, as one of images may, does not hide the run; of two runs the one
  /// here is taken, and that is said.
  static func path(of run: String, _ console: Console) -> String {
    let named = Path.join(root, run)
    let access = FileAccess()
    if run.contains("/") || !access.exists(named) { return run }
    guard let here = access.status(run) else { return named }
    if here.kind == .directory, !RunDirectory.isRun(run) { return named }
    if here.kind != .directory || RunDirectory.isRun(named) {
      console.error(
        "warning: `\(run)` is '\(run)' in this folder as well as '\(named)'; the one in this folder is taken\n")
      console.note("  help: write `\(named)` for the other\n")
    }
    return run
  }
}
