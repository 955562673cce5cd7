package import CNNGraph
package import CNNSpec

/// The image without its border.
///
///     input [N, H, W, C]    output [N, H - top - bottom, W - left - right, C]
///
/// Matches Keras 3: `keras/src/layers/reshaping/cropping2d.py`.
package struct Cropping2D: Layer {
  private let cropping: Margins

  private static let cropping = Argument(
    "cropping", .margins, default: Margins(top: 0, bottom: 0, left: 0, right: 0),
    doc: "Pixels taken from the sides: one number, rows and columns, or `[[top, bottom], [left, right]]`")

  package static let kind = "cropping2d"
  package static let className = "Cropping2D"
  package static let summary = "Takes rows and columns away from the sides of the image"
  package static let mainArgument: String? = "cropping"
  package static let arguments: [any ArgumentDescription] = [cropping]

  package init?(_ fields: inout FieldReader) {
    guard let cropping = fields.read(Self.cropping) else { return nil }
    self.cropping = cropping
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    if let extents = CropOperation(cropping).cropped(image.extents) { return image.with(extents: extents) }
    context.report(
      SpecCode.windowExceedsInput,
      "cropping \(cropping.text) leaves nothing of the \(image.extents[0])x\(image.extents[1]) input of "
        + "`\(context.name)`", at: "cropping", notes: [context.inputNote()],
      help: "crop fewer than \(image.extents[0]) rows and \(image.extents[1]) columns in all")
    return nil
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(CropOperation(cropping), [inputs[0]])
  }
}
