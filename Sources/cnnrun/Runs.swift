import ArgumentParser
import CNNFiles
import CNNReport
import CNNSession

struct Runs: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List past runs: how far they came, how good they got.",
    discussion: """
      Reads the checkpoints of the run directories in a folder (runs, or CNNRUN_RUNS_DIR), the newest first, sweeps \
      included. A state of running means that a process is at work; stopped, that it was killed; what is not done goes on \
      with `cnnrun run --resume RUN`.
      """)

  @ArgumentParser.Argument(help: "The folder of runs.", completion: .directory)
  var folder: String?

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    let root = folder ?? RunLocator.root
    let runs: [PastRun]
    do throws(FileError) {
      runs = folder == nil && !FileAccess().exists(root) ? [] : try PastRun.all(in: root)
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.usage)
    }
    let table = RunsTable(runs.map(\.summary))
    if json { return try console.result(table.json(root: root, toolVersion: cnnrunVersion).text + "\n") }
    if runs.isEmpty { return console.note("no runs in '\(root)'\n") }
    try console.result(table.text + "\n")
  }
}
