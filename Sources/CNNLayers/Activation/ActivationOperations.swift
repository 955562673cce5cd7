package import CNNGraph

/// An elementwise activation; ReLU may become the end of the operation before it.
package struct ActivationOperation: Operation {
  package let activation: Activation
  /// Slope of a leaky ReLU, alpha of an ELU.
  package let parameter: Double

  package init(_ activation: Activation, parameter: Double = 0) {
    self.activation = activation
    self.parameter = parameter
  }

  package var name: String { activation.rawValue }
  package var attributes: [(name: String, value: String)] {
    activation == .leakyReLU || activation == .elu ? [("parameter", "\(parameter)")] : []
  }
  /// None for `linear`, which is no operation, and `softmax`, which is one of its own.
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && activation != .linear && activation != .softmax ? operands : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension ActivationOperation: EpilogueProvider {
  package var epilogue: Epilogue? { activation == .relu ? .activation(.relu) : nil }
}

extension ActivationOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let operation = ActivationGradientOperation(activation, parameter: parameter)
    // ReLU's needs its output alone, so that its input need not be kept.
    let kept = activation == .relu ? [context.results[0]] : [context.operands[0], context.results[0]]
    return [builder.append(operation, kept + [context.resultGradient])]
  }
}

/// dy * f'(x). Operands: y, dy for ReLU; x, y, dy for the others.
package struct ActivationGradientOperation: Operation {
  package let activation: Activation
  package let parameter: Double

  package init(_ activation: Activation, parameter: Double) {
    self.activation = activation
    self.parameter = parameter
  }

  package var name: String { "\(activation.rawValue)_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == (activation == .relu ? 2 : 3) ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

/// exp(x - max) / sum over the last axis.
package struct SoftmaxOperation: Operation {
  package init() {}

  package var name: String { "softmax" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && operands[0].rank >= 1 ? operands : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 5 * results[0].elementCount) }
}

extension SoftmaxOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(SoftmaxGradientOperation(), [context.results[0], context.resultGradient])]
  }
}

/// y * (dy - sum(dy * y)). Operands: y, dy.
package struct SoftmaxGradientOperation: Operation {
  package init() {}

  package var name: String { "softmax_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 2 ? [operands[0]] : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 4 * results[0].elementCount) }
}

/// x + bias of one value a channel; usually the end of the operation before it.
package struct BiasAddOperation: Operation {
  package init() {}

  package var name: String { "bias_add" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 2 && operands[1].extents == [operands[0].extents.last ?? 0] ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension BiasAddOperation: EpilogueProvider {
  package var epilogue: Epilogue? { .bias }
}

extension BiasAddOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      context.wanted[0] ? context.resultGradient : nil,
      context.wanted[1] ? builder.append(BiasGradientOperation(), [context.resultGradient]) : nil,
    ]
  }
}

/// dy summed over everything but the channels.
package struct BiasGradientOperation: Operation {
  package init() {}

  package var name: String { "bias_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 ? [.parameter([operands[0].extents.last ?? 0])] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: operands[0].elementCount) }
}
