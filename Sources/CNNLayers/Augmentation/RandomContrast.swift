package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// (x - mean) * f + mean of each channel of a sample while training, clipped to `value_range`; else nothing.
///
/// f is drawn from 1 - a to 1 + b for a factor `[a, b]`, and from 1 to 1 + b for one number b, as in Keras 3.15.
package struct RandomContrast: Layer {
  private let factor, valueRange: ClosedRange<Double>
  private let seed: Int?

  private static let factor = Argument<ClosedRange<Double>>(
    "factor", .factor(.unit, alone: { 0...$0 }),
    doc: "By how much contrast falls and rises at most, `[0.2, 0.3]`; one number is how much it rises")

  package static let kind = "random_contrast"
  package static let className = "RandomContrast"
  package static let summary = "Changes the contrast of images while training"
  package static let mainArgument: String? = "factor"
  package static let arguments: [any ArgumentDescription] = [
    factor, AugmentationArguments.valueRange, SeedArgument.seed,
  ]

  package init?(_ fields: inout FieldReader) {
    let factor = fields.read(Self.factor)
    let valueRange = fields.read(AugmentationArguments.valueRange)
    let seed = fields.read(SeedArgument.seed)
    guard let factor, let valueRange, let seed else { return nil }
    self.factor = factor
    self.valueRange = valueRange
    self.seed = seed
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.image(inputs[0])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training else { return inputs[0] }
    return builder.append(
      RandomColorOperation(
        .contrast(1 - factor.lowerBound...1 + factor.upperBound), values: valueRange,
        stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
