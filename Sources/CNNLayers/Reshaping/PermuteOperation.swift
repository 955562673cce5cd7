package import CNNGraph

/// Axes in another order: axis i of the result is axis `axes[i]` of the operand.
package struct PermuteOperation: Operation {
  /// Among the extents without the batch.
  package let axes: [Int]
  package init(axes: [Int]) { self.axes = axes }

  package var name: String { "permute" }
  package var attributes: [(name: String, value: String)] {
    [("axes", axes.map { "\($0 + 1)" }.joined(separator: " "))]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, axes.sorted() == Array(0..<operands[0].rank) else { return nil }
    return [operands[0].with(extents: axes.map { operands[0].extents[$0] })]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    switch axes {
    case [0, 1, 2]: .pixel
    case [1, 0, 2]: .transposed
    default: .everything
    }
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension PermuteOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    var inverse = axes
    for (place, axis) in axes.enumerated() { inverse[axis] = place }
    return [builder.append(PermuteOperation(axes: inverse), [context.resultGradient])]
  }
}
