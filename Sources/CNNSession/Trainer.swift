/// How long and with what to train: the settings of a run that are not in its plans.
package struct TrainingSettings: Sendable, Equatable {
  package var epochs: Int
  package var batchSize: Int
  package var shuffles: Bool
  package var schedule: LearningRateSchedule
  /// What is measured beside the loss, in the order of reports.
  package var metrics: [Metric]

  package init(
    epochs: Int, batchSize: Int, shuffles: Bool, schedule: LearningRateSchedule, metrics: [Metric] = [.accuracy]
  ) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.shuffles = shuffles
    self.schedule = schedule
    self.metrics = metrics
  }
}

/// What an epoch came to.
///
/// Its own numbers are of what the steps saw, with dropout on and weights moving; those of the validation, `val_…`, are
/// of the epoch's last weights (Keras's `fit`).
package struct EpochResult: Sendable, Equatable {
  /// From 1.
  package var epoch: Int
  package var seconds: Double
  /// The rate that holds when the epoch is over, before any callback changes it: of a schedule that of the next step, as
  /// Keras's callbacks see it (`optimizer.learning_rate`).
  package var learningRate: Float
  /// `loss`, the metrics, then the same of the validation: `val_loss`, …
  package var values: [NamedValue]

  package init(epoch: Int, seconds: Double, learningRate: Float, values: [NamedValue]) {
    self.epoch = epoch
    self.seconds = seconds
    self.learningRate = learningRate
    self.values = values
  }

  /// - Returns: `nil` for what this training does not measure.
  package func value(of name: String) -> Double? { values.first { $0.name == name }?.value }
}

/// How far training has come: what a stopped run goes on from.
package struct TrainingPosition: Sendable, Equatable {
  /// Epochs that are over.
  package var epochs = 0
  /// Steps done of the epoch under way; all of them if its validation is still to come.
  package var steps = 0
  /// Seconds spent on them.
  package var seconds = 0.0
  /// What they have come to.
  package var totals: MetricTotals

  package init(_ metrics: [Metric], epochs: Int = 0) {
    totals = MetricTotals(metrics)
    self.epochs = epochs
  }

  /// The position for a training that measures these metrics; `nil` if it was another that measured so far.
  package func measuring(_ metrics: [Metric]) -> TrainingPosition? {
    var position = self
    position.totals = MetricTotals(metrics)
    guard position.totals.sums.count == totals.sums.count else { return nil }
    position.totals.sums = totals.sums
    return position
  }
}

/// Hears how training goes, sets its rate, and may end it.
package protocol TrainingObserver {
  /// - Parameters:
  ///   - position: with steps that are done already in a run that was stopped within the epoch.
  ///   - steps: of the whole epoch.
  mutating func epochBegan(_ position: TrainingPosition, steps: Int)
  /// - Parameter own: the step alone; the position has what the epoch has come to so far.
  mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session)
  /// - Returns: whether training goes on.
  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool
  /// A rate in the place of the settings'.
  var learningRate: Float? { get }
  /// Asked after each step; training pauses there if it says so.
  var wantsStop: Bool { get }
}

/// Keras's `fit`: epochs of shuffled batches, the last one partial, each followed by a validation.
package struct Trainer: Sendable {
  package let settings: TrainingSettings

  package init(_ settings: TrainingSettings) { self.settings = settings }

  /// Trains from `position` on, which it keeps current, and returns whether training is over.
  ///
  /// The order of an epoch is a function of seed and epoch alone; nothing is allocated from step to step. A session
  /// that paused at a position, and one that was brought there from a checkpoint, go on alike. The weights are those of
  /// the last step: what Keras does with them at the end of `fit` is left to the caller, so that training can go on.
  /// - Throws: `diverged`; the position is then the one before the step that failed.
  package func run(
    _ session: inout Session, from position: inout TrainingPosition, training: borrowing Dataset,
    validation: borrowing Dataset?, observer: inout some TrainingObserver, clock: () -> Double
  ) throws(SessionError) -> Bool {
    var order = (0..<Int32(training.count)).map(\.self)
    let batches = Batches(count: training.count, size: settings.batchSize)
    while position.epochs < settings.epochs {
      let start = clock() - position.seconds
      if settings.shuffles { CounterRandom.shuffle(into: &order, seed: session.seed, epoch: position.epochs) }
      observer.epochBegan(position, steps: batches.count)
      while position.steps < batches.count {
        let rate = observer.learningRate ?? settings.schedule.rate(step: Int(session.step))
        let own: Session.StepResult
        do throws(SessionError) {
          own = try session.train(
            training, order: order, batch: batches[position.steps], learningRate: rate, measuring: &position.totals)
        } catch {
          throw error.during(epoch: position.epochs + 1, batch: position.steps + 1)
        }
        position.steps += 1
        position.seconds = clock() - start
        observer.stepEnded(position, own: own, session: session)
        if observer.wantsStop { return false }
      }
      var result = EpochResult(
        epoch: position.epochs + 1, seconds: 0,
        learningRate: observer.learningRate ?? settings.schedule.rate(step: Int(session.step)),
        values: position.totals.values)
      if validation != nil {
        let measured = try evaluate(&session, validation, wantsStop: { observer.wantsStop })
        if observer.wantsStop { return false }
        result.values += measured.values.map { NamedValue("val_\($0.name)", $0.value) }
      }
      result.seconds = clock() - start
      position = TrainingPosition(settings.metrics, epochs: position.epochs + 1)
      if !observer.epochEnded(result, session: session) { return true }
      if observer.wantsStop { return position.epochs == settings.epochs }
    }
    return true
  }

  /// Sums over a whole data set, in its own order, or over its beginning if a stop is asked for.
  ///
  /// - Parameter took: is given the outputs of each batch, `[batch, width]`, and which samples they are of, where the
  ///   evaluation plan gives predictions.
  package func evaluate(
    _ session: inout Session, _ dataset: borrowing Dataset?, wantsStop: () -> Bool = { false },
    took: (([Float], Range<Int>) -> Void)? = nil
  ) throws(SessionError) -> MetricTotals {
    var total = MetricTotals(settings.metrics)
    guard let dataset = copy dataset else { return total }
    let order = (0..<Int32(dataset.count)).map(\.self)
    let batches = Batches(count: dataset.count, size: settings.batchSize)
    for index in 0..<batches.count where !wantsStop() {
      _ = try session.evaluate(dataset, order: order, batch: batches[index], measuring: &total)
      took?(session.evaluatedOutputs(samples: batches[index].count), batches[index])
    }
    return total
  }
}

/// Stretches of at most `size`; the last one may be smaller.
package struct Batches: Sendable {
  let total, size: Int

  package init(count: Int, size: Int) {
    total = count
    self.size = max(1, size)
  }

  package var count: Int { (total + size - 1) / size }
  package subscript(index: Int) -> Range<Int> { index * size..<min((index + 1) * size, total) }
}
