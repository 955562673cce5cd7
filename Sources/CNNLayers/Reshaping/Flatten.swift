package import CNNGraph
package import CNNSpec

/// All values of a sample in one row, row-major: `[N, H, W, C]` to `[N, H * W * C]`.
package struct Flatten: Layer {
  package static let kind = "flatten"
  package static let className = "Flatten"
  package static let summary = "Puts all values of a sample into one row"
  package static let arguments: [any ArgumentDescription] = []

  package init?(_ fields: inout FieldReader) {}

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    inputs[0].with(extents: [inputs[0].elementCount])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(ReshapeOperation(extents: [builder.type(of: inputs[0]).elementCount]), [inputs[0]])
  }
}
