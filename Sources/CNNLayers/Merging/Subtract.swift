package import CNNGraph
package import CNNSpec

/// The first input less the second; an axis of extent 1 is repeated.
package struct Subtract: Layer {
  package static let kind = "subtract"
  package static let className = "Subtract"
  package static let summary = "Subtracts the second input from the first, repeating axes of extent 1"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.exactly(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.merged(inputs, "subtracts")
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(SubtractOperation(), builder.broadcast(inputs))
  }
}
