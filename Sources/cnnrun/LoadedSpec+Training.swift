import CNNDiagnostics
import CNNLayers
import CNNSession
import CNNSpec

extension LoadedSpec {
  /// A factor on the loss of each class, from what `class_weight` says and the samples that training sees; empty without
  /// it. A class that does not exist ends the command.
  func classWeights(of dataset: Dataset, console: Console) throws -> [Float] {
    guard let weights = spec.training?.classWeight else { return [] }
    if !dataset.targets.isEmpty {
      report(
        [weights.fault("`class_weight` weighs classes, and the labels are values", help: "leave it out")],
        console: console)
      throw Exit(.specFault)
    }
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
    if let text = remarkOnBrightness(largestInput: first.largestInput * (spec.data?.scale ?? 1)) {
      console.note("note: \(text)\n\n")
    }
  }

  /// Brightness is drawn as a share of `value_range`, by default that of bytes, whatever the values have become.
  private func remarkOnBrightness(largestInput: Double) -> String? {
    for layer in spec.model.layers {
      // Behind these the values are others than the data's.
      if ["rescaling", "normalization"].contains(layer.spec.kind) || !layer.parameters.isEmpty { return nil }
      guard layer.spec.kind == "random_brightness",
        case .sequence(let bounds)? = layer.spec.resolved.first(where: { $0.key == "value_range" })?.value.content,
        let low = bounds.first?.scalar?.number.value, let high = bounds.last?.scalar?.number.value,
        largestInput > 0, high - low > 20 * largestInput
      else { continue }
      return
        "`\(layer.spec.name)` changes values by shares of `value_range: [\(Self.short(low)), \(Self.short(high))]`, and the "
        + "inputs go up to \(Self.short(largestInput)): write `value_range: [0, \(Self.short(largestInput.rounded(.up)))]`"
    }
    return nil
  }

  private static func short(_ value: Double) -> String {
    let text = "\(Float(value))"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
