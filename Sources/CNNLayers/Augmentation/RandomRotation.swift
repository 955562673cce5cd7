package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// Turns each sample by a random angle about its middle while training; else nothing.
///
/// The factor is a fraction of a whole turn, positive anticlockwise. One number f stands for -f to f.
package struct RandomRotation: Layer {
  private let turns: ClosedRange<Double>
  private let shared: SamplingArguments
  private let seed: Int?

  private static let turns = Argument<ClosedRange<Double>>(
    "factor", .factor(.share), doc: "Fraction of a whole turn, as `0.05` for both directions or `[-0.1, 0.2]`")

  package static let kind = "random_rotation"
  package static let className = "RandomRotation"
  package static let summary = "Turns images a little while training"
  package static let mainArgument: String? = "factor"
  package static let arguments: [any ArgumentDescription] = [turns] + SamplingArguments.all

  package init?(_ fields: inout FieldReader) {
    let turns = fields.read(Self.turns)
    let shared = SamplingArguments(&fields)
    let seed = fields.read(SeedArgument.seed)
    guard let turns, let shared, let seed else { return nil }
    self.turns = turns
    self.shared = shared
    self.seed = seed
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.image(inputs[0])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training, !turns.isZero else { return inputs[0] }
    return builder.append(
      RandomAffineOperation(
        draw: .rotation(turns), sampling: shared.sampling, stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
