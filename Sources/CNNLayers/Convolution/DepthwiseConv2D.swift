package import CNNGraph
package import CNNSpec

/// A convolution of each channel by itself.
///
///     input  [N, H, W, in]    kernel [kh, kw, in, m]    output [N, H', W', in * m], channel c * m + j of input c
///
/// Matches Keras 3: `keras/src/layers/convolutional/base_depthwise_conv.py`; strides and dilation go together here.
package struct DepthwiseConv2D: Layer {
  package let window: WindowArguments
  package let depthMultiplier: Int
  package let activation: Activation
  package let useBias: Bool
  package let depthwiseInitializer, biasInitializer: Initializer
  package let depthwiseRegularizer, biasRegularizer: Regularizer?

  package static let kind = "depthwise_conv2d"
  package static let className = "DepthwiseConv2D"
  package static let summary = "Convolves each channel with learned kernels of its own"
  package static let mainArgument: String? = "kernel_size"
  package static let arguments: [any ArgumentDescription] = [
    ConvolutionArguments.kernelSize, ConvolutionArguments.strides, ConvolutionArguments.padding,
    ConvolutionArguments.depthMultiplier, ConvolutionArguments.dilation, WeightArguments.activation,
    WeightArguments.useBias, ConvolutionArguments.depthwiseInitializer, WeightArguments.biasInitializer,
    ConvolutionArguments.depthwiseRegularizer, WeightArguments.biasRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let window = ConvolutionArguments.window(&fields)
    let depthMultiplier = fields.read(ConvolutionArguments.depthMultiplier)
    let activation = fields.read(WeightArguments.activation)
    let useBias = fields.read(WeightArguments.useBias)
    let depthwiseInitializer = fields.read(ConvolutionArguments.depthwiseInitializer)
    let biasInitializer = fields.read(WeightArguments.biasInitializer)
    let depthwiseRegularizer = fields.read(ConvolutionArguments.depthwiseRegularizer)
    let biasRegularizer = fields.read(WeightArguments.biasRegularizer)
    guard let window, let depthMultiplier, let activation, let useBias, let depthwiseInitializer, let biasInitializer,
      let depthwiseRegularizer, let biasRegularizer
    else { return nil }
    self.window = window
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
    self.depthwiseInitializer = depthwiseInitializer
    self.biasInitializer = biasInitializer
    self.depthwiseRegularizer = depthwiseRegularizer
    self.biasRegularizer = biasRegularizer
  }

  package var outputActivation: Activation? { activation }

  package var traits: LayerTraits {
    LayerTraits {
      $0.window = window
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let window = context.window(window, on: inputs[0], argument: "kernel_size") else { return nil }
    guard ConvolutionArguments.checkRepeated(inputs[0], times: depthMultiplier, &context) else { return nil }
    return TensorType([window.rows.output, window.columns.output, inputs[0].extents[2] * depthMultiplier])
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let channels = inputs[0].extents[2]
    let kernel = ParameterDeclaration(
      "kernel", [window.size.rows, window.size.columns, channels, depthMultiplier], initializer: depthwiseInitializer,
      regularizer: depthwiseRegularizer)
    let bias = ParameterDeclaration(
      "bias", [channels * depthMultiplier], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [kernel, bias] : [kernel]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let window = window.window(on: builder.type(of: inputs[0])) else {
      preconditionFailure("\(builder.layer): a window that was checked fits \(builder.type(of: inputs[0]))")
    }
    var value = builder.append(DepthwiseConv2DOperation(window: window), [inputs[0], parameters[0]])
    if useBias { value = builder.append(BiasAddOperation(), [value, parameters[1]]) }
    return emitActivation(activation, value, into: &builder)
  }
}
