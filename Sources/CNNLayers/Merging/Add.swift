internal import CNNDiagnostics
package import CNNGraph
package import CNNSpec

/// The sum of two or more inputs; an axis of extent 1 is repeated.
package struct Add: Layer {
  package static let kind = "add"
  package static let className = "Add"
  package static let summary = "Adds inputs, repeating axes of extent 1"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.merged(inputs, "adds")
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(AddOperation(), builder.broadcast(inputs))
  }
}
