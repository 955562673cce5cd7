package import CNNGraph
package import CNNSpec

/// The mean of two or more inputs, element by element; an axis of extent 1 is repeated.
package struct Average: Layer {
  package static let kind = "average"
  package static let className = "Average"
  package static let summary = "Averages inputs, repeating axes of extent 1"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.merged(inputs, "averages")
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let sum = builder.append(AddOperation(), builder.broadcast(inputs))
    return builder.append(RescalingOperation(scale: 1 / Double(inputs.count), offset: 0), [sum])
  }
}
