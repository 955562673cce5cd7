import ArgumentParser
import CNNData
import CNNFiles
import CNNKernels
import CNNLayers
import CNNModel
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

struct MakeReport: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Make a run's report.html again, with its plots and tables, of runs that were stopped too.",
    discussion: """
      Takes the best weights that the run has, and the data that its spec names. Without the data, or with data that is \
      not what the run was trained on, the report has curves, settings and filters, and says what is missing.
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("A run directory, or its name below runs, such as latest.", valueName: "run"),
    completion: .directory)
  var name: String

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where the data set's files are.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write the page alone, to this file or - for stdout, and nothing into the run directory.", valueName: "file"))
  var output: String?

  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    let path = RunLocator.path(of: name, console)
    guard let past = PastRun(path) else {
      let (message, help) = PastRun.reasonUnreadable(path)
      console.fail("'\(name)' is no run that can be read\(message)", help: help)
      throw Exit(.usage)
    }
    // Held for as long as files are written.
    let directory = output == nil ? try open(past, console) : nil
    let report = try ReportOfPastRun(
      past, dataDirectory: dataDirectory, kernels: try machine.kernels(), threads: try machine.threadCount(),
      console: console
    ).report()
    if let output {
      return try WrittenFile.write(report.html, toFileOrOutput: output, console: console)
    }
    guard let directory else { return }
    do throws(FileError) { try ReportMaker.write(report, to: directory) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    console.note("\(directory.path(of: ReportMaker.pageName))\n")
  }

  private func open(_ past: PastRun, _ console: Console) throws -> RunDirectory {
    if past.isRunning {
      console.fail(
        "a process is at work on '\(past.path)', which ends with a report of its own",
        help: "`--output FILE` writes one of what there is by now")
      throw Exit(.failed)
    }
    do throws(FileError) { return try RunDirectory.open(past.path) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }
}

/// What a report needs of a run that is over, from its directory and its data.
struct ReportOfPastRun {
  private let past: PastRun
  private let dataDirectory: String?
  private let kernels: KernelTable
  private let threads: Int
  private let console: Console

  init(_ past: PastRun, dataDirectory: String?, kernels: KernelTable, threads: Int, console: Console) {
    self.past = past
    self.dataDirectory = dataDirectory ?? past.checkpoint.run.dataDirectory
    self.kernels = kernels
    self.threads = threads
    self.console = console
  }

  func report() throws -> TrainingReport {
    let record = past.checkpoint.run
    let loaded = try past.load(sections: .training, console: console)
    let weights = weights(loaded.spec)
    let samples = try samples(loaded)
    let summary = past.summary
    var count = 0
    if case .there(let training, _, _, _) = samples { count = training.count }
    let course = ReportMaker.Course(
      history: past.checkpoint.history, state: summary.state, reason: summary.reason, epochs: record.epochs,
      samples: count, evaluation: past.end?.evaluation ?? [])
    do throws(SessionError) {
      var report = try ReportMaker(spec: loaded.spec, kernels: kernels, threads: threads).report(
        course, weights: weights, samples,
        machine: TrainingReport.machineFacts(
          directory: past.path, seconds: record.seconds, instructionSet: record.instructionSet, threads: nil,
          host: nil, version: record.toolVersion, startedAt: record.startedAt))
      if weights == nil { report.notes.append("There are no weights that can be read.") }
      return report
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }

  /// The best ones: of a run that is done its file, of one that was stopped its checkpoint, which is never older.
  private func weights(_ spec: Spec) -> [[Float]]? {
    let file = { (try? TrainedModel(reading: past.path, spec: spec))?.weights }
    let kept = { past.checkpointWeights(of: spec)?.values }
    return past.isDone ? file() ?? kept() : kept() ?? file()
  }

  /// The samples that the run was trained and measured on, or why they cannot be had, which is told.
  private func samples(_ loaded: LoadedSpec) throws -> ReportMaker.Samples {
    guard let data = loaded.data else { return gone("the spec has no section `data`", nil) }
    let settings = try loaded.loadSettings(data, threads: threads, console: console)
    do throws(LoadedSpec.DataFault) {
      let opened = try data.open(dataDirectory: dataDirectory, threads: threads)
      for demand in opened.demands {
        if let fault = data.misfit(shape: demand.shape, largestLabel: demand.largestLabel) {
          return gone(fault.message, fault.help)
        }
      }
      let found = try data.load(opened, settings)
      guard
        past.checkpoint.run.dataFingerprint.isOf(
          training: found.train, validation: found.validation, test: found.test)
      else {
        return gone(
          "the data is not what the run was trained on: \(found.description)",
          "put the old files back, or name them with `--data-dir`")
      }
      return .there(
        training: found.train, validation: found.validation, test: found.test, description: found.description)
    } catch {
      return gone(error.diagnostic.message, error.diagnostic.help)
    }
  }

  private func gone(_ message: String, _ help: String?) -> ReportMaker.Samples {
    console.error(
      "warning: \(message)\n" + (help.map { "  help: \($0)\n" } ?? "")
        + "  the report is made without what needs samples: confusion, classes, confidence, pictures\n")
    return .gone(
      "Without samples there is no confusion matrix, no confidence and no picture of samples here: \(message).")
  }
}
