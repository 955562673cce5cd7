package import CNNGraph

/// The same numbers in the same order under other extents; costs nothing, the plan gives both one place.
package struct ReshapeOperation: AliasOperation {
  package let extents: [Int]
  package init(extents: [Int]) { self.extents = extents }

  package var name: String { "reshape" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && operands[0].elementCount == extents.reduce(1, *) ? [operands[0].with(extents: extents)] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension ReshapeOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        ReshapeOperation(extents: builder.type(of: context.operands[0]).extents), [context.resultGradient])
    ]
  }
}
