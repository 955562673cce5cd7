import CNNData
import CNNDiagnostics
import CNNFiles
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// How a run ends: over, paused by a signal, or failed; each with everything saved.
extension TrainingRun {
  /// Evaluates what was trained, saves everything, and says how the run ended.
  func conclude(
    _ outcome: Outcome, _ position: TrainingPosition, _ trainer: Trainer, _ session: inout Session,
    _ observer: inout RunObserver, _ directory: RunDirectory
  ) throws -> RunResult {
    var result = result(observer, directory)
    var weights = session.weights
    switch outcome {
    case .paused:
      result.interrupt(position, steps: Batches(count: data.train.count, size: settings.batchSize.value).count)
    case .failed(let error):
      let fault = loaded.data?.faultOfSample(error)
      if let fault { loaded.report([fault], console: console) }
      result.fail(error.message, help: error.help, isTold: fault != nil)
    case .over:
      result.reason = observer.callbacks.stopReason
      // At the end of `fit` Keras puts an average that the optimiser keeps in the weights' place, then a callback's best
      // weights, whoever ended training. The checkpoint keeps what training left.
      let trained = weights
      session.applyAverage()
      weights = observer.callbacks.finalEpoch.flatMap { observer.kept[$0] } ?? session.weights
      if observer.callbacks.finalEpoch == nil { try tellOfAverage(trainer, &session, observer) }
      // One model comes out of a run: that of its best epoch, which `evaluate`, `predict` and `export` take, too.
      session.weights = observer.bestWeights ?? weights
      var tally =
        tallies ? data.test.map { OutputTally(loaded.spec, classNames: data.train.classNames, dataset: $0) } : nil
      let test = try failing { () throws(SessionError) in
        try trainer.evaluate(
          &session, data.test, wantsStop: { Interrupt.signal != nil },
          took: tally == nil ? nil : { outputs, batch in tally?.add(outputs, of: batch) })
      }
      result.tally = tally
      session.weights = trained
      if data.test != nil {
        result.evaluation = test.values.map { NamedValue("test_\($0.name)", $0.value) }
        result.evaluatedWeights = evaluatedWeights(observer)
        if Interrupt.signal != nil { result.interrupt(position, steps: 0) }
      }
    }
    result.seconds = observer.seconds
    observer.close(position, session: session, weights: weights, end: result.end)
    return finish(result, observer, directory)
  }

  /// Where the optimiser keeps an average of the weights: that it is what training ends with, and how good it is, since
  /// the epochs were validated without it.
  ///
  /// - Parameter session: with the average in the weights' place.
  private func tellOfAverage(
    _ trainer: Trainer, _ session: inout Session, _ observer: RunObserver
  ) throws {
    guard settings.optimizer.value.averaging != nil, let best = observer.history.best else { return }
    let figures = try failing { () throws(SessionError) in
      try trainer.evaluate(&session, data.validation, wantsStop: { Interrupt.signal != nil })
    }.values
    if Interrupt.signal != nil { return }
    let text =
      data.validation == nil
      ? "" : " (\(figures.map { "val_\($0.name) \(NumberFormat.metric($0.value))" }.joined(separator: ", ")))"
    console.note(
      "note: training ends with the average of its weights\(text), in weights/last.safetensors; the best weights are those "
        + "of epoch \(best + 1) itself, and what follows is of them\n  help: `--weights last` takes the average\n")
  }

  /// Which weights the figures of the test samples are of; `nil` where the last ones are the best.
  private func evaluatedWeights(_ observer: RunObserver) -> String? {
    guard let best = observer.history.best,
      best + 1 != observer.history.epochCount || settings.optimizer.value.averaging != nil
    else { return nil }
    return "of the best weights, after epoch \(best + 1)"
  }

  /// Ends a run whose weights are not numbers any more: those of its newest checkpoint are.
  func conclude(
    lossOf outcome: Outcome, _ session: inout Session, _ observer: inout RunObserver, _ directory: RunDirectory
  ) throws -> RunResult {
    var result = result(observer, directory)
    if case .failed(let error) = outcome {
      result.fail(error.message, help: error.help)
    } else {
      result.fail("the last update left weights that are not finite numbers", help: "lower the learning rate")
    }
    do throws(CheckpointError) {
      let found = try observer.newestCheckpoint()
      let (checkpoint, kept) = try CheckpointFile.restore(found.path, into: &session)
      result.seconds = observer.seconds
      observer.close(checkpoint, kept: kept, session: session, end: result.end)
      return finish(result, observer, directory)
    } catch {
      console.fail("the last good weights cannot be had: \(error.message)", help: error.help)
      throw Exit(.failed)
    }
  }

  private func result(_ observer: RunObserver, _ directory: RunDirectory) -> RunResult {
    RunResult(
      directory: directory.path, name: loaded.spec.name, history: observer.history, epochs: settings.epochs.value)
  }

  /// Writes what the run came to, and holds it to its contracts.
  private func finish(_ ended: RunResult, _ observer: RunObserver, _ directory: RunDirectory) -> RunResult {
    var result = ended
    result.end(trained: ended.state == .done)
    if let unsaved = observer.unsaved {
      result.failToSave(unsaved.message, kept: unsaved.kept, help: unsaved.help)
    }
    do throws(FileError) {
      if ended.state == .done { try directory.writeMetrics(ended.metrics) }
    } catch { result.failToSave(error.message, kept: "kept is everything else", help: error.help) }
    if ended.state == .done {
      result.broken = loaded.spec.expectations.broken(by: result.figures, seconds: result.seconds)
      if !result.broken.isEmpty { loaded.report(result.broken, console: console) }
    }
    return result
  }

  /// Writes, behind everything else, how the run ended.
  func writeEnd(of ended: RunResult, _ directory: RunDirectory) -> RunResult {
    var result = ended
    do throws(FileError) {
      try directory.finish(result.state, epoch: result.history.epochCount)
    } catch { result.failToSave(error.message, kept: "kept is everything else", help: error.help) }
    return result
  }
}

extension Expectations {
  /// What of the measured contracts does not hold.
  func broken(by figures: [NamedValue], seconds: Double) -> [Diagnostic] {
    var bag = DiagnosticBag()
    for expectation in items {
      switch expectation.subject {
      case .metric(let name):
        guard let value = figures.first(where: { $0.name == name })?.value else {
          bag.add(expectation.broken("`\(name)` was not measured"))
          continue
        }
        bag.add(contentsOf: expectation.check(value))
      case .maxSeconds: bag.add(contentsOf: expectation.check(seconds))
      default: break
      }
    }
    return bag.sorted
  }
}
