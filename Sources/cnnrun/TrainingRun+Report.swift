import CNNDiagnostics
import CNNFiles
import CNNReport
import CNNSession

extension TrainingRun {
  /// Makes the report of a run that is done. What keeps it from being made is told, and costs nothing but the report.
  ///
  /// - Parameter plan: that of training, as text.
  func report(_ result: inout RunResult, _ observer: RunObserver, _ directory: RunDirectory, plan: String) {
    let began = Clock.now
    let maker = ReportMaker(spec: loaded.spec, kernels: kernels, threads: threads)
    let course = ReportMaker.Course(
      history: result.history, state: result.state.rawValue, reason: result.reason, epochs: result.epochs,
      samples: data.train.count, evaluation: result.evaluation)
    let report: TrainingReport
    do throws(SessionError) {
      report = try maker.report(
        course, weights: observer.chosen, tally: result.tally, plan: plan,
        .there(
          training: data.train, validation: data.validation, test: data.test, description: data.description),
        machine: TrainingReport.machineFacts(
          directory: directory.path, seconds: result.seconds, instructionSet: kernels.instructionSet.word,
          threads: threads, host: .current(), version: cnnrunVersion, startedAt: observer.record.startedAt))
    } catch {
      return warn("the report could not be made: \(error.message)", error.help, directory)
    }
    // Of what a report is expected to show nothing may be missing without a word.
    if report.measured == nil { for note in report.notes { console.note("note: \(note)\n") } }
    result.closing = ReportMaker.closing(report, columns: console.columns, isUnicode: Console.isUnicode)
    // Where the weights had no room the page has none either.
    if result.state != .done { return }
    do throws(FileError) {
      try ReportMaker.write(report, to: directory)
    } catch {
      return warn("the report could not be written: \(error.message)", error.help, directory)
    }
    result.page = directory.path(of: ReportMaker.pageName)
    console.detail("report made in \(NumberFormat.stepTime(Clock.now - began))\n")
  }

  private func warn(_ message: String, _ help: String?, _ directory: RunDirectory) {
    console.error("warning: \(message)\n")
    console.note("  help: \(help ?? "make it again by `cnnrun report \(RunResult.quoted(directory.path))`")\n")
  }
}
