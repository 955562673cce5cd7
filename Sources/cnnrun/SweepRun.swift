import CNNDiagnostics
import CNNFiles
import CNNKernels
import CNNReport
import CNNSession
import CNNSpec

/// The runs of a sweep, one after the other: those that are done are left alone, those that were stopped go on.
struct SweepRun {
  let grid: SweepGrid
  /// Which combinations of the grid, in this order.
  let combinations: [Int]
  let input: SpecInput
  let out: String?
  let dataDirectory: String?
  let console: Console
  let kernels: KernelTable
  let threads: Int

  struct Outcome {
    let table: SweepTable
    let isInterrupted: Bool
  }

  func run() throws -> Outcome {
    let specs = try load()
    guard let first = specs.first else { throw Exit(.usage) }
    let folder = out ?? Path.join(RunLocator.root, RunDirectory.folderName(first.spec.name) + "-sweep")
    do throws(FileError) { try FileAccess().createDirectories(folder) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    let paths = combinations.map { Path.join(folder, folderName(of: $0)) }
    for (place, (loaded, path)) in zip(specs, paths).enumerated() {
      console.note("[\(place + 1)/\(paths.count)] \(title(of: combinations[place]))\n")
      try train(loaded, combinations[place], path)
      if Interrupt.signal != nil { break }
    }
    let table = table(paths)
    let earlier = SweepFolder.otherRuns(in: folder, than: paths)
    let all =
      earlier.isEmpty ? table : SweepFolder.table(own: zip(paths, combinations.map(grid.combination)), earlier)
    do throws(FileError) {
      try AtomicWrite.write(Array(all.csv.utf8), to: Path.join(folder, "results.csv"))
      try AtomicWrite.write(
        Array((all.json(toolVersion: cnnrunVersion).text + "\n").utf8), to: Path.join(folder, "sweep.json"))
      if !earlier.isEmpty {
        console.note(
          "note: '\(Path.join(folder, "results.csv"))' has \(earlier.count) "
            + "\(earlier.count == 1 ? "run" : "runs") of earlier sweeps, too\n")
      }
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    return Outcome(table: table, isInterrupted: Interrupt.signal != nil)
  }

  /// All specs, so that a fault in one of them is told before anything is trained.
  private func load() throws -> [LoadedSpec] {
    var specs: [LoadedSpec] = []
    for (place, combination) in combinations.enumerated() {
      // Advice is the same for each.
      let quiet = Console(isQuiet: true, noColor: !console.usesColor)
      let loaded = try input.load(
        overrides: grid.combination(combination), sections: .training, console: place == 0 ? console : quiet)
      let broken = loaded.brokenExpectations()
      if !broken.isEmpty {
        loaded.report(broken.sorted, console: console)
        throw Exit(.expectation)
      }
      specs.append(loaded)
    }
    return specs
  }

  private func train(_ loaded: LoadedSpec, _ combination: Int, _ path: String) throws {
    let overrides = grid.combination(combination)
    var request = RunRequest(overrides: overrides, out: path, dataDirectory: dataDirectory)
    // Each run's epochs are told where they can be watched, or on request.
    let inner = Console(
      isQuiet: console.isQuiet || !(console.redraws || console.isVerbose), isVerbose: console.isVerbose,
      noColor: !console.usesColor, answersInJSON: true)
    if let past = PastRun(path) {
      if past.isRunning { return console.note("      another process is at work on it\n") }
      if past.isDone, past.checkpoint.run.resolved == loaded.spec.resolvedText { return tell(past, "done before") }
      // A result is told of the spec as it is, so that a run of other first weights is none of it.
      let resumed = try ResumedRun(
        path, spec: input, more: overrides, allowsLearningRate: false, allowsInitialWeights: false, console: console)
      request.out = nil
      request.take(resumed)
    }
    do {
      let result = try TrainingRun(loaded, request, console: inner, kernels: kernels, threads: threads).run()
      if result.state == .failed { console.note("      failed: \(result.reason ?? "")\n") }
      if result.state == .interrupted { return }
    } catch is Exit {
      // It was told; the others may do better.
      return
    }
    if let past = PastRun(path) { tell(past, nil) }
  }

  private func tell(_ run: PastRun, _ remark: String?) {
    let summary = run.summary
    guard let value = summary.bestValue, let epoch = summary.bestEpoch else { return }
    console.note(
      "      \(summary.monitor) \(NumberFormat.metric(value)) at epoch \(epoch) of \(summary.epochsDone)"
        + "\(remark.map { ", \($0)" } ?? "")\n")
  }

  private func table(_ paths: [String]) -> SweepTable {
    let runs = paths.map(PastRun.init)
    let monitor = runs.lazy.compactMap { $0?.checkpoint.history.monitor }.first ?? "val_loss"
    return SweepTable(
      keys: varying.map { names[$0] },
      rows: zip(combinations, zip(paths, runs)).map { combination, entry in
        let values = grid.values(combination)
        return SweepTable.Row(values: varying.map { values[$0] }, run: entry.1?.summary, path: entry.0)
      }, higherIsBetter: MetricDirection(of: monitor) == .up)
  }

  /// The options that make a difference.
  var varying: [Int] { grid.axes.indices.filter { grid.axes[$0].values.count > 1 } }

  /// What tells the options apart: their last keys, or their paths where two have the same.
  private var names: [String] {
    let short = grid.axes.map(\.name)
    return zip(grid.axes, short).map { axis, name in
      short.count(where: { $0 == name }) == 1 ? name : axis.path
    }
  }

  private func title(of combination: Int) -> String {
    zip(names, grid.values(combination)).map { "\($0)=\($1)" }.joined(separator: "  ")
  }

  /// A folder for one combination: its values in words where they make plain ones, and always the same.
  private func folderName(of combination: Int) -> String {
    // How long it trains does not make another run: more epochs make it longer.
    let naming = zip(grid.axes, grid.values(combination)).filter { axis, _ in
      axis.path != "training.epochs" || axis.values.count > 1
    }
    let words = naming.isEmpty ? "run" : naming.map { "\($0.name)-\($1)" }.joined(separator: "-")
    let name = RunDirectory.folderName(words)
    if name == words, Set(naming.map(\.0.name)).count == naming.count { return name }
    // Cut, changed, or ambiguous: what was lost is told by its fingerprint.
    let print = Fingerprint.text(of: naming.map { "\($0.path)=\($1)" }.joined(separator: "\n").utf8).suffix(8)
    return "\(name.prefix(48))-\(print)"
  }
}
