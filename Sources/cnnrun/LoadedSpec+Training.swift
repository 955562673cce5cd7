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
