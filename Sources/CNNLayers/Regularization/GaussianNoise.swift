package import CNNGraph
internal import CNNKernels
package import CNNSpec

/// Adds normal noise of mean 0 while training; else nothing.
package struct GaussianNoise: Layer {
  private let deviation: Double
  private let seed: Int?

  private static let deviation = Argument("stddev", .number(.unit), doc: "Standard deviation of the noise")

  package static let kind = "gaussian_noise"
  package static let className = "GaussianNoise"
  package static let summary = "Adds normal noise while training"
  package static let mainArgument: String? = "stddev"
  package static let arguments: [any ArgumentDescription] = [deviation, SeedArgument.seed]

  package init?(_ fields: inout FieldReader) {
    let deviation = fields.read(Self.deviation)
    let seed = fields.read(SeedArgument.seed)
    guard let deviation, let seed else { return nil }
    self.deviation = deviation
    self.seed = seed
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training, deviation > 0 else { return inputs[0] }
    return builder.append(
      GaussianNoiseOperation(deviation: deviation, stream: builder.randomStream(seed: seed)), [inputs[0]])
  }
}
