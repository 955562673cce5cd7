internal import CNNDiagnostics

/// What of the section `data` is sound: a fault in one key hides no check that needs another.
struct DataParts: Sendable {
  /// `nil` if anything of the section is at fault.
  let spec: DataSpec?
  /// The same where the keys that say which samples are asked for are sound, whatever the others are.
  let samples: DataSpec?
  let source: Located<DataSpec.Source>?
  /// `nil` if not known.
  let split: DataSpec.Split?
  /// What the classes are called, in the order of the labels, as far as the spec alone says.
  let classNames: [String]?
  /// How many there are, as far as the spec alone says.
  let classCount: Int?
  /// Height, width, channels of a sample, as far as the spec alone says.
  let extents: [Int]?
  let keySpan: SourceSpan

  /// Whether the source comes with samples to test on.
  var hasTestSamples: Bool { source?.value.builtIn.map { $0 != .digits } ?? false }
}

/// What of the section `training` is sound.
struct TrainingParts: Sendable {
  /// `nil` if anything of the section is at fault.
  let spec: TrainingSpec?
  let loss: Located<LossSpec>?
  /// Those that could be read.
  let metrics: [Located<MetricSpec>]
  /// What each epoch measures on a split: `loss`, then the metrics; `nil` if one of them is at fault.
  let measuredNames: [String]?
  /// Those that could be read.
  let callbacks: [CallbackSpec]
  let classWeight: Located<ClassWeightSpec>?
}
