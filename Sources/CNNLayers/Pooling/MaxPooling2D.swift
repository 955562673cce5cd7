package import CNNGraph
package import CNNSpec

/// The largest value of each window, channel by channel; cells of the padding do not count.
///
///     input [N, H, W, C]    output [N, H', W', C]
package struct MaxPooling2D: Layer {
  package let window: WindowArguments

  package static let kind = "max_pooling2d"
  package static let className = "MaxPooling2D"
  package static let summary = "Keeps the largest value of each window"
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
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    PoolArguments.outputType(window, of: inputs[0], &context)
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(MaxPool2DOperation(window: PoolArguments.window(window, inputs[0], builder)), [inputs[0]])
  }
}
