import CNNLayers
import CNNModel
import CNNSession
import CNNSpec

/// Weights of a run that did not come to its end: those of its newest whole checkpoint, which no file of weights is newer
/// than.
extension PastRun {
  struct CheckpointWeights {
    let values: [[Float]]
    /// The checkpoint's file.
    let path: String
    /// `of epoch 3, the best one`
    let place: String
  }

  /// The same of a run that has not come to its end, told so; `nil` of any other.
  func weightsSoFar(_ choice: TrainedModel.Choice? = nil, of spec: Spec, _ console: Console) -> CheckpointWeights? {
    if hasFinalFiles { return nil }
    guard let kept = checkpointWeights(choice, of: spec) else { return nil }
    console.note("note: '\(path)' has not come to its end; the weights are its checkpoint's, \(kept.place)\n")
    return kept
  }

  /// - Parameter choice: the best epoch's where there are any, unless told otherwise.
  /// - Returns: `nil` where no checkpoint can be read, or it has no such weights.
  func checkpointWeights(_ choice: TrainedModel.Choice? = nil, of spec: Spec) -> CheckpointWeights? {
    guard let plan = CompiledModel(spec, batchSize: 1).trainingPlan(),
      let found = try? RunDirectory(existing: path, metricNames: []).checkpoints.load(),
      var session = try? Session(training: plan, evaluation: nil, threadCount: 1, seed: 0),
      let (checkpoint, kept) = try? CheckpointFile.restore(found.path, into: &session)
    else { return nil }
    if choice != .last, let best = checkpoint.history.best, let values = kept[best + 1] {
      return CheckpointWeights(values: values, path: found.path, place: "of epoch \(best + 1), the best one")
    }
    if choice == .best { return nil }
    return CheckpointWeights(
      values: session.weights, path: found.path, place: ResumedRun.place(checkpoint.position))
  }
}
