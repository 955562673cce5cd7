import CNNDiagnostics
import CNNLayers
import CNNSession
import CNNSpec

extension LoadedSpec {
  /// A factor on the loss of each class, from what `class_weight` says and the samples that training sees; empty without
  /// it. A class that does not exist ends the command.
  func classWeights(of dataset: Dataset, console: Console) throws -> [Float] {
    guard let weights = spec.training?.classWeight else { return [] }
    let outputs = spec.model.outputType.elementCount
    var counts = [Int](repeating: 0, count: max(dataset.classNames.count, outputs == 1 ? 2 : outputs))
    for label in dataset.labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
    let faults = weights.value.faults(names: dataset.classNames, count: counts.count, path: weights.path)
    if !faults.isEmpty {
      report(faults.sorted, console: console)
      throw Exit(.specFault)
    }
    return weights.value.factors(names: dataset.classNames, counts: counts, classes: outputs).map { Float($0) }
  }

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
