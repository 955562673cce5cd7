package import CNNGraph
package import CNNSpec

/// The mean of each channel over the whole image.
///
///     input [N, H, W, C]    output [N, C], or [N, 1, 1, C] with `keepdims`
package struct GlobalAveragePooling2D: Layer {
  package let keepDims: Bool

  package static let kind = "global_average_pooling2d"
  package static let className = "GlobalAveragePooling2D"
  package static let summary = "Takes the mean of each channel"
  package static let arguments: [any ArgumentDescription] = [PoolArguments.keepDims]

  package init?(_ fields: inout FieldReader) {
    guard let keepDims = fields.read(PoolArguments.keepDims) else { return nil }
    self.keepDims = keepDims
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let image = context.image(inputs[0]) else { return nil }
    let channels = image.extents[2]
    return image.with(extents: keepDims ? [1, 1, channels] : [channels])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(GlobalAveragePool2DOperation(keepDims: keepDims), [inputs[0]])
  }
}
