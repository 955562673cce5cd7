package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// Keras's ReLU with all its arguments: x > threshold ? min(x, maxValue) : negativeSlope * (x - threshold).
package struct ShapedReLUOperation: Operation {
  package let maxValue: Double?
  package let negativeSlope, threshold: Double

  package init(maxValue: Double?, negativeSlope: Double, threshold: Double) {
    self.maxValue = maxValue
    self.negativeSlope = negativeSlope
    self.threshold = threshold
  }

  package var name: String { "shaped_relu" }
  package var attributes: [(name: String, value: String)] {
    [
      ("max_value", maxValue.map { "\($0)" } ?? "none"), ("negative_slope", "\(negativeSlope)"),
      ("threshold", "\(threshold)"),
    ]
  }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? operands : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 2 * results[0].elementCount) }
}

extension ShapedReLUOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(ShapedReLUGradientOperation(of: self), [context.operands[0], context.resultGradient])]
  }
}

extension ShapedReLUOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let kind = ElementwiseCall.Kind.shapedReLU(
      ceiling: maxValue.map { Float($0) } ?? .infinity, slope: Float(negativeSlope), threshold: Float(threshold))
    return [BoundCall("relu with arguments", .images, binding.elementwise(kind))]
  }
}

/// dy * f'(x). Operands: x, dy.
package struct ShapedReLUGradientOperation: Operation {
  package let function: ShapedReLUOperation

  package init(of function: ShapedReLUOperation) { self.function = function }

  package var name: String { "shaped_relu_gradient" }
  package var attributes: [(name: String, value: String)] { function.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 2 ? [operands[0]] : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension ShapedReLUGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    // At the ceiling itself Keras's derivative is 1, but for a ceiling of 6, where it is that of `relu6`: 0.
    let ceiling =
      function.maxValue.map { $0 == 6 && function.threshold == 0 ? Float(6).nextDown : Float($0) } ?? .infinity
    let kind = ElementwiseCall.Kind.shapedReLUGradient(
      ceiling: ceiling, slope: Float(function.negativeSlope), threshold: Float(function.threshold))
    return [BoundCall("relu with arguments, gradient", .images, binding.elementwise(kind))]
  }
}
