package import CNNGraph

/// The losses of the spec language, by Keras's names.
package enum LossKind: String, Sendable, Hashable, CaseIterable {
  case categoricalCrossentropy = "categorical_crossentropy"
  case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
  case binaryCrossentropy = "binary_crossentropy"
  case meanSquaredError = "mean_squared_error"
}

/// A loss over the predictions of a layer, one value a sample, and whether the prediction hits (`accuracy`).
///
/// Operands: prediction `[N, …]`, labels: a class index `i32[N]` or target values `f32[N, …]`.
/// Results: loss `[N]`, hits `[N]`, and in training the gradient of the batch's mean loss.
package struct LossOperation: Operation {
  package let kind: LossKind
  package let withGradient: Bool

  package init(_ kind: LossKind, withGradient: Bool) {
    self.kind = kind
    self.withGradient = withGradient
  }

  package var name: String { kind.rawValue }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { lossTypes(operands, withGradient) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 5 * operands[0].elementCount) }
}

extension LossOperation: LossFusion {
  package func fused(with producer: any Operation) -> (any Operation)? {
    switch kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy:
      producer is SoftmaxOperation ? SoftmaxCrossEntropyOperation(withGradient: withGradient) : nil
    case .binaryCrossentropy:
      (producer as? ActivationOperation)?.activation == .sigmoid
        ? SigmoidCrossEntropyOperation(withGradient: withGradient) : nil
    case .meanSquaredError: nil
    }
  }
}

extension LossOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.results[2], nil]
  }
}

/// Cross-entropy of softmax(logits), computed together: -log softmax(x)[label]; the gradient is (p - onehot) / batch.
package struct SoftmaxCrossEntropyOperation: Operation {
  package let withGradient: Bool
  package init(withGradient: Bool) { self.withGradient = withGradient }

  package var name: String { "softmax_cross_entropy" }
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

/// Binary cross-entropy of sigmoid(logits), computed together; the gradient is (p - y) / (batch * width).
package struct SigmoidCrossEntropyOperation: Operation {
  package let withGradient: Bool
  package init(withGradient: Bool) { self.withGradient = withGradient }

  package var name: String { "sigmoid_cross_entropy" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { lossTypes(operands, withGradient) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 6 * operands[0].elementCount) }
}

extension SigmoidCrossEntropyOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.results[2], nil]
  }
}

private func lossTypes(_ operands: [TensorType], _ withGradient: Bool) -> [TensorType]? {
  guard operands.count == 2 else { return nil }
  let isIndex = operands[1].element == .int32 && operands[1].elementCount == 1
  guard isIndex || operands[1].elementCount == operands[0].elementCount else { return nil }
  let scalar = TensorType([1])
  return withGradient ? [scalar, scalar, operands[0]] : [scalar, scalar]
}
