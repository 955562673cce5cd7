package import CNNGraph
package import CNNSpec

/// The axes of a sample in another order; `dims` counts them from 1, as the batch is 0.
///
///     dims [2, 1, 3]:  input [N, H, W, C]    output [N, W, H, C]
///
/// Matches Keras 3: `keras/src/layers/reshaping/permute.py`.
package struct Permute: Layer {
  private let dims: [Int]

  private static let dims = Argument<[Int]>(
    "dims",
    .list(
      of: .integer(1...8, text: "the number of an axis"), text: "the axes in their new order, such as `[2, 1, 3]`",
      atMost: 8), doc: "For each axis of the output which of the input it is, the first being 1")

  package static let kind = "permute"
  package static let className = "Permute"
  package static let summary = "Puts the axes of a sample into another order"
  package static let mainArgument: String? = "dims"
  package static let arguments: [any ArgumentDescription] = [dims]

  package init?(_ fields: inout FieldReader) {
    guard let dims = fields.read(Self.dims) else { return nil }
    guard dims.sorted() == Array(1...dims.count) else {
      fields.report(
        SpecCode.badAxis, "`dims` names each axis from 1 to \(dims.count) once, and is \(dims)", at: "dims",
        help: "the axes of an image are 1, its rows, 2, its columns, and 3, its channels; of features there is 1 alone")
      return nil
    }
    self.dims = dims
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard dims.count == inputs[0].rank else {
      context.report(
        SpecCode.badAxis, "`\(context.name)` orders \(dims.count) axes, and its input has \(inputs[0].rank)",
        at: "dims", notes: [context.inputNote()], help: "the batch is not among them")
      return nil
    }
    return inputs[0].with(extents: dims.map { inputs[0].extents[$0 - 1] })
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(PermuteOperation(axes: dims.map { $0 - 1 }), [inputs[0]])
  }
}
