package import CNNGraph
package import CNNSpec

/// Keras's ReLU with its three arguments: a ceiling, a slope below the threshold, the threshold.
///
///     x > threshold: min(x, max_value)        else: negative_slope * (x - threshold)
///
/// Matches Keras 3: `keras/src/activations/activations.py`, `ReLU`.
package struct ReLU: Layer {
  private let maxValue: Double?
  private let negativeSlope, threshold: Double

  private static let maxValue = Argument<Double?>(
    "max_value", .optional(.number(.notNegative)), default: .some(nil), doc: "Largest output; none if left out")
  private static let negativeSlope = Argument(
    "negative_slope", .number(.notNegative), default: 0, doc: "Slope below the threshold")
  private static let threshold = Argument(
    "threshold", .number(.notNegative), default: 0, doc: "Up to it the output is zero, or falls by `negative_slope`")

  package static let kind = "relu"
  package static let className = "ReLU"
  package static let automaticName = "re_lu"
  package static let summary = "Replaces negative values by zero"
  package static let arguments: [any ArgumentDescription] = [maxValue, negativeSlope, threshold]

  package init?(_ fields: inout FieldReader) {
    let maxValue = fields.read(Self.maxValue)
    let negativeSlope = fields.read(Self.negativeSlope)
    let threshold = fields.read(Self.threshold)
    guard let maxValue, let negativeSlope, let threshold else { return nil }
    self.maxValue = maxValue
    self.negativeSlope = negativeSlope
    self.threshold = threshold
  }

  private var operation: any Operation {
    switch (maxValue, negativeSlope, threshold) {
    case (nil, 0, 0): ActivationOperation(.relu)
    case (6, 0, 0): ActivationOperation(.relu6)
    case (nil, _, 0): ActivationOperation(.leakyReLU, parameter: negativeSlope)
    default: ShapedReLUOperation(maxValue: maxValue, negativeSlope: negativeSlope, threshold: threshold)
    }
  }

  package var outputActivation: Activation? { (operation as? ActivationOperation)?.activation ?? .relu }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(operation, [inputs[0]])
  }
}
