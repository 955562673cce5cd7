package import CNNGraph
package import CNNSpec

/// x > 0 ? x : alpha * (exp(x) - 1) (Clevert et al. 2016, as Keras has it).
package struct ELU: Layer {
  package let alpha: Double

  private static let alpha = Argument(
    "alpha", .number(), default: 1, doc: "What large negative values come to, times -1")

  package static let kind = "elu"
  package static let className = "ELU"
  package static let summary = "Bends negative values towards -alpha"
  package static let mainArgument: String? = "alpha"
  package static let arguments: [any ArgumentDescription] = [alpha]

  package init?(_ fields: inout FieldReader) {
    guard let alpha = fields.read(Self.alpha) else { return nil }
    self.alpha = alpha
  }

  package var outputActivation: Activation? { .elu }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(ActivationOperation(.elu, parameter: alpha), [inputs[0]])
  }
}
