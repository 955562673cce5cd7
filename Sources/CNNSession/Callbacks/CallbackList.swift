/// The callbacks of a run, asked in their order, as Keras asks them: after an epoch's validation, and after steps.
package struct CallbackList: Sendable {
  private var callbacks: [any Callback]
  /// Those that look at steps: mostly none.
  private let stepwise: [Int]
  /// The rate that one of them has set; `nil` while the settings decide.
  package var learningRate: Float?

  package init(_ callbacks: [any Callback], learningRate: Float? = nil) {
    self.callbacks = callbacks
    stepwise = callbacks.indices.filter { callbacks[$0].looksAtSteps }
    self.learningRate = learningRate
  }

  package var looksAtSteps: Bool { !stepwise.isEmpty }

  package mutating func epochEnded(
    _ logs: EpochLogs, session: borrowing Session, output: inout some CallbackOutput
  ) {
    var logs = logs
    for index in callbacks.indices {
      for action in callbacks[index].epochEnded(&logs) {
        perform(action, session, &output)
        if case .setLearningRate(let rate) = action { logs.learningRate = rate }
      }
    }
  }

  package mutating func stepEnded(_ logs: StepLogs, session: borrowing Session, output: inout some CallbackOutput) {
    for index in stepwise {
      for action in callbacks[index].stepEnded(logs) { perform(action, session, &output) }
    }
  }

  private mutating func perform(
    _ action: CallbackAction, _ session: borrowing Session, _ output: inout some CallbackOutput
  ) {
    switch action {
    case .setLearningRate(let rate): learningRate = rate
    case .note(let text): output.note(text)
    case .saveWeights(let path, let withModel): output.saveWeights(session, to: path, withModel: withModel)
    case .append(let path, let bytes): output.append(bytes, to: path)
    case .appendHistograms(let path, let step, let wallTime):
      var bytes: [UInt8] = []
      for (name, values) in zip(output.weightNames, session.weights) {
        bytes += EventFile.histogram("\(name)/histogram", values, step: step, wallTime: wallTime)
      }
      output.append(bytes, to: path)
    }
  }

  /// Epochs, from 1, whose weights some of them may want again.
  package var wantedEpochs: Set<Int> { Set(callbacks.compactMap(\.wantedEpoch)) }
  /// The epoch whose weights training ends with: the last one that one of them names, since each puts its own in place.
  package var finalEpoch: Int? { callbacks.compactMap(\.finalEpoch).last }
  /// Why training is over, by the judgement of the first that says so.
  package var stopReason: String? { callbacks.lazy.compactMap(\.stopReason).first }

  package var growingFiles: [String] { callbacks.flatMap(\.growingFiles) }

  // MARK: Checkpoints

  package var states: [Checkpoint.CallbackState] {
    callbacks.map { callback in
      var writer = StateWriter()
      callback.save(into: &writer)
      return Checkpoint.CallbackState(kind: callback.kind, bytes: writer.bytes)
    }
  }

  /// Takes up what the callbacks of a stopped run remembered.
  /// - Throws: where they are not the same callbacks in the same order.
  package mutating func restore(_ states: [Checkpoint.CallbackState]) throws(StateReader.Fault) {
    guard states.map(\.kind) == callbacks.map(\.kind) else {
      throw StateReader.Fault(offset: 0, message: "other callbacks: \(states.map(\.kind).joined(separator: ", "))")
    }
    for (index, state) in states.enumerated() {
      var reader = StateReader(state.bytes)
      try callbacks[index].restore(from: &reader)
      if !reader.isAtEnd { throw reader.fault("more than `\(state.kind)` remembers") }
    }
  }
}

/// Carries out what callbacks ask for. What fails is told, and does not end training.
package protocol CallbackOutput {
  /// `conv2d/kernel`, …, in the order of a session's weights.
  var weightNames: [String] { get }
  mutating func note(_ text: String)
  /// - Parameter path: below the run directory.
  mutating func append(_ bytes: [UInt8], to path: String)
  mutating func saveWeights(_ session: borrowing Session, to path: String, withModel: Bool)
}
