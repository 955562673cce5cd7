package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// a - b, of values of one type.
package struct SubtractOperation: Operation {
  package init() {}

  package var name: String { "subtract" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { pairType(operands) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension SubtractOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      context.wanted[0] ? context.resultGradient : nil,
      context.wanted[1]
        ? builder.append(RescalingOperation(scale: -1, offset: 0), [context.resultGradient]) : nil,
    ]
  }
}

extension SubtractOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("subtract", .images, binding.elementwise(.subtract))]
  }
}

/// a * b, of values of one type.
package struct MultiplyOperation: Operation {
  package init() {}

  package var name: String { "multiply" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { pairType(operands) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension MultiplyOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let (a, b, dy) = (context.operands[0], context.operands[1], context.resultGradient)
    return [
      context.wanted[0] ? builder.append(MultiplyOperation(), [dy, b]) : nil,
      context.wanted[1] ? builder.append(MultiplyOperation(), [dy, a]) : nil,
    ]
  }
}

extension MultiplyOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("multiply", .images, binding.elementwise(.multiply))]
  }
}

/// The greater of a and b, of values of one type; where they are equal, the gradient is a's, as TensorFlow has it.
package struct MaximumOperation: Operation {
  package init() {}

  package var name: String { "maximum" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { pairType(operands) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension MaximumOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [true, false].enumerated().map { index, isFirst in
      guard context.wanted[index] else { return nil }
      return builder.append(MaximumGradientOperation(ofFirst: isFirst), context.operands + [context.resultGradient])
    }
  }
}

extension MaximumOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("maximum", .images, binding.elementwise(.maximum))]
  }
}

/// dy where a, or b, was the greater one. Operands: a, b, dy.
package struct MaximumGradientOperation: Operation {
  package let ofFirst: Bool
  package init(ofFirst: Bool) { self.ofFirst = ofFirst }

  package var name: String { "maximum_gradient" }
  package var attributes: [(name: String, value: String)] { [("of", ofFirst ? "first" : "second")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 3 && operands.allSatisfy { $0 == operands[0] } ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension MaximumGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("maximum gradient", .images, binding.elementwise(.maximumGradient(ofFirst: ofFirst)))]
  }
}

private func pairType(_ operands: [TensorType]) -> [TensorType]? {
  operands.count == 2 && operands[0] == operands[1] ? [operands[0]] : nil
}
