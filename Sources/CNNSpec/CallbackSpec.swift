package import CNNDiagnostics

/// One item of `training.callbacks`, with Keras's arguments and defaults.
package struct CallbackSpec: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    case earlyStopping = "early_stopping"
    case reduceLROnPlateau = "reduce_lr_on_plateau"
    case modelCheckpoint = "model_checkpoint"
    case terminateOnNaN = "terminate_on_nan"
    case tensorBoard = "tensorboard"
    case csvLogger = "csv_logger"

    /// Whether training does what it asks for; what it does not is refused before it starts.
    package var isExecuted: Bool { self == .terminateOnNaN }
  }

  /// Whether the monitored number is to fall or to rise.
  package enum Mode: String, Sendable, CaseIterable { case auto, min, max }

  package var kind: Kind
  /// The word of the kind.
  package var keySpan: SourceSpan
  /// The metric that decides; `nil` for those that look at none.
  package var monitor: Located<String>?
  package var mode = Mode.auto
  /// Epochs without improvement.
  package var patience: Located<Int>?
  package var path: String
}
