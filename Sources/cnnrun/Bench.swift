import ArgumentParser
import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Time each step of a spec's plan against what this machine can do.",
    discussion: """
      Measures the machine's multiply-adds and memory first, then every fused step alone, then the whole training \
      step and inference of one image and of many. The data is random: times do not depend on it, but for the \
      gradients that a rectifier shuts off.
      """)

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String?

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp("Images a training step takes; default: the spec's, or 32.", valueName: "n"))
  var batchSize: Int?

  @Option(help: ArgumentHelp("Images of the large inference; default: \(standardImages).", valueName: "n"))
  var images: Int?

  @Option(help: ArgumentHelp("Runs of each step; the median is shown; default: \(standardRuns).", valueName: "n"))
  var runs: Int?

  private static let standardImages = 1000
  private static let standardRuns = 21

  @Flag(help: "Print one JSON object instead of tables.")
  var json = false

  @Flag(
    help: "Instead of a spec, a few hundred shapes of layers, and which of them fall short of the machine's limits.")
  var sweep = false

  @Option(
    help: ArgumentHelp(
      "With --sweep, only shapes whose input and layer, as the table shows them, hold this text.", valueName: "text"))
  var only: String?

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    for (name, value) in [("--batch-size", batchSize ?? 1), ("--images", images ?? 1)]
    where !(1...65_536).contains(value) {
      throw ValidationError("\(name) takes 1 to 65536, not \(value)")
    }
    if only != nil, !sweep { throw ValidationError("--only chooses among the shapes of --sweep") }
    if (spec == nil) != sweep { throw ValidationError("give a spec, or --sweep") }
    if sweep, batchSize != nil || images != nil || !specOptions.overrides.isEmpty {
      throw ValidationError(
        "--sweep has shapes and batches of its own: it takes --only, --runs, --json and --threads alone")
    }
    let runs = runs ?? Self.standardRuns
    if !(1...10_000).contains(runs) { throw ValidationError("--runs takes 1 to 10000, not \(runs)") }
  }

  func run() throws {
    let console = common.console
    guard let spec else { return try runSweep(console) }
    let loaded = try SpecInput(spec, console: console).load(specOptions, sections: .model, console: console)
    try loaded.checkSize(console: console)
    let kernels = try machine.kernels()
    let threads = try machine.threadCount()
    let limits = MachineProbe(kernels, threads: threads, clock: { Clock.now })
    let bench = ModelBench(
      loaded.spec, compiler: Compiler(kernels: kernels), threads: threads, runs: runs ?? Self.standardRuns,
      clock: { Clock.now })
    let report: BenchReport
    do throws(SessionError) {
      let batch = batchSize ?? loaded.spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize
      report = BenchReport(
        title: loaded.spec.training == nil ? "\(loaded.spec.name), inference" : "\(loaded.spec.name), a training step",
        limits: MachineLimits(limits), threads: threads,
        instructionSet: "\(kernels.instructionSet)", steps: try bench.steps(batch: batch),
        jobs: try bench.jobs(batch: batch, images: images ?? Self.standardImages))
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    try console.result((json ? report.json.text : report.text) + "\n")
  }

  private func runSweep(_ console: Console) throws {
    let kernels = try machine.kernels()
    let threads = try machine.threadCount()
    var probe = MachineProbe(kernels, threads: threads, clock: { Clock.now })
    let limits = MachineLimits(probe)
    let sweep = ShapeSweep(
      compiler: Compiler(kernels: kernels), threads: threads, runs: runs ?? Self.standardRuns, clock: { Clock.now })
    var results: [ShapeSweep.Result] = []
    let shapes = ShapeSweep.shapes.filter { only.map($0.title.contains) ?? true }
    for (index, shape) in shapes.enumerated() {
      // A shape is held to the machine of its own minute, which others may use more or less than before.
      if index > 0, index % 8 == 0 { probe = probe.withBandwidth(kernels, threads: threads, clock: { Clock.now }) }
      let before = probe.withFlops(kernels, threads: threads, clock: { Clock.now })
      let steps = try sweep.steps(of: shape)
      let after = probe.withFlops(kernels, threads: threads, clock: { Clock.now })
      let ownLimits = MachineLimits(before.flops > after.flops ? before : after)
      results += steps.map { ShapeSweep.Result(shape, $0, ownLimits) }
      if console.redraws { console.note("\r\(index + 1) of \(shapes.count)") }
    }
    if console.redraws { console.note("\r") }
    let text =
      json
      ? ShapeSweep.json(results, limits: limits, threads: threads).text
      : ShapeSweep.text(results, shapes: shapes.count)
    try console.result(text + "\n")
  }
}

extension MachineLimits {
  fileprivate init(_ probe: MachineProbe) {
    self.init(
      flops: probe.flops, bandwidth: probe.bandwidth, readBandwidth: probe.readBandwidth,
      writeBandwidth: probe.writeBandwidth)
  }
}
