package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// x + f * (high - low) of each sample while training, clipped to `value_range`, `[low, high]`; else nothing.
///
/// f is drawn from -f to f for one number, and from a to b for a factor `[a, b]`.
package struct RandomBrightness: Layer {
  private let factor, valueRange: ClosedRange<Double>
  private let seed: Int?

  private static let factor = Argument<ClosedRange<Double>>(
    "factor", .factor(.share), doc: "Share of the range of values, as `0.1` for both directions or `[-0.1, 0.2]`")

  package static let kind = "random_brightness"
  package static let className = "RandomBrightness"
  package static let summary = "Changes the brightness of images while training"
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
      RandomColorOperation(.brightness(factor), values: valueRange, stream: builder.randomStream(seed: seed)),
      [inputs[0]])
  }
}
