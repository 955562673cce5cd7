internal import CNNGraph
internal import CNNSpec

/// Arguments that layers with weights share, with Keras's defaults.
enum WeightArguments {
  static let useBias = Argument("use_bias", .boolean, default: true, doc: "Whether a bias is added")
  static let activation = Argument(
    "activation", .activation, default: .linear, doc: "What is applied to the output")
  static let kernelInitializer = Argument(
    "kernel_initializer", .initializer, default: .glorotUniform, doc: "How the kernel starts")
  static let biasInitializer = Argument(
    "bias_initializer", .initializer, default: .zeros, doc: "How the bias starts")
  static let kernelRegularizer = Argument<Regularizer?>(
    "kernel_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on the kernel, added to the loss")
  static let biasRegularizer = Argument<Regularizer?>(
    "bias_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on the bias, added to the loss")
}

/// Appends an activation with the parameters that Keras's functions have by default.
func emitActivation(_ activation: Activation, _ value: ValueID, into builder: inout GraphBuilder) -> ValueID {
  switch activation {
  case .linear: value
  case .softmax: builder.append(SoftmaxOperation(), [value])
  case .leakyReLU: builder.append(ActivationOperation(.leakyReLU, parameter: 0.2), [value])
  case .elu: builder.append(ActivationOperation(.elu, parameter: 1), [value])
  case .relu, .relu6, .selu, .gelu, .silu, .sigmoid, .tanh, .softplus, .hardSigmoid:
    builder.append(ActivationOperation(activation), [value])
  }
}
