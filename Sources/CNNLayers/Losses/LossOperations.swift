package import CNNGraph
package import CNNKernels
package import CNNSpec

/// The losses of the spec language, by Keras's names.
package typealias LossKind = LossSpec.LossKind

/// A loss over the predictions of a layer, one value a sample, and whether the prediction hits (`accuracy`).
///
/// Operands: prediction `[N, …]`, labels: a class index `i32[N]` or target values `f32[N, …]`.
/// Results: loss `[N]`, hits `[N]`, and in training the gradient of the batch's mean loss.
package struct LossOperation: Operation {
  package let kind: LossKind
  package let settings: LossSettings
  package let withGradient: Bool

  package init(_ kind: LossKind, _ settings: LossSettings = LossSettings(), withGradient: Bool) {
    self.kind = kind
    self.settings = settings
    self.withGradient = withGradient
  }

  package var name: String { kind.rawValue }
  package var attributes: [(name: String, value: String)] {
    settings.attributes + (kind == .huber ? [("delta", "\(settings.delta)")] : [])
  }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { lossTypes(operands, withGradient) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 5 * operands[0].elementCount) }
}

extension LossOperation: LossFusion {
  package func fused(with producer: any Operation) -> (any Operation)? {
    switch kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      producer is SoftmaxOperation ? SoftmaxCrossEntropyOperation(settings, withGradient: withGradient) : nil
    case .binaryCrossentropy:
      (producer as? ActivationOperation)?.activation == .sigmoid
        ? SigmoidCrossEntropyOperation(settings, withGradient: withGradient) : nil
    case .meanSquaredError, .meanAbsoluteError, .huber, .klDivergence: nil
    }
  }
}

extension LossOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.results[2], nil]
  }
}

/// Cross-entropy of softmax(logits), computed together: -sum t log softmax(x); the gradient is (p - t) / batch. The
/// target t is the label's one-hot vector, smoothed.
package struct SoftmaxCrossEntropyOperation: Operation {
  package let settings: LossSettings
  package let withGradient: Bool

  package init(_ settings: LossSettings = LossSettings(), withGradient: Bool) {
    self.settings = settings
    self.withGradient = withGradient
  }

  package var name: String { "softmax_cross_entropy" }
  package var attributes: [(name: String, value: String)] { settings.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 2 && operands[0].rank == 1 && operands[1].element == .int32
      ? lossTypes(operands, withGradient) : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 6 * operands[0].elementCount) }
}

extension SoftmaxCrossEntropyOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.results[2], nil]
  }
}

/// Binary cross-entropy of sigmoid(logits), computed together; the gradient is (p - t) / (batch * width).
package struct SigmoidCrossEntropyOperation: Operation {
  package let settings: LossSettings
  package let withGradient: Bool

  package init(_ settings: LossSettings = LossSettings(), withGradient: Bool) {
    self.settings = settings
    self.withGradient = withGradient
  }

  package var name: String { "sigmoid_cross_entropy" }
  package var attributes: [(name: String, value: String)] { settings.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { lossTypes(operands, withGradient) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 6 * operands[0].elementCount) }
}

extension SigmoidCrossEntropyOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.results[2], nil]
  }
}

extension LossSettings {
  /// What differs from a plain loss, for dumps.
  fileprivate var attributes: [(name: String, value: String)] {
    (labelSmoothing == 0 ? [] : [("label_smoothing", "\(labelSmoothing)")])
      + (classWeights.isEmpty ? [] : [("class_weight", "\(classWeights)")])
  }
}

private func lossTypes(_ operands: [TensorType], _ withGradient: Bool) -> [TensorType]? {
  guard operands.count == 2 else { return nil }
  let isIndex = operands[1].element == .int32 && operands[1].elementCount == 1
  guard isIndex || operands[1].elementCount == operands[0].elementCount else { return nil }
  let scalar = TensorType([1])
  return withGradient ? [scalar, scalar, operands[0]] : [scalar, scalar]
}
