package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// The image enlarged by whole factors.
///
///     input [N, H, W, C]    output [N, H * rows, W * columns, C]
///
/// Matches Keras 3: `keras/src/layers/reshaping/up_sampling2d.py`; `bilinear` has pixels at their centres.
package struct UpSampling2D: Layer {
  private let size: IntegerPair
  private let interpolation: Interpolation

  private static let size = Argument("size", .pair, default: IntegerPair(2), doc: "Factors of rows and columns")
  private static let interpolation = Argument<Interpolation>(
    "interpolation", .word(), default: .nearest, doc: "`nearest` repeats pixels, `bilinear` goes from one to the next")

  package static let kind = "up_sampling2d"
  package static let className = "UpSampling2D"
  package static let summary = "Enlarges the image by whole factors"
  package static let mainArgument: String? = "size"
  package static let arguments: [any ArgumentDescription] = [size, interpolation]

  package init?(_ fields: inout FieldReader) {
    let size = fields.read(Self.size)
    let interpolation = fields.read(Self.interpolation)
    guard let size, let interpolation else { return nil }
    self.size = size
    self.interpolation = interpolation
  }

  package var outputActivation: Activation? { nil }

  private var operation: UpsampleOperation {
    UpsampleOperation(rows: size.rows, columns: size.columns, interpolation)
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    return image.with(extents: operation.enlarged(image.extents))
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(operation, [inputs[0]])
  }
}
