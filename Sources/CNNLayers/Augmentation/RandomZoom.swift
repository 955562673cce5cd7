package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// Zooms each sample about its middle by a random factor while training; else nothing.
///
/// A positive factor zooms out: 0.2 shows a fifth more of what is around. One number f stands for -f to f;
/// `width_factor: none` keeps the image's proportions.
package struct RandomZoom: Layer {
  private let height: ClosedRange<Double>
  private let width: ClosedRange<Double>?
  private let shared: SamplingArguments
  private let seed: Int?

  private static let bounds = NumberRange(from: -1, includingMinimum: false, to: 1)
  private static let height = Argument<ClosedRange<Double>>(
    "height_factor", .factor(bounds), doc: "How much more of the height is seen, as `0.1` or `[-0.2, -0.1]`")
  private static let width = Argument<ClosedRange<Double>?>(
    "width_factor", .optional(.factor(bounds)), default: .some(nil),
    doc: "The same of the width; `none` draws one factor for both")

  package static let kind = "random_zoom"
  package static let className = "RandomZoom"
  package static let summary = "Zooms into images, or out of them, while training"
  package static let mainArgument: String? = "height_factor"
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
    guard builder.purpose == .training, !(height.isZero && (width?.isZero ?? true)) else { return inputs[0] }
    return builder.append(
      RandomAffineOperation(
        draw: .zoom(height: height, width: width), sampling: shared.sampling,
        stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
