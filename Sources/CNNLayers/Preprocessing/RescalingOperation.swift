package import CNNGraph

/// x * scale + offset.
package struct RescalingOperation: Operation {
  package let scale, offset: Double

  package init(scale: Double, offset: Double) {
    self.scale = scale
    self.offset = offset
  }

  package var name: String { "rescaling" }
  package var attributes: [(name: String, value: String)] { [("scale", "\(scale)"), ("offset", "\(offset)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? operands : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 2 * results[0].elementCount) }
}

extension RescalingOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(RescalingOperation(scale: scale, offset: 0), [context.resultGradient])]
  }
}
