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
  /// Of the epoch's last step.
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

/// Hears how training goes, and may end it.
package protocol TrainingObserver {
  mutating func epochBegan(_ epoch: Int, steps: Int)
  /// What the epoch came to so far, and this step's own.
  mutating func stepEnded(_ step: Int, running: MetricTotals, own: Session.StepResult)
  mutating func epochEnded(_ result: EpochResult, session: borrowing Session)
  /// Asked after each step; training ends there if it says so.
  var wantsStop: Bool { get }
}

/// Keras's `fit`: epochs of shuffled batches, the last one partial, each followed by a validation.
package struct Trainer: Sendable {
  package let settings: TrainingSettings

  package init(_ settings: TrainingSettings) { self.settings = settings }

  /// Trains and returns whether all epochs were run.
  ///
  /// The order of an epoch is a function of seed and epoch alone; nothing is allocated from step to step.
  package func run(
    _ session: inout Session, training: borrowing Dataset, validation: borrowing Dataset?,
    observer: inout some TrainingObserver, clock: () -> Double
  ) throws(SessionError) -> Bool {
    var order = (0..<Int32(training.count)).map(\.self)
    let batches = Batches(count: training.count, size: settings.batchSize)
    for epoch in 1...max(1, settings.epochs) {
      let start = clock()
      if settings.shuffles { CounterRandom.shuffle(into: &order, seed: session.seed, epoch: epoch - 1) }
      observer.epochBegan(epoch, steps: batches.count)
      var total = MetricTotals(settings.metrics)
      var rate = settings.schedule.rate(step: Int(session.step))
      for index in 0..<batches.count {
        rate = settings.schedule.rate(step: Int(session.step))
        let own: Session.StepResult
        do throws(SessionError) {
          own = try session.train(
            training, order: order, batch: batches[index], learningRate: rate, measuring: &total)
        } catch {
          throw error.during(epoch: epoch, batch: index + 1)
        }
        observer.stepEnded(index + 1, running: total, own: own)
        if observer.wantsStop { return false }
      }
      var result = EpochResult(
        epoch: epoch, seconds: 0, learningRate: rate, values: total.values)
      if validation != nil {
        let measured = try evaluate(&session, validation, wantsStop: { observer.wantsStop })
        if observer.wantsStop { return false }
        result.values += measured.values.map { NamedValue("val_\($0.name)", $0.value) }
      }
      result.seconds = clock() - start
      observer.epochEnded(result, session: session)
      if observer.wantsStop, epoch < settings.epochs { return false }
    }
    session.applyAverage()
    return true
  }

  /// Sums over a whole data set, in its own order, or over its beginning if a stop is asked for.
  package func evaluate(
    _ session: inout Session, _ dataset: borrowing Dataset?, wantsStop: () -> Bool = { false }
  ) throws(SessionError) -> MetricTotals {
    var total = MetricTotals(settings.metrics)
    guard let dataset = copy dataset else { return total }
    let order = (0..<Int32(dataset.count)).map(\.self)
    let batches = Batches(count: dataset.count, size: settings.batchSize)
    for index in 0..<batches.count where !wantsStop() {
      _ = try session.evaluate(dataset, order: order, batch: batches[index], measuring: &total)
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
