package import CNNGraph
package import CNNSpec

/// The product of two or more inputs; an axis of extent 1 is repeated.
package struct Multiply: Layer {
  package static let kind = "multiply"
  package static let className = "Multiply"
  package static let summary = "Multiplies inputs, repeating axes of extent 1"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.merged(inputs, "multiplies")
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.fold(MultiplyOperation(), inputs)
  }
}
