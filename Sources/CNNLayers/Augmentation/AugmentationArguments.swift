internal import CNNGraph
internal import CNNKernels
internal import CNNSpec

/// Arguments that augmentations share, with Keras's defaults.
enum AugmentationArguments {
  static let valueRange = Argument<ClosedRange<Double>>(
    "value_range", .interval, default: 0...255, doc: "The range of the images' values; results are clipped to it")
}

/// How the affine augmentations sample an image, Keras's arguments.
struct SamplingArguments: Sendable {
  let sampling: ImageSampling

  private static let fillMode = Argument<FillMode>(
    "fill_mode", .word(), default: .reflect, doc: "What the image is beyond its edges")
  private static let interpolation = Argument<Interpolation>(
    "interpolation", .word(), default: .bilinear, doc: "What stands between pixels")
  private static let fillValue = Argument(
    "fill_value", .number(), default: 0, doc: "What `fill_mode: constant` fills with")

  static let all: [any ArgumentDescription] = [fillMode, interpolation, SeedArgument.seed, fillValue]

  init?(_ fields: inout FieldReader) {
    let fillMode = fields.read(Self.fillMode)
    let interpolation = fields.read(Self.interpolation)
    let fillValue = fields.read(Self.fillValue)
    guard let fillMode, let interpolation, let fillValue else { return nil }
    sampling = ImageSampling(fill: fillMode, fillValue: fillValue, interpolation: interpolation)
  }
}

extension NumberRange {
  /// A share of a whole, in either direction.
  static let share = NumberRange(from: -1, to: 1)
}

extension ClosedRange<Double> {
  /// Whether nothing but zero can be drawn.
  var isZero: Bool { lowerBound == 0 && upperBound == 0 }

  /// In dumps: `-0.1...0.3`.
  var text: String { "\(lowerBound)...\(upperBound)" }
}

extension TensorType {
  /// - Precondition: it is an image.
  var image: ImageExtents { ImageExtents(rows: extents[0], columns: extents[1], channels: extents[2]) }
}
