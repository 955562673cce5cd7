import ArgumentParser
import CNNDiagnostics
import CNNFiles
import CNNKernels
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// One run of `validate`: file after file, then the report and the status.
struct Validation {
  let options: Validate
  let check: SpecCheck
  let ignored: Set<DiagnosticCode>
  let console: Console

  private var sources = SourceMap()
  private var bag = DiagnosticBag()
  /// What each file is called in reports.
  private var names: [String] = []
  private var unreadable: [Diagnostic] = []
  private var faultyFiles = 0
  private var hasUnreadableData = false
  private var inventories: [DataInventory] = []

  init(options: Validate, check: SpecCheck, ignored: Set<DiagnosticCode>, console: Console) {
    self.options = options
    self.check = check
    self.ignored = ignored
    self.console = console
  }

  mutating func look(at path: String) throws {
    if let output = options.output, path != "-", Self.components(output) == Self.components(path) {
      throw ValidationError("--output \(output) is one of the specs: the report would take its place")
    }
    var input: SpecInput
    do throws(FileError) {
      input = try SpecInput(reading: path, name: options.stdinFilename)
    } catch {
      noteUnreadable(path, error)
      return
    }
    names.append(input.displayName)
    if options.fix || options.diff { input = try SpecMender(self).mend(input) }
    var faults = DiagnosticBag()
    let loaded = check.check(input, &sources, into: &faults)
    if options.checkData, let loaded, !faults.hasErrors { look(atDataOf: loaded, into: &faults) }
    faults = withoutIgnored(faults)
    if !faults.isEmpty { faultyFiles += 1 }
    bag.add(contentsOf: faults)
  }

  private static func components(_ path: String) -> [Substring] {
    (path.hasPrefix("/") ? ["/"] : []) + path.split(separator: "/").filter { $0 != "." }
  }

  private mutating func noteUnreadable(_ path: String, _ error: FileError) {
    let name = path == "-" ? options.stdinFilename ?? "<stdin>" : path
    names.append(name)
    faultyFiles += 1
    let start = SourcePosition(line: 1, column: 1, byte: 0)
    let source = sources.add(SourceText(name: name, bytes: []))
    unreadable.append(
      Diagnostic(
        RunCode.unreadableSpec, error.message, at: SourceSpan(source: source, start: start, end: start),
        help: error.help))
  }

  private mutating func look(atDataOf loaded: LoadedSpec, into faults: inout DiagnosticBag) {
    guard let data = loaded.data else { return }
    let threads = WorkerPool.availableProcessors
    do throws(LoadedSpec.DataFault) {
      let opened = try data.open(dataDirectory: options.dataDirectory, threads: threads)
      for demand in opened.demands {
        if let fault = data.misfit(shape: demand.shape, largestLabel: demand.largestLabel) { faults.add(fault) }
      }
      let inventory = try data.inventory(opened, named: loaded.input.displayName, threads: threads)
      inventories.append(inventory)
      for error in inventory.unreadable {
        faults.add(data.fault(error))
        hasUnreadableData = true
      }
      var advice = DiagnosticBag()
      for diagnostic in inventory.advice(data) { advice.add(diagnostic) }
      faults.add(contentsOf: advice.withoutSuppressed(in: sources))
    } catch {
      faults.add(error.diagnostic)
      if !error.isFaultOfSpec { hasUnreadableData = true }
    }
  }

  func withoutIgnored(_ faults: DiagnosticBag) -> DiagnosticBag {
    var result = DiagnosticBag()
    for diagnostic in faults.diagnostics where !ignored.contains(diagnostic.code) { result.add(diagnostic) }
    return result
  }

  // MARK: What it leads to

  var status: ExitStatus? {
    if !unreadable.isEmpty { return .usage }
    let counted = bag.diagnostics.filter { $0.severity == .error || (options.strict && $0.severity == .warning) }
    if counted.isEmpty || options.exitZero { return nil }
    let others = counted.filter { $0.code != SpecCode.brokenExpectation }
    if others.isEmpty { return .expectation }
    return hasUnreadableData && others.allSatisfy { $0.code == SpecCode.unusableData } ? .failed : .specFault
  }

  private var total: DiagnosticTotal {
    let faults = bag.diagnostics + unreadable
    return DiagnosticTotal(
      errors: faults.count { $0.severity == .error }, warnings: faults.count { $0.severity == .warning },
      faultyFiles: faultyFiles, files: names.count)
  }

  private var report: Report {
    var all = bag
    for diagnostic in unreadable { all.add(diagnostic) }
    return Report(
      files: names, diagnostics: all.sorted, sources: sources, root: PosixFileSystem.workingDirectory)
  }

  func show() throws {
    if options.format == .auto, !options.printsSpec { try annotate() }
    switch options.format {
    case .auto, .full: try showFull()
    case .concise: try put(ConciseRenderer(sources: sources).render(report.diagnostics))
    case .json:
      let more: [String: JSONText] = options.checkData ? ["data": .array(inventories.map(\.json))] : [:]
      try put(
        JSONRenderer(sources: sources, toolVersion: cnnrunVersion)
          .render(report.diagnostics, fileCount: names.count, more: more))
    case .sarif: try put(SARIFRenderer(registry: .standard, toolVersion: cnnrunVersion).render(report))
    case .github: try put(GitHubRenderer().render(report))
    case .gitlab: try put(GitLabRenderer().render(report))
    case .junit: try put(JUnitRenderer(isStrict: options.strict).render(report))
    }
    // Those two say it themselves.
    if bag.isCut, ![ReportFormat.auto, .full, .json].contains(options.format) {
      console.note("note: no more than \(DiagnosticBag.mostKept) errors and as many warnings are reported\n")
    }
    if !options.format.isForTools, !console.isQuiet {
      let text = inventories.map { $0.text + "\n" }.joined(separator: "\n")
      if !text.isEmpty { try console.result(text) }
    }
  }

  private func showFull() throws {
    if bag.isEmpty, unreadable.isEmpty {
      let text = "\(names.count) \(names.count == 1 ? "spec is" : "specs are") valid\n"
      if options.output == nil { console.note(text) } else { try put(text) }
      return
    }
    let style: TerminalStyle = console.usesColor && options.output == nil ? .ansi : .plain
    let renderer = FullRenderer(sources: sources, style: style)
    var text = unreadable.map { "error: \($0.message)\n" + ($0.help.map { "  help: \($0)\n" } ?? "") }.joined()
    if !text.isEmpty, !bag.isEmpty { text += "\n" }
    text += renderer.render(bag, total: total)
    if options.output == nil { console.error(text) } else { try put(text) }
  }

  /// Annotations on stdout, which GitHub's runner reads, and the table on the page of the step.
  private func annotate() throws {
    guard Console.environment("GITHUB_ACTIONS") == "true" else { return }
    try console.result(GitHubRenderer().render(report))
    guard let path = Console.environment("GITHUB_STEP_SUMMARY"), !path.isEmpty else { return }
    do throws(FileError) {
      var file = try AppendingFile(path)
      try file.append(GitHubRenderer().summary(report, total: total))
    } catch {
      console.note("note: the summary of the step was not written: \(error.message)\n")
    }
  }

  /// Prints the report, or writes it to `--output`.
  private func put(_ text: String) throws {
    guard let path = options.output else {
      if !text.isEmpty { try console.result(text) }
      return
    }
    try WrittenFile.write(Array(text.utf8), to: path, console: console)
  }
}
