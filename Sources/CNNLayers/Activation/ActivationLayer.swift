package import CNNGraph
package import CNNSpec

/// An activation as a layer of its own, Keras's `Activation`.
package struct ActivationLayer: Layer {
  package let activation: Activation

  private static let activation = Argument("activation", .activation, doc: "Which function is applied")

  package static let kind = "activation"
  package static let className = "Activation"
  package static let summary = "Applies an activation by its name"
  package static let mainArgument: String? = "activation"
  package static let arguments: [any ArgumentDescription] = [activation]

  package init?(_ fields: inout FieldReader) {
    guard let activation = fields.read(Self.activation) else { return nil }
    self.activation = activation
  }

  package var outputActivation: Activation? { activation == .linear ? nil : activation }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    emitActivation(activation, inputs[0], into: &builder)
  }
}
