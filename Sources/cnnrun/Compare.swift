import ArgumentParser
import CNNReport
import CNNSession

struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print runs side by side: what they came to, and in what their specs differ.",
    discussion: """
      Figures are those of each run's best epoch. A run is named by its directory, or by its name among the others: \
      `cnnrun compare fashion-mnist latest`.
      """)

  @ArgumentParser.Argument(help: "Two runs or more.", completion: .directory)
  var runs: [String]

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  @Option(
    help: ArgumentHelp(
      "Write a page with the runs' curves over each other and these tables; - for stdout.", valueName: "file"))
  var html: String?

  @OptionGroup var common: CommonOptions

  func validate() throws {
    if runs.count < 2 { throw ValidationError("two runs at least are compared") }
    if json, html == WrittenFile.standardOutput {
      throw ValidationError("--json and `--html -` both write to stdout: name a file for one of them")
    }
    if runs.count > 64 { throw ValidationError("64 runs at most are compared") }
  }

  func run() throws {
    let console = common.console
    let past = runs.map { PastRun(RunLocator.path(of: $0, console)) }
    for (name, run) in zip(runs, past) where run == nil {
      console.fail("'\(name)' is no run that can be read", help: "`cnnrun runs` lists those that can")
    }
    let found = past.compactMap(\.self)
    if found.count < runs.count { throw Exit(.usage) }
    let comparison = RunComparison(
      found.map(\.summary), facts: found.map { run in run.spec?.facts(title: run.path) })
    if let html {
      let page = ComparisonPage(comparison, histories: found.map { TrainingHistory($0.checkpoint.history.series) })
      try WrittenFile.write(page.html, toFileOrOutput: html, console: console)
      if !json { return }
    }
    try console.result((json ? comparison.json(toolVersion: cnnrunVersion).text : comparison.text) + "\n")
  }
}
