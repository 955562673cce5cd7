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
  }

  /// Whether the monitored number is to fall or to rise.
  package enum Mode: String, Sendable, CaseIterable { case auto, min, max }

  /// When something is written.
  package enum Frequency: Sendable, Equatable {
    case epoch
    /// After so many steps, counted over all epochs.
    case steps(Int)
  }

  /// What one kind alone has.
  package enum Settings: Sendable, Equatable {
    case earlyStopping(EarlyStopping)
    case reduceLROnPlateau(Plateau)
    case modelCheckpoint(Checkpoint)
    case terminateOnNaN
    case tensorBoard(TensorBoard)
    case csvLogger(separator: String)
  }

  package struct EarlyStopping: Sendable, Equatable {
    package var minDelta: Double
    package var baseline: Double?
    package var restoresBestWeights: Bool
    package var startFromEpoch: Int
  }

  package struct Plateau: Sendable, Equatable {
    package var factor, minDelta, minRate: Double
    package var cooldown: Int
  }

  package struct Checkpoint: Sendable, Equatable {
    package var name: FileNamePattern
    package var savesBestOnly, savesWeightsOnly: Bool
    package var frequency: Frequency
    /// What the first value must beat.
    package var initialThreshold: Double?
  }

  package struct TensorBoard: Sendable, Equatable {
    package var frequency: Frequency
    package var histogramFrequency: Int
    package var writesStepsPerSecond: Bool
  }

  package var kind: Kind
  /// The word of the kind.
  package var keySpan: SourceSpan
  /// The metric that decides; `nil` for those that look at none.
  package var monitor: Located<String>?
  package var mode: Mode
  /// Epochs without improvement.
  package var patience: Located<Int>?
  /// The file or folder that it writes, below the run directory.
  package var file: Located<String>?
  package var settings: Settings
  package var path: String
}
