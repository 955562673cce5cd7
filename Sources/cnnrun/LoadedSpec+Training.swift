import CNNDiagnostics
import CNNLayers
import CNNSession
import CNNSpec

extension LoadedSpec {
  /// Says so if the loss before training is far from what guessing would give: something is not as it is meant to be.
  func compareWithChance(
    _ session: inout Session, on dataset: Dataset, batch: Int, console: Console
  ) throws(SessionError) {
    guard let loss = spec.training?.loss.value,
      let chance = ChanceLevel(loss, outputs: spec.model.outputType.elementCount)
    else { return }
    let first = try session.initialLoss(of: dataset, batch: batch)
    if let text = chance.remark(on: first.loss, largestInput: first.largestInput * (spec.data?.scale ?? 1)) {
      console.note("note: \(text)\n\n")
    }
  }
}
