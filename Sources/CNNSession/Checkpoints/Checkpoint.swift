/// Everything that a run needs to go on as if it had never stopped, but the numbers of its weights.
///
/// Those (weights, what the optimiser remembers, weights of earlier epochs that may be wanted again) stand behind it in a
/// `CheckpointFile`. The order of samples, dropout and augmentation need nothing saved: each draw is a function of the
/// seed, of its purpose and of where training is.
package struct Checkpoint: Sendable, Equatable {
  package var run: RunRecord
  package var position: TrainingPosition
  /// Steps over all epochs: what dropout and Adam count by, and schedules.
  package var step: UInt32
  /// The rate that a callback has set; `nil` while the settings decide.
  package var learningRate: Float?
  package var history: RunHistory
  /// Of `training.callbacks`, in their order.
  package var callbacks: [CallbackState]
  /// Files that grow during a run, and how long they were.
  package var files: [GrownFile]
  /// How the run ended; `nil` while it goes on.
  package var end: RunEnd?
  /// Names and shapes of the weights.
  package var tensors: [Tensor]
  package var optimizerFloatCount: Int
  /// The epochs whose weights stand behind those of now, from 1.
  package var keptEpochs: [Int]

  package init(
    run: RunRecord, position: TrainingPosition, step: UInt32, learningRate: Float?, history: RunHistory,
    callbacks: [CallbackState], files: [GrownFile], end: RunEnd?, tensors: [Tensor], optimizerFloatCount: Int,
    keptEpochs: [Int]
  ) {
    self.run = run
    self.position = position
    self.step = step
    self.learningRate = learningRate
    self.history = history
    self.callbacks = callbacks
    self.files = files
    self.end = end
    self.tensors = tensors
    self.optimizerFloatCount = optimizerFloatCount
    self.keptEpochs = keptEpochs
  }

  /// A weight as the file has it.
  package struct Tensor: Sendable, Equatable {
    package var name: String
    package var extents: [Int]
  }

  /// What a callback remembers.
  package struct CallbackState: Sendable, Equatable {
    /// `early_stopping`
    package var kind: String
    package var bytes: [UInt8]

    package init(kind: String, bytes: [UInt8]) {
      self.kind = kind
      self.bytes = bytes
    }
  }

  /// A file below the run directory that a resumed run cuts back to where it was.
  package struct GrownFile: Sendable, Equatable {
    package var path: String
    package var byteCount: Int

    package init(path: String, byteCount: Int) {
      self.path = path
      self.byteCount = byteCount
    }
  }
}

/// What a run was asked to do, and with what: with it, a run directory is enough to go on.
package struct RunRecord: Sendable, Equatable {
  /// The model's name.
  package var name: String
  /// The spec's bytes, and what it was called.
  package var spec: [UInt8]
  package var specName: String
  /// What paths in the spec are relative to: absolute.
  package var specDirectory: String
  /// The texts of `--set`, in order.
  package var overrides: [String]
  /// The spec with every default and override.
  package var resolved: String
  /// How many there are to be.
  package var epochs: Int
  package var dataDirectory: String?
  package var logsSteps: Bool
  /// Seconds since 1970.
  package var startedAt: Double
  /// Seconds trained, over all parts of the run.
  package var seconds: Double
  package var toolVersion: String
  /// The word of the kernels' instruction set.
  package var instructionSet: String
  /// Tells other data apart from what training began with.
  package var dataFingerprint: DataFingerprint
  package var classNames: [String]

  package init(
    name: String, spec: [UInt8], specName: String, specDirectory: String, overrides: [String], resolved: String,
    epochs: Int, dataDirectory: String?, logsSteps: Bool, startedAt: Double, seconds: Double = 0,
    toolVersion: String = cnnrunVersion, instructionSet: String, dataFingerprint: DataFingerprint, classNames: [String]
  ) {
    self.name = name
    self.spec = spec
    self.specName = specName
    self.specDirectory = specDirectory
    self.overrides = overrides
    self.resolved = resolved
    self.epochs = epochs
    self.dataDirectory = dataDirectory
    self.logsSteps = logsSteps
    self.startedAt = startedAt
    self.seconds = seconds
    self.toolVersion = toolVersion
    self.instructionSet = instructionSet
    self.dataFingerprint = dataFingerprint
    self.classNames = classNames
  }
}

/// How a run ended.
package struct RunEnd: Sendable, Equatable {
  package var state: RunDirectory.State
  /// Why, if there is more to say: `early_stopping: …`, or what failed.
  package var reason: String?
  /// Measured on data that took no part in training, by Keras's names: `test_loss`.
  package var evaluation: [NamedValue]

  package init(_ state: RunDirectory.State, reason: String? = nil, evaluation: [NamedValue] = []) {
    self.state = state
    self.reason = reason
    self.evaluation = evaluation
  }
}
