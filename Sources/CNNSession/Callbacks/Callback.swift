/// One item of `training.callbacks` at work: it decides, and says what is to be done; it touches nothing itself.
///
/// In: what an epoch or a step came to. Out: actions, which `CallbackList` carries out. What it remembers is a few numbers
/// that a checkpoint holds, so that a resumed run decides as one that was never stopped. Semantics are Keras 3's.
package protocol Callback: Sendable {
  /// The word of the spec: `early_stopping`.
  var kind: String { get }
  /// After an epoch, its validation, and the callbacks before this one.
  mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction]
  /// Whether `stepEnded` is to be called.
  var looksAtSteps: Bool { get }
  mutating func stepEnded(_ logs: StepLogs) -> [CallbackAction]
  /// The epoch, from 1, whose weights it may want again.
  var wantedEpoch: Int? { get }
  /// The epoch, from 1, whose weights training ends with; `nil` to leave them as they are.
  var finalEpoch: Int? { get }
  /// Why training is over by its judgement.
  var stopReason: String? { get }
  /// Files that it appends to: a resumed run cuts them back to where its checkpoint is.
  var growingFiles: [String] { get }
  func save(into writer: inout StateWriter)
  mutating func restore(from reader: inout StateReader) throws(StateReader.Fault)
}

extension Callback {
  package var looksAtSteps: Bool { false }
  package mutating func stepEnded(_ logs: StepLogs) -> [CallbackAction] { [] }
  package var wantedEpoch: Int? { nil }
  package var finalEpoch: Int? { nil }
  package var stopReason: String? { nil }
  package var growingFiles: [String] { [] }
  package func save(into writer: inout StateWriter) {}
  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {}
}

/// What an epoch came to: Keras's `logs`.
package struct EpochLogs: Sendable, Equatable {
  /// From 0, as Keras counts for callbacks.
  package var epoch: Int
  /// By Keras's names, in the order of the history.
  package var figures: [NamedValue]
  /// The rate that holds now: of a schedule that of the next step, or what a callback before this one has set.
  package var learningRate: Float
  /// Steps over all epochs.
  package var iterations: Int
  /// Of the epoch.
  package var steps: Int
  package var seconds: Double
  /// Seconds since 1970.
  package var wallTime: Double

  package init(
    epoch: Int, figures: [NamedValue], learningRate: Float, iterations: Int = 0, steps: Int = 0,
    seconds: Double = 0, wallTime: Double = 0
  ) {
    self.epoch = epoch
    self.figures = figures
    self.learningRate = learningRate
    self.iterations = iterations
    self.steps = steps
    self.seconds = seconds
    self.wallTime = wallTime
  }

  package subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }
}

/// What the epoch under way has come to.
package struct StepLogs: Sendable {
  /// Both from 0.
  package var epoch, batch: Int
  /// Steps over all epochs, from 1.
  package var iterations: Int
  /// Running means, by Keras's names.
  package var figures: [NamedValue]
  package var wallTime: Double

  package init(
    epoch: Int, batch: Int, iterations: Int, figures: [NamedValue], wallTime: Double = 0
  ) {
    self.epoch = epoch
    self.batch = batch
    self.iterations = iterations
    self.figures = figures
    self.wallTime = wallTime
  }

  package subscript(name: String) -> Double? { figures.first { $0.name == name }?.value }
}

/// What a callback asks for. Paths are relative to the run directory and lie in it.
package enum CallbackAction: Sendable, Equatable {
  case setLearningRate(Float)
  /// A safetensors file of the weights as they are now; with the spec in it if `withModel`.
  case saveWeights(path: String, withModel: Bool)
  /// Bytes at the end of a file, which is made if need be.
  case append(path: String, bytes: [UInt8])
  /// Histograms of all weights at the end of an event file.
  case appendHistograms(path: String, step: Int, wallTime: Double)
  /// To be told to the person.
  case note(String)
}
