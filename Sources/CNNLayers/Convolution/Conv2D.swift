internal import CNNDiagnostics
package import CNNGraph
package import CNNSpec

/// A convolution of images (cross-correlation: the kernel is not flipped).
///
///     input  [N, H, W, in]    kernel [kh, kw, in / groups, filters]    output [N, H', W', filters]
///
/// Matches Keras 3: `keras/src/layers/convolutional/base_conv.py`.
package struct Conv2D: Layer {
  package let filters: Int
  package let window: WindowArguments
  package let groups: Int
  package let activation: Activation
  package let useBias: Bool
  package let kernelInitializer, biasInitializer: Initializer
  package let kernelRegularizer, biasRegularizer: Regularizer?

  private static let groups = Argument(
    "groups", .positiveInteger, default: 1, doc: "Into how many groups of channels input and output fall")

  package static let kind = "conv2d"
  package static let className = "Conv2D"
  package static let summary = "Convolves images with learned kernels"
  package static let arguments: [any ArgumentDescription] = [
    ConvolutionArguments.filters, ConvolutionArguments.kernelSize, ConvolutionArguments.strides,
    ConvolutionArguments.padding, ConvolutionArguments.dilation, groups, WeightArguments.activation,
    WeightArguments.useBias, WeightArguments.kernelInitializer, WeightArguments.biasInitializer,
    WeightArguments.kernelRegularizer,
    WeightArguments.biasRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let filters = fields.read(ConvolutionArguments.filters)
    let window = ConvolutionArguments.window(&fields)
    let groups = fields.read(Self.groups)
    let activation = fields.read(WeightArguments.activation)
    let useBias = fields.read(WeightArguments.useBias)
    let kernelInitializer = fields.read(WeightArguments.kernelInitializer)
    let biasInitializer = fields.read(WeightArguments.biasInitializer)
    let kernelRegularizer = fields.read(WeightArguments.kernelRegularizer)
    let biasRegularizer = fields.read(WeightArguments.biasRegularizer)
    guard let filters, let window, let groups, let activation, let useBias,
      let kernelInitializer, let biasInitializer, let kernelRegularizer, let biasRegularizer
    else { return nil }
    guard ConvolutionArguments.check(window, &fields) else { return nil }
    self.filters = filters
    self.window = window
    self.groups = groups
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
    self.kernelRegularizer = kernelRegularizer
    self.biasRegularizer = biasRegularizer
  }

  package var outputActivation: Activation? { activation }

  package var traits: LayerTraits {
    LayerTraits {
      $0.window = window
      $0.isAffine = true
      $0.hasFilters = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    let channels = image.extents[2]
    var divides = true
    if channels % groups != 0 {
      divides = false
      context.report(
        SpecCode.groups,
        "\(groups) groups do not divide the \(channels) channel\(channels == 1 ? "" : "s") of the input of `\(context.name)`",
        at: "groups", notes: [context.inputNote()],
        help: "a number of groups divides both the channels, \(channels), and the filters, \(filters)",
        proposals: groupRepairs(channels, context))
    } else if filters % groups != 0 {
      divides = false
      context.report(
        SpecCode.groups, "\(groups) groups do not divide the \(filters) filters of `\(context.name)`", at: "groups",
        help: "a number of groups divides both the channels, \(channels), and the filters, \(filters)",
        proposals: groupRepairs(channels, context))
    }
    guard let window = context.window(window, on: image, argument: "kernel_size"), divides else { return nil }
    return TensorType([window.rows.output, window.columns.output, filters])
  }

  /// The next number of groups below that divides both, the next number of filters above that is divided.
  private func groupRepairs(_ channels: Int, _ context: ShapeContext) -> [Diagnostic.Proposal] {
    var (common, rest) = (channels, filters)
    while rest > 0 { (common, rest) = (rest, common % rest) }
    // Divisors come in pairs, one of them at most the root.
    let divisors = (1...1024).filter { $0 * $0 <= common && common.isMultiple(of: $0) }.flatMap { [$0, common / $0] }
    let fewer = divisors.filter { $0 <= groups }.max()
    let more = (filters / groups + 1) * groups
    return (fewer.map { context.proposals("`groups: \($0)`", set: "groups", to: "\($0)") } ?? [])
      + context.proposals("`filters: \(more)`", set: "filters", to: "\(more)")
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let channels = inputs[0].extents[2] / groups
    let kernel = ParameterDeclaration(
      "kernel", [window.size.rows, window.size.columns, channels, filters], initializer: kernelInitializer,
      regularizer: kernelRegularizer)
    let bias = ParameterDeclaration("bias", [filters], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [kernel, bias] : [kernel]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let window = window.window(on: builder.type(of: inputs[0])) else {
      preconditionFailure("\(builder.layer): a window that was checked fits \(builder.type(of: inputs[0]))")
    }
    var value = builder.append(Conv2DOperation(window: window, groups: groups), [inputs[0], parameters[0]])
    if useBias { value = builder.append(BiasAddOperation(), [value, parameters[1]]) }
    return emitActivation(activation, value, into: &builder)
  }
}
