package import CNNGraph
package import CNNSpec

/// The mean of each window, channel by channel, over the cells that lie inside the image.
///
///     input [N, H, W, C]    output [N, H', W', C]
///
/// Keras 3 asks for `pool_size` here; 2 unless written, as for `max_pooling2d`, is Keras 2's default.
package struct AveragePooling2D: Layer {
  package let window: WindowArguments

  package static let kind = "average_pooling2d"
  package static let className = "AveragePooling2D"
  package static let summary = "Takes the mean of each window; `pool_size` is 2 unless written, as in Keras 2"
  package static let mainArgument: String? = "pool_size"
  package static let arguments = PoolArguments.all

  package init?(_ fields: inout FieldReader) {
    guard let window = PoolArguments.read(&fields) else { return nil }
    self.window = window
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.window = window
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    PoolArguments.outputType(window, of: inputs[0], &context)
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(AveragePool2DOperation(window: PoolArguments.window(window, inputs[0], builder)), [inputs[0]])
  }
}
