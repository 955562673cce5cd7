internal import CNNGraph
internal import CNNSpec

/// The arguments of pools, in Keras's order.
enum PoolArguments {
  static let size = Argument("pool_size", .pair, default: IntegerPair(2), doc: "Rows and columns of a window")
  static let strides = Argument<IntegerPair?>(
    "strides", .optional(.pair), default: .some(nil), doc: "Steps between two windows; the size of one if left out")
  static let padding = Argument<Padding>(
    "padding", .padding, default: .valid, doc: "`valid` drops what does not fill a window, `same` keeps it")

  /// Of global pools.
  static let keepDims = Argument(
    "keepdims", .boolean, default: false, doc: "Whether rows and columns stay, as 1 and 1")

  static let all: [any ArgumentDescription] = [size, strides, padding]

  static func read(_ fields: inout FieldReader) -> WindowArguments? {
    let size = fields.read(Self.size)
    let strides = fields.read(Self.strides)
    let padding = fields.read(Self.padding)
    guard let size, let strides, let padding else { return nil }
    return WindowArguments(size: size, strides: strides ?? size, padding: padding)
  }

  static func outputType(
    _ arguments: WindowArguments, of input: TensorType, _ context: inout ShapeContext
  ) -> TensorType? {
    guard let window = context.window(arguments, on: input, argument: "pool_size") else { return nil }
    return input.with(extents: [window.rows.output, window.columns.output, input.extents[2]])
  }

  /// - Precondition: the window was checked.
  static func window(_ arguments: WindowArguments, _ value: ValueID, _ builder: GraphBuilder) -> Window2D {
    guard let window = arguments.window(on: builder.type(of: value)) else {
      preconditionFailure("\(builder.layer): a window that was checked fits \(builder.type(of: value))")
    }
    return window
  }
}
