package import CNNGraph
package import CNNSpec

/// A convolution of each channel by itself, then one of single pixels across the channels.
///
///     input [N, H, W, in]    depthwise kernel [kh, kw, in, m]    pointwise kernel [1, 1, in * m, filters]
///     output [N, H', W', filters]; bias and activation come last, once
///
/// Matches Keras 3: `keras/src/layers/convolutional/base_separable_conv.py`.
package struct SeparableConv2D: Layer {
  package let filters: Int
  package let window: WindowArguments
  package let depthMultiplier: Int
  package let activation: Activation
  package let useBias: Bool
  package let depthwiseInitializer, pointwiseInitializer, biasInitializer: Initializer
  package let depthwiseRegularizer, pointwiseRegularizer, biasRegularizer: Regularizer?

  private static let pointwiseInitializer = Argument(
    "pointwise_initializer", .initializer, default: .glorotUniform, doc: "How the kernel across the channels starts")
  private static let pointwiseRegularizer = Argument<Regularizer?>(
    "pointwise_regularizer", .optional(.regularizer), default: .some(nil),
    doc: "Penalty on the kernel across the channels, added to the loss")

  package static let kind = "separable_conv2d"
  package static let className = "SeparableConv2D"
  package static let summary = "Convolves each channel with kernels of its own, then combines the channels"
  package static let arguments: [any ArgumentDescription] = [
    ConvolutionArguments.filters, ConvolutionArguments.kernelSize, ConvolutionArguments.strides,
    ConvolutionArguments.padding, ConvolutionArguments.dilation, ConvolutionArguments.depthMultiplier,
    WeightArguments.activation, WeightArguments.useBias, ConvolutionArguments.depthwiseInitializer,
    pointwiseInitializer, WeightArguments.biasInitializer, ConvolutionArguments.depthwiseRegularizer,
    pointwiseRegularizer, WeightArguments.biasRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let filters = fields.read(ConvolutionArguments.filters)
    let window = ConvolutionArguments.window(&fields)
    let depthMultiplier = fields.read(ConvolutionArguments.depthMultiplier)
    let activation = fields.read(WeightArguments.activation)
    let useBias = fields.read(WeightArguments.useBias)
    let depthwiseInitializer = fields.read(ConvolutionArguments.depthwiseInitializer)
    let pointwiseInitializer = fields.read(Self.pointwiseInitializer)
    let biasInitializer = fields.read(WeightArguments.biasInitializer)
    let depthwiseRegularizer = fields.read(ConvolutionArguments.depthwiseRegularizer)
    let pointwiseRegularizer = fields.read(Self.pointwiseRegularizer)
    let biasRegularizer = fields.read(WeightArguments.biasRegularizer)
    guard let filters, let window, let depthMultiplier, let activation, let useBias, let depthwiseInitializer,
      let pointwiseInitializer, let biasInitializer, let depthwiseRegularizer, let pointwiseRegularizer,
      let biasRegularizer
    else { return nil }
    self.filters = filters
    self.window = window
    self.depthMultiplier = depthMultiplier
    self.activation = activation
    self.useBias = useBias
    self.depthwiseInitializer = depthwiseInitializer
    self.pointwiseInitializer = pointwiseInitializer
    self.biasInitializer = biasInitializer
    self.depthwiseRegularizer = depthwiseRegularizer
    self.pointwiseRegularizer = pointwiseRegularizer
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
    return TensorType([window.rows.output, window.columns.output, filters])
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let channels = inputs[0].extents[2]
    let depthwise = ParameterDeclaration(
      "depthwise_kernel", [window.size.rows, window.size.columns, channels, depthMultiplier],
      initializer: depthwiseInitializer, regularizer: depthwiseRegularizer)
    let pointwise = ParameterDeclaration(
      "pointwise_kernel", [1, 1, channels * depthMultiplier, filters], initializer: pointwiseInitializer,
      regularizer: pointwiseRegularizer)
    let bias = ParameterDeclaration("bias", [filters], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [depthwise, pointwise, bias] : [depthwise, pointwise]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let window = window.window(on: builder.type(of: inputs[0])) else {
      preconditionFailure("\(builder.layer): a window that was checked fits \(builder.type(of: inputs[0]))")
    }
    var value = builder.append(DepthwiseConv2DOperation(window: window), [inputs[0], parameters[0]])
    let pixel = WindowArguments(size: IntegerPair(1), strides: IntegerPair(1), padding: .valid)
    guard let single = pixel.window(on: builder.type(of: value)) else {
      preconditionFailure("\(builder.layer): one pixel fits every image")
    }
    value = builder.append(Conv2DOperation(window: single, groups: 1), [value, parameters[1]])
    if useBias { value = builder.append(BiasAddOperation(), [value, parameters[2]]) }
    return emitActivation(activation, value, into: &builder)
  }
}
