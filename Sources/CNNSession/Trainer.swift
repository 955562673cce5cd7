/// How long and with what to train: the settings of a run that are not in its plans.
package struct TrainingSettings: Sendable, Equatable {
  package var epochs: Int
  package var batchSize: Int
  package var shuffles: Bool
  package var learningRate: Float

  package init(epochs: Int, batchSize: Int, shuffles: Bool, learningRate: Float) {
    self.epochs = epochs
    self.batchSize = batchSize
    self.shuffles = shuffles
    self.learningRate = learningRate
  }
}

/// What an epoch came to.
///
/// `loss` and `accuracy` are means over the samples of what the steps saw, with dropout on and weights moving; the
/// validation's are of the epoch's last weights (Keras's `fit`).
package struct EpochResult: Sendable, Equatable {
  /// From 1.
  package var epoch: Int
  package var seconds: Double
  package var learningRate: Float
  package var loss: Double
  package var accuracy: Double
  package var validation: (loss: Double, accuracy: Double)?

  package static func == (left: EpochResult, right: EpochResult) -> Bool {
    left.epoch == right.epoch && left.loss == right.loss && left.accuracy == right.accuracy
      && left.validation?.loss == right.validation?.loss && left.validation?.accuracy == right.validation?.accuracy
  }
}

/// Hears how training goes, and may end it.
package protocol TrainingObserver {
  mutating func epochBegan(_ epoch: Int, steps: Int)
  /// Running means of the epoch so far, and this step's own.
  mutating func stepEnded(_ step: Int, running: Session.StepResult, own: Session.StepResult)
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
      var total = Session.StepResult()
      for index in 0..<batches.count {
        let own = try session.train(
          training, order: order, batch: batches[index], learningRate: settings.learningRate)
        total.add(own)
        observer.stepEnded(index + 1, running: total, own: own)
        if observer.wantsStop { return false }
      }
      var result = EpochResult(
        epoch: epoch, seconds: 0, learningRate: settings.learningRate, loss: total.meanLoss,
        accuracy: total.hits / Double(total.samples))
      if validation != nil {
        let measured = try evaluate(&session, validation, wantsStop: { observer.wantsStop })
        if observer.wantsStop { return false }
        result.validation = (measured.meanLoss, measured.hits / Double(measured.samples))
      }
      result.seconds = clock() - start
      observer.epochEnded(result, session: session)
      if observer.wantsStop { return epoch == settings.epochs }
    }
    return true
  }

  /// Sums over a whole data set, in its own order, or over its beginning if a stop is asked for.
  package func evaluate(
    _ session: inout Session, _ dataset: borrowing Dataset?, wantsStop: () -> Bool = { false }
  ) throws(SessionError) -> Session.StepResult {
    var total = Session.StepResult()
    guard let dataset = copy dataset else { return total }
    let order = (0..<Int32(dataset.count)).map(\.self)
    let batches = Batches(count: dataset.count, size: settings.batchSize)
    for index in 0..<batches.count where !wantsStop() {
      total.add(try session.evaluate(dataset, order: order, batch: batches[index]))
    }
    return total
  }
}

extension Session.StepResult {
  package mutating func add(_ other: Session.StepResult) {
    lossSum += other.lossSum
    hits += other.hits
    samples += other.samples
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
