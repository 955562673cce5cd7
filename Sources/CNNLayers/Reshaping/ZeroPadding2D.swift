package import CNNGraph
package import CNNSpec

/// Zeros around the image.
///
///     input [N, H, W, C]    output [N, top + H + bottom, left + W + right, C]
///
/// Matches Keras 3: `keras/src/layers/reshaping/zero_padding2d.py`.
package struct ZeroPadding2D: Layer {
  private let padding: Margins

  private static let padding = Argument(
    "padding", .margins, default: Margins(top: 1, bottom: 1, left: 1, right: 1),
    doc: "Pixels added at the sides: one number, rows and columns, or `[[top, bottom], [left, right]]`")

  package static let kind = "zero_padding2d"
  package static let className = "ZeroPadding2D"
  package static let summary = "Puts zeros around the image"
  package static let mainArgument: String? = "padding"
  package static let arguments: [any ArgumentDescription] = [padding]

  package init?(_ fields: inout FieldReader) {
    guard let padding = fields.read(Self.padding) else { return nil }
    self.padding = padding
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.zerosBehind = IntegerPair(padding.bottom, padding.right)
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    return image.with(extents: PadOperation(padding).padded(image.extents))
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(PadOperation(padding), [inputs[0]])
  }
}
