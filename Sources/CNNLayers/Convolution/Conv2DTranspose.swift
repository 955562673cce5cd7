package import CNNGraph
package import CNNSpec

/// A transposed convolution: each input pixel is spread by the kernel, and what overlaps is added.
///
///     input  [N, H, W, in]    kernel [kh, kw, filters, in]    output [N, H', W', filters]
///     valid: H' = (H - 1) * stride + max(dilated, stride)     dilated = dilation * (kh - 1) + 1
///     same:  H' = H * stride
///     with an output padding p:  valid (H - 1) * stride + dilated + p,  same that less 2 * (dilated / 2)
///
/// It is the gradient of the convolution that takes its output to its input. Matches Keras 3:
/// `keras/src/layers/convolutional/base_conv_transpose.py`, sizes by `compute_conv_transpose_output_shape`.
package struct Conv2DTranspose: Layer {
  package let filters: Int
  package let window: WindowArguments
  package let outputPadding: IntegerPair?
  package let activation: Activation
  package let useBias: Bool
  package let kernelInitializer, biasInitializer: Initializer
  package let kernelRegularizer, biasRegularizer: Regularizer?

  private static let outputPadding = Argument<IntegerPair?>(
    "output_padding", .optional(.pair(of: .integer(0...SizeLimits.extent, text: "an integer of at least 0"))),
    default: .some(nil), doc: "Rows and columns added at the end of the output, fewer than the strides")

  package static let kind = "conv2d_transpose"
  package static let className = "Conv2DTranspose"
  package static let summary = "Spreads each pixel with learned kernels: a convolution backwards"
  package static let arguments: [any ArgumentDescription] = [
    ConvolutionArguments.filters, ConvolutionArguments.kernelSize, ConvolutionArguments.strides,
    ConvolutionArguments.padding, outputPadding, ConvolutionArguments.dilation, WeightArguments.activation,
    WeightArguments.useBias, WeightArguments.kernelInitializer, WeightArguments.biasInitializer,
    WeightArguments.kernelRegularizer, WeightArguments.biasRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let filters = fields.read(ConvolutionArguments.filters)
    let window = ConvolutionArguments.window(&fields)
    let outputPadding = fields.read(Self.outputPadding)
    let activation = fields.read(WeightArguments.activation)
    let useBias = fields.read(WeightArguments.useBias)
    let kernelInitializer = fields.read(WeightArguments.kernelInitializer)
    let biasInitializer = fields.read(WeightArguments.biasInitializer)
    let kernelRegularizer = fields.read(WeightArguments.kernelRegularizer)
    let biasRegularizer = fields.read(WeightArguments.biasRegularizer)
    guard let filters, let window, let outputPadding, let activation, let useBias, let kernelInitializer,
      let biasInitializer, let kernelRegularizer, let biasRegularizer
    else { return nil }
    let isDisjoint = ConvolutionArguments.check(window, &fields)
    guard Self.check(outputPadding, strides: window.strides, &fields), isDisjoint else { return nil }
    self.filters = filters
    self.window = window
    self.outputPadding = outputPadding
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
    self.kernelRegularizer = kernelRegularizer
    self.biasRegularizer = biasRegularizer
  }

  private static func check(_ padding: IntegerPair?, strides: IntegerPair, _ fields: inout FieldReader) -> Bool {
    guard let padding, padding.rows >= strides.rows || padding.columns >= strides.columns else { return true }
    fields.report(
      SpecCode.outputPadding,
      "an output padding of \(padding.text) is not below the strides of \(strides.text)", at: "output_padding",
      help: strides == IntegerPair(1)
        ? "leave `output_padding` out" : "write at most `output_padding: [\(strides.rows - 1), \(strides.columns - 1)]`"
    )
    return false
  }

  package var outputActivation: Activation? { activation }

  package var traits: LayerTraits {
    LayerTraits {
      $0.windowOverOutput = window
      $0.isAffine = true
    }
  }

  /// The convolution of this one's output to its input; `nil` where there is none.
  private func convolution(of image: TensorType) -> Window2D? {
    let size = window.size
    guard
      let rows = geometry(
        image.extents[0], size.rows, window.strides.rows, window.dilation.rows, outputPadding?.rows),
      let columns = geometry(
        image.extents[1], size.columns, window.strides.columns, window.dilation.columns, outputPadding?.columns)
    else { return nil }
    return Window2D(rows: rows, columns: columns)
  }

  private func geometry(_ size: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ extra: Int?) -> WindowGeometry? {
    let dilated = dilation * (kernel - 1) + 1
    let output =
      switch (window.padding, extra) {
      case (.valid, nil): (size - 1) * stride + max(dilated, stride)
      case (.same, nil): size * stride
      case (.valid, let extra?): (size - 1) * stride + dilated + extra
      case (.same, let extra?): (size - 1) * stride + dilated - 2 * (dilated / 2) + extra
      }
    guard output >= 1,
      let geometry = WindowGeometry(
        size: output, window: kernel, stride: stride, dilation: dilation, padding: window.padding),
      geometry.output == size
    else { return nil }
    return geometry
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    guard let convolution = convolution(of: image) else {
      context.report(
        SpecCode.outputPadding,
        "no convolution with `padding: same` and a \(window.size.text) kernel leads from this output to the input of "
          + "`\(context.name)`", at: "output_padding", notes: [context.inputNote()],
        help: "leave `output_padding` out, or use a kernel of odd size")
      return nil
    }
    return TensorType([convolution.rows.size, convolution.columns.size, filters])
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let kernel = ParameterDeclaration(
      "kernel", [window.size.rows, window.size.columns, filters, inputs[0].extents[2]], initializer: kernelInitializer,
      regularizer: kernelRegularizer)
    let bias = ParameterDeclaration("bias", [filters], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [kernel, bias] : [kernel]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let convolution = convolution(of: builder.type(of: inputs[0])) else {
      preconditionFailure("\(builder.layer): what was checked fits \(builder.type(of: inputs[0]))")
    }
    var value = builder.append(Conv2DTransposeOperation(convolution: convolution), [inputs[0], parameters[0]])
    if useBias { value = builder.append(BiasAddOperation(), [value, parameters[1]]) }
    return emitActivation(activation, value, into: &builder)
  }
}
