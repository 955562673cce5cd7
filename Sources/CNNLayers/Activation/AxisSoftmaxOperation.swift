package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// exp(x - max) / sum over an axis that is not the last one.
package struct AxisSoftmaxOperation: Operation {
  /// Among the extents without the batch.
  package let axis: Int
  package init(axis: Int) { self.axis = axis }

  package var name: String { "axis_softmax" }
  package var attributes: [(name: String, value: String)] { [("axis", "\(axis + 1)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && axis < operands[0].rank ? operands : nil
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .all(along: [axis], of: operand) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 5 * results[0].elementCount) }
}

extension AxisSoftmaxOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(AxisSoftmaxGradientOperation(axis: axis), [context.results[0], context.resultGradient])]
  }
}

extension AxisSoftmaxOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let (extent, inner) = binding.stretch(ofAxis: axis)
    return [
      BoundCall("softmax along an axis", .images, binding.elementwise(.axisSoftmax(extent: extent, inner: inner)))
    ]
  }
}

/// y * (dy - sum(dy * y)). Operands: y, dy.
package struct AxisSoftmaxGradientOperation: Operation {
  package let axis: Int
  package init(axis: Int) { self.axis = axis }

  package var name: String { "axis_softmax_gradient" }
  package var attributes: [(name: String, value: String)] { [("axis", "\(axis + 1)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 2 && axis < operands[0].rank ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 4 * results[0].elementCount) }
}

extension AxisSoftmaxGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let (extent, inner) = binding.stretch(ofAxis: axis)
    let kind = ElementwiseCall.Kind.axisSoftmaxGradient(extent: extent, inner: inner)
    return [BoundCall("softmax along an axis, gradient", .images, binding.elementwise(kind))]
  }
}

extension Binding {
  /// The first operand's extent along an axis, and the floats from one index of it to the next.
  fileprivate func stretch(ofAxis axis: Int) -> (extent: Int, inner: Int) {
    let extents = sizes.operands[0].extents
    return (extents[axis], extents.dropFirst(axis + 1).reduce(1, *))
  }
}
