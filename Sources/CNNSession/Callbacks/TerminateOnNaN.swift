/// Ends training at a loss that is not a number: what every run does anyway.
///
/// `Session.train` looks before each update, so the weights are still good, and the run ends with the layer and the step
/// named. Keras's callback of this name looks after it. There is nothing left to do here; the word is accepted so that
/// specs may say what they rely on.
package struct TerminateOnNaN: Callback, Equatable {
  package let kind = "terminate_on_nan"

  package init() {}

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] { [] }
}
