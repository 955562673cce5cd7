import ArgumentParser
import CNNDiagnostics
import CNNFiles
import CNNSpec

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Report every fault of every spec, each at its place; opens nothing but the specs.",
    discussion: """
      A folder stands for all specs below it (*.yaml, *.yml; hidden folders are left out), a pattern in quotes such as \
      'Specs/**/*.yaml' for the files that it matches.

      Status 0: no faults. 1: faults. 2: a file that cannot be read. 3: data that --check-data cannot read. 4: nothing \
      wrong but an expectation that is not met.
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("Specs, folders, patterns, or - for stdin.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var operands: [String]

  @Option(
    help: """
      auto: full, and annotations as well where GITHUB_ACTIONS is true. full for people, concise for grep and editors, \
      json, sarif, github, gitlab and junit for tools.
      """)
  var format = ReportFormat.auto

  @Option(help: ArgumentHelp("Write the report to a file.", valueName: "file"), completion: .file())
  var output: String?

  @Flag(help: "Warnings count as errors.")
  var strict = false

  @Flag(name: .customLong("exit-zero"), help: "Status 0 even if there are faults.")
  var exitZero = false

  @Option(help: ArgumentHelp("Codes or names to leave out, commas between.", valueName: "code,…"))
  var ignore: [String] = []

  @Option(
    name: .customLong("stdin-filename"), help: ArgumentHelp("What to call the spec from stdin.", valueName: "name"))
  var stdinFilename: String?

  @Flag(name: .customLong("check-data"), help: "Read the data that the spec names too, and count it.")
  var checkData = false

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where the data set's files are.", valueName: "dir"))
  var dataDirectory: String?

  @Flag(help: "Mend what can be mended without a doubt.")
  var fix = false

  @Flag(name: .customLong("unsafe-fixes"), help: "With --fix or --diff: mend what is only probably meant, too.")
  var unsafeFixes = false

  @Flag(help: "Print what --fix would change, and change nothing.")
  var diff = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if unsafeFixes, !fix, !diff { throw ValidationError("--unsafe-fixes goes with --fix or --diff") }
    if printsSpec, output == nil, format.printsToStandardOutput {
      throw ValidationError(
        "stdout is for \(diff ? "the diff" : "the mended spec"), and --format \(format.rawValue) prints there too: "
          + "send the report to a file with --output")
    }
    if stdinFilename != nil, !operands.contains("-") {
      throw ValidationError("--stdin-filename names the spec from stdin, and no operand is -")
    }
    if dataDirectory != nil, !checkData { throw ValidationError("--data-dir goes with --check-data") }
    _ = try ignoredCodes()
    if checkData, printsSpec {
      throw ValidationError("--check-data prints to stdout, where --fix of stdin and --diff do")
    }
  }

  func run() throws {
    let console = common.console
    let files = try SpecFiles.expand(operands, console: console)
    var validation = Validation(
      options: self, check: SpecCheck(overrides: specOptions.overrides), ignored: try ignoredCodes(), console: console)
    // Reports are in the order of the files' names, however they were given.
    for file in files.sorted() { try validation.look(at: file) }
    try validation.show()
    if let status = validation.status { throw Exit(status) }
  }

  /// Whether stdout gets a spec or a diff.
  var printsSpec: Bool { diff || (fix && operands.contains("-")) }

  private func ignoredCodes() throws -> Set<DiagnosticCode> {
    let words = ignore.joined(separator: ",").split(separator: ",").map { $0.filter { $0 != " " } }
    return Set(
      try words.filter { !$0.isEmpty }.map { word in
        if let known = CodeRegistry.standard[word] { return known.code }
        let close = CodeRegistry.standard.suggestion(for: word).map { "; did you mean \($0)?" } ?? ""
        throw ValidationError("--ignore knows no code '\(word)'\(close) (`cnnrun explain --list` has them all)")
      })
  }
}

enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case auto, full, concise, json, sarif, github, gitlab, junit

  var isForTools: Bool { ![.auto, .full, .concise].contains(self) }
  var printsToStandardOutput: Bool { self != .auto && self != .full }
}
