internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension ActivationOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let kind = activation.unary.map { ElementwiseCall.Kind.unary($0, parameter: Float(parameter)) } ?? .relu
    return [BoundCall(activation.rawValue, .images, binding.elementwise(kind))]
  }
}

extension ActivationGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let kind =
      activation.unary.map { ElementwiseCall.Kind.unaryGradient($0, parameter: Float(parameter)) } ?? .reluGradient
    return [BoundCall("\(activation.rawValue) gradient", .images, binding.elementwise(kind))]
  }
}

extension SoftmaxOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("softmax", .images, binding.elementwise(.softmax(channels: binding.channels)))]
  }
}

extension SoftmaxGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("softmax gradient", .images, binding.elementwise(.softmaxGradient(channels: binding.channels)))]
  }
}

extension BiasAddOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("bias", .images, binding.elementwise(.bias(channels: binding.channels, isRectified: false)))]
  }
}

extension BiasGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("column sums", .images, binding.elementwise(.biasGradient(channels: binding.channels)))]
  }
}

extension Binding {
  /// Of the first operand's last axis.
  var channels: Int { sizes.operands[0].extents.last ?? 1 }

  func elementwise(_ kind: ElementwiseCall.Kind) -> ElementwiseCall {
    ElementwiseCall(
      table: kernels, kind: kind, count: sizes.operands[0].elementCount, operands: operands, target: results[0])
  }
}

extension Activation {
  /// The vector kernel; `nil` for ReLU, which has its own.
  fileprivate var unary: UnaryFunction? {
    switch self {
    case .linear, .relu, .softmax: nil
    case .relu6: .relu6
    case .elu: .elu
    case .selu: .selu
    case .gelu: .gelu
    case .silu: .silu
    case .sigmoid: .sigmoid
    case .tanh: .tanh
    case .softplus: .softplus
    case .leakyReLU: .leakyReLU
    case .hardSigmoid: .hardSigmoid
    }
  }
}
