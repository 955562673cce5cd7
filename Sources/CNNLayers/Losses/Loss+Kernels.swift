internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension SoftmaxCrossEntropyOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "softmax cross-entropy", .images,
        SoftmaxCrossEntropyCall(
          table: binding.kernels, classes: binding.channels, settings: settings, logits: binding.operands[0],
          labels: binding.operands[1], loss: binding.results[0], hits: binding.results[1],
          gradient: withGradient ? binding.results[2] : nil))
    ]
  }
}

extension SigmoidCrossEntropyOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("sigmoid cross-entropy", .images, binding.plainLoss(.binaryCrossentropyOfLogits, settings))]
  }
}

extension LossOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let plain: PlainLossCall.Kind =
      switch kind {
      case .categoricalCrossentropy: .categoricalCrossentropy
      case .sparseCategoricalCrossentropy: .sparseCategoricalCrossentropy
      case .binaryCrossentropy: .binaryCrossentropy
      case .meanSquaredError: .meanSquaredError
      case .meanAbsoluteError: .meanAbsoluteError
      case .huber: .huber
      case .klDivergence: .klDivergence
      }
    return [BoundCall(kind.rawValue, .images, binding.plainLoss(plain, settings))]
  }
}

extension Binding {
  fileprivate func plainLoss(_ kind: PlainLossCall.Kind, _ settings: LossSettings) -> PlainLossCall {
    PlainLossCall(
      kind: kind, target: sizes.operands[1].element == .int32 ? .classIndex : .values, settings: settings,
      width: sizes.operands[0].elementCount, prediction: operands[0], labels: operands[1], loss: results[0],
      hits: results[1], gradient: results.count == 3 ? results[2] : nil)
  }
}
