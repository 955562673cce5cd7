package import CNNDiagnostics
package import CNNYAML

/// The section `training`.
package struct TrainingSpec: Sendable {
  package var optimizer: Located<OptimizerSpec>
  package var loss: Located<LossSpec>
  package var metrics: [Located<MetricSpec>]
  package var batchSize: Located<Int>
  package var epochs: Located<Int>
  package var shuffle: Bool
  /// 0 where none is written: the same spec trains the same weights.
  package var seed: Int
  package var initialWeights: Located<InitialWeightsSpec>?
  package var classWeight: Located<ClassWeightSpec>?
  package var callbacks: [CallbackSpec]
  package var keySpan: SourceSpan

  /// What each epoch measures on a split: `loss`, then the metrics.
  package var measuredNames: [String] { ["loss"] + metrics.map(\.value.name) }
}
