package import CNNGraph
package import CNNSpec

/// Mirrors a sample with probability 1/2 while training; else nothing.
///
/// `horizontal_and_vertical` mirrors along both axes or along none: one coin a sample, as Keras 3 has it.
package struct RandomFlip: Layer {
  private let mode: Mode
  private let seed: Int?

  private enum Mode: String, Sendable, CaseIterable {
    case horizontal, vertical
    case both = "horizontal_and_vertical"
  }

  private static let mode = Argument<Mode>("mode", .word(), default: .both, doc: "Along which axes images are mirrored")

  package static let kind = "random_flip"
  package static let className = "RandomFlip"
  package static let summary = "Mirrors every other image while training"
  package static let mainArgument: String? = "mode"
  package static let arguments: [any ArgumentDescription] = [mode, SeedArgument.seed]

  package init?(_ fields: inout FieldReader) {
    let mode = fields.read(Self.mode)
    let seed = fields.read(SeedArgument.seed)
    guard let mode, let seed else { return nil }
    self.mode = mode
    self.seed = seed
  }

  package var outputActivation: Activation? { nil }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.image(inputs[0])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training else { return inputs[0] }
    return builder.append(
      RandomFlipOperation(
        isHorizontal: mode != .vertical, isVertical: mode != .horizontal, stream: builder.randomStream(seed: seed)),
      [inputs[0]])
  }
}
