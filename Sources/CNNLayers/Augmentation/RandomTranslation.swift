package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// Moves each sample by random shares of its height and width while training; else nothing.
///
/// A positive share moves down, or to the right. One number f stands for -f to f.
package struct RandomTranslation: Layer {
  private let height, width: ClosedRange<Double>
  private let shared: SamplingArguments
  private let seed: Int?

  private static let height = Argument<ClosedRange<Double>>(
    "height_factor", .factor(.share), doc: "Share of the height, as `0.1` for both directions or `[-0.1, 0.2]`")
  private static let width = Argument<ClosedRange<Double>>(
    "width_factor", .factor(.share), doc: "Share of the width, as `0.1` for both directions or `[-0.1, 0.2]`")

  package static let kind = "random_translation"
  package static let className = "RandomTranslation"
  package static let summary = "Moves images a little while training"
  package static let arguments: [any ArgumentDescription] = [height, width] + SamplingArguments.all

  package init?(_ fields: inout FieldReader) {
    let height = fields.read(Self.height)
    let width = fields.read(Self.width)
    let shared = SamplingArguments(&fields)
    let seed = fields.read(SeedArgument.seed)
    guard let height, let width, let shared, let seed else { return nil }
    self.height = height
    self.width = width
    self.shared = shared
    self.seed = seed
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.image(inputs[0])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training, !(height.isZero && width.isZero) else { return inputs[0] }
    return builder.append(
      RandomAffineOperation(
        draw: .translation(height: height, width: width), sampling: shared.sampling,
        stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
