import ArgumentParser
import CNNFiles
import CNNKernels
import CNNReport
import CNNSession
import CNNSpec

struct Sweep: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Train a spec with each combination of some values, and rank the runs.",
    discussion: """
      Each --set takes several values, with commas between or as a list: \
      --set training.optimizer.adam.learning_rate=1e-2,1e-3 --set training.batch_size=32,64 is four runs, each in a \
      directory of its own below runs/NAME-sweep, or what --out names. --random takes some of the combinations.

      The same command again goes on where it was: runs that are done are left alone, those that were stopped go on, and \
      another sweep that is at work on some of them keeps them.
      """)

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String

  @Option(
    name: .customLong("set"), parsing: .unconditionalSingleValue,
    help: ArgumentHelp(
      "A value of the spec and what it is to be, one after the other; repeatable.", valueName: "key.path=a,b,…"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("So many combinations, drawn at random, instead of all.", valueName: "n"))
  var random: Int?

  @Option(help: ArgumentHelp("What --random draws follow from.", valueName: "n"))
  var seed = 0

  @Option(help: ArgumentHelp("The folder of the sweep's runs.", valueName: "dir"))
  var out: String?

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where the data set's files are.", valueName: "dir"))
  var dataDirectory: String?

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if overrides.isEmpty {
      throw ValidationError("give a --set with several values, such as --set training.batch_size=32,64")
    }
    if let random, random < 1 { throw ValidationError("--random takes a number of runs, not \(random)") }
    if seed < 0 { throw ValidationError("--seed takes a number that is not negative, not \(seed)") }
    if random == nil, seed != 0 { throw ValidationError("--seed belongs to --random") }
  }

  func run() throws {
    let console = common.console
    let grid: SweepGrid
    do throws(SweepGrid.Fault) { grid = try SweepGrid(overrides) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.usage)
    }
    let input = try SpecInput(spec, console: console)
    let sweep = SweepRun(
      grid: grid, combinations: try combinations(of: grid), input: input, out: out, dataDirectory: dataDirectory,
      console: console, kernels: try machine.kernels(), threads: try machine.threadCount())
    let outcome = try sweep.run()
    if json {
      try console.result(outcome.table.json(toolVersion: cnnrunVersion).text + "\n")
    } else {
      try console.result(outcome.table.text + "\n")
    }
    if let best = outcome.table.best {
      let settings = zip(sweep.varying, best.values).map { axis, value in
        "--set \(RunResult.quoted("\(grid.axes[axis].path)=\(value)"))"
      }
      console.note("\nBest: \(settings.joined(separator: " "))\n")
    }
    if outcome.isInterrupted {
      console.note("interrupted; the same command goes on\n")
      throw Exit(Interrupt.status)
    }
    if outcome.table.best == nil { throw Exit(.failed) }
  }

  private func combinations(of grid: SweepGrid) throws -> [Int] {
    guard let random else {
      if grid.count > Self.mostRuns {
        throw ValidationError("\(grid.count) combinations are more than \(Self.mostRuns): take some with --random")
      }
      return Array(0..<grid.count)
    }
    let order = CounterRandom.permutation(count: grid.count, seed: UInt64(seed), epoch: 0)
    return order.prefix(min(random, Self.mostRuns)).map { Int($0) }
  }

  /// More runs than these in one sweep are taken for a mistake.
  private static let mostRuns = 10_000
}
