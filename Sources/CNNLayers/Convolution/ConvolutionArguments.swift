internal import CNNGraph
internal import CNNSpec

/// Arguments that convolutions share, with Keras's defaults.
enum ConvolutionArguments {
  static let filters = Argument("filters", .positiveInteger, doc: "Number of output channels")
  static let kernelSize = Argument("kernel_size", .pair, doc: "Rows and columns of the kernel")
  static let strides = Argument("strides", .pair, default: IntegerPair(1), doc: "Steps between two windows")
  static let padding = Argument<Padding>(
    "padding", .padding, default: .valid, doc: "`valid` stays inside the image, `same` pads it with zeros")
  static let dilation = Argument(
    "dilation_rate", .pair, default: IntegerPair(1), doc: "Distance between the cells of the kernel")
  static let depthMultiplier = Argument(
    "depth_multiplier", .positiveInteger, default: 1, doc: "How many outputs each input channel has of its own")
  static let depthwiseInitializer = Argument(
    "depthwise_initializer", .initializer, default: .glorotUniform, doc: "How the kernel of each channel starts")
  static let depthwiseRegularizer = Argument<Regularizer?>(
    "depthwise_regularizer", .optional(.regularizer), default: .some(nil),
    doc: "Penalty on the kernel of each channel, added to the loss")

  static func window(_ fields: inout FieldReader) -> WindowArguments? {
    let size = fields.read(kernelSize)
    let strides = fields.read(strides)
    let padding = fields.read(padding)
    let dilation = fields.read(dilation)
    guard let size, let strides, let padding, let dilation else { return nil }
    return WindowArguments(size: size, strides: strides, dilation: dilation, padding: padding)
  }

  /// Whether strides and dilation go together, which Keras refuses; reports it if not.
  static func check(_ window: WindowArguments, _ fields: inout FieldReader) -> Bool {
    if window.strides == IntegerPair(1) || window.dilation == IntegerPair(1) { return true }
    fields.report(
      SpecCode.stridesWithDilation,
      "strides of \(window.strides.text) and a dilation of \(window.dilation.text) do not go together",
      at: "dilation_rate", label: "dilated here", help: "write `strides: 1`, or leave `dilation_rate` out",
      proposals: ["dilation_rate", "strides"].map {
        .init("`\($0): 1`", .set(key: $0, value: "1", of: fields.ownerSpan))
      })
    return false
  }

  /// Whether images whose channels are all repeated can be computed with, as depthwise kernels do; reports it if not.
  static func checkRepeated(
    _ image: TensorType, times multiplier: Int, _ context: inout ShapeContext
  ) -> Bool {
    let (channels, overflow) = image.extents[2].multipliedReportingOverflow(by: multiplier)
    if !overflow, let count = SizeLimits.elementCount([image.extents[0], image.extents[1], channels]),
      multiplier == 1 || count <= SizeLimits.computedElements
    {
      return true
    }
    context.report(
      SpecCode.sizeLimit,
      "an image of \(image.extents[0])x\(image.extents[1]) with \(multiplier) times its channels exceeds the limit",
      at: "depth_multiplier", label: "too large", notes: [context.inputNote()])
    return false
  }
}
