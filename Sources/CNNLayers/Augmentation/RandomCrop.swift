package import CNNGraph
package import CNNSpec

/// A window of the images at a random place while training, the one in the middle else.
///
/// All samples of a batch share the place, as in Keras 3.
package struct RandomCrop: Layer {
  private let rows, columns: Int
  private let seed: Int?

  private static let height = Argument("height", .positiveInteger, doc: "Rows of the output")
  private static let width = Argument("width", .positiveInteger, doc: "Columns of the output")

  package static let kind = "random_crop"
  package static let className = "RandomCrop"
  package static let summary = "Cuts a window out of images, at a random place while training"
  package static let arguments: [any ArgumentDescription] = [height, width, SeedArgument.seed]

  package init?(_ fields: inout FieldReader) {
    let height = fields.read(Self.height)
    let width = fields.read(Self.width)
    let seed = fields.read(SeedArgument.seed)
    guard let height, let width, let seed else { return nil }
    rows = height
    columns = width
    self.seed = seed
  }

  package var outputActivation: Activation? { nil }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let input = context.image(inputs[0]) else { return nil }
    let (height, width) = (input.extents[0], input.extents[1])
    guard rows <= height, columns <= width else {
      context.report(
        SpecCode.windowExceedsInput,
        "a \(rows)x\(columns) window does not fit the \(height)x\(width) input of `\(context.name)`",
        at: rows > height ? "height" : "width", notes: [context.inputNote()],
        help: "write "
          + [(rows > height, "a `height` of at most \(height)"), (columns > width, "a `width` of at most \(width)")]
          .filter(\.0).map(\.1).joined(separator: " and "))
      return nil
    }
    return input.with(extents: [rows, columns, input.extents[2]])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let extents = builder.type(of: inputs[0]).extents
    if extents[0] == rows, extents[1] == columns { return inputs[0] }
    guard builder.purpose == .training else {
      let middle = builder.append(
        SliceOperation(axis: 0, start: (extents[0] - rows) / 2, length: rows), [inputs[0]])
      return builder.append(SliceOperation(axis: 1, start: (extents[1] - columns) / 2, length: columns), [middle])
    }
    return builder.append(
      RandomCropOperation(rows: rows, columns: columns, stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
