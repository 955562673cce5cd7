package import CNNGraph
package import CNNSpec

/// max(x, 0), with Keras's three arguments: a ceiling, a slope below zero, a threshold.
package struct ReLU: Layer {
  private let form: Form

  /// The combinations that there are operations for.
  private enum Form {
    case plain, capped
    case leaky(slope: Double)
  }

  private static let maxValue = Argument<Double?>(
    "max_value", .optional(.number(.notNegative)), default: .some(nil), doc: "Largest output; none if left out")
  private static let negativeSlope = Argument(
    "negative_slope", .number(.notNegative), default: 0, doc: "Slope below zero")
  private static let threshold = Argument(
    "threshold", .number(.notNegative), default: 0, doc: "Below it the output is zero")

  package static let kind = "relu"
  package static let className = "ReLU"
  package static let automaticName = "re_lu"
  package static let summary = "Replaces negative values by zero"
  package static let arguments: [any ArgumentDescription] = [maxValue, negativeSlope, threshold]

  package init?(_ fields: inout FieldReader) {
    let maxValue = fields.read(Self.maxValue)
    let slope = fields.read(Self.negativeSlope)
    let threshold = fields.read(Self.threshold)
    guard let maxValue, let slope, let threshold else { return nil }
    switch (maxValue, slope, threshold) {
    case (nil, 0, 0): form = .plain
    case (6, 0, 0): form = .capped
    case (nil, _, 0): form = .leaky(slope: slope)
    default:
      let name = threshold != 0 ? "threshold" : "max_value"
      fields.report(
        SpecCode.notSupportedYet, "`\(name)` of `relu` is part of the language, and only partly supported so far",
        at: name, help: "write `relu`, `relu: {max_value: 6}` or `relu: {negative_slope: 0.1}`")
      return nil
    }
  }

  package var outputActivation: Activation? {
    switch form {
    case .plain: .relu
    case .capped: .relu6
    case .leaky: .leakyReLU
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    switch form {
    case .plain: builder.append(ActivationOperation(.relu), [inputs[0]])
    case .capped: builder.append(ActivationOperation(.relu6), [inputs[0]])
    case .leaky(let slope): builder.append(ActivationOperation(.leakyReLU, parameter: slope), [inputs[0]])
    }
  }
}
