package import CNNGraph
package import CNNSpec

/// x > 0 ? x : negative_slope * x. The layer's slope is 0.3 if left out, the activation's of this name 0.2, as in Keras.
package struct LeakyReLU: Layer {
  package let negativeSlope: Double

  private static let negativeSlope = Argument(
    "negative_slope", .number(.notNegative), default: 0.3, doc: "Slope below zero")

  package static let kind = "leaky_relu"
  package static let className = "LeakyReLU"
  package static let automaticName = "leaky_re_lu"
  package static let summary = "Lets a share of negative values pass"
  package static let mainArgument: String? = "negative_slope"
  package static let arguments: [any ArgumentDescription] = [negativeSlope]

  package init?(_ fields: inout FieldReader) {
    guard let negativeSlope = fields.read(Self.negativeSlope) else { return nil }
    self.negativeSlope = negativeSlope
  }

  package var outputActivation: Activation? { .leakyReLU }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(ActivationOperation(.leakyReLU, parameter: negativeSlope), [inputs[0]])
  }
}
