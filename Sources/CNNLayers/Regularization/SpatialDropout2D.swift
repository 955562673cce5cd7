package import CNNGraph
package import CNNSpec

/// Zeros whole channels of a sample while training, and scales the others by 1 / (1 - rate) (Tompson et al. 2015).
package struct SpatialDropout2D: Layer {
  private let rate: Double
  private let seed: Int?

  private static let rate = Argument("rate", .number(.unit), doc: "Share of the channels that become zero")

  package static let kind = "spatial_dropout2d"
  package static let className = "SpatialDropout2D"
  package static let summary = "Zeros a random part of the channels while training"
  package static let mainArgument: String? = "rate"
  package static let arguments: [any ArgumentDescription] = [rate, SeedArgument.seed]

  package init?(_ fields: inout FieldReader) {
    let rate = fields.read(Self.rate)
    let seed = fields.read(SeedArgument.seed)
    guard let rate, let seed else { return nil }
    self.rate = rate
    self.seed = seed
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.dropsValues = rate > 0
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.image(inputs[0])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let channels = builder.type(of: inputs[0]).extents.last ?? 1
    return emitDropout(inputs[0], rate: rate, mask: [1, 1, channels], seed: seed, into: &builder)
  }
}
