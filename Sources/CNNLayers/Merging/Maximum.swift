package import CNNGraph
package import CNNSpec

/// The greatest of two or more inputs, element by element; an axis of extent 1 is repeated.
package struct Maximum: Layer {
  package static let kind = "maximum"
  package static let className = "Maximum"
  package static let summary = "Takes the greatest of inputs, repeating axes of extent 1"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.merged(inputs, "compares")
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.fold(MaximumOperation(), inputs)
  }
}
