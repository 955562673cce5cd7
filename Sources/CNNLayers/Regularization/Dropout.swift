package import CNNGraph
package import CNNSpec

/// Zeros a random part of its input while training, and scales the rest by 1 / (1 - rate); else nothing.
package struct Dropout: Layer {
  package let rate: Double

  private static let rate = Argument("rate", .number(.unit), doc: "Share of the values that become zero")
  private static let seed = Argument<Int?>(
    "seed", .optional(.seed), default: .some(nil),
    doc: "Accepted as in Keras; masks follow from `training.seed` and the place of the layer")

  package static let kind = "dropout"
  package static let className = "Dropout"
  package static let summary = "Zeros a random part of its input while training"
  package static let mainArgument: String? = "rate"
  package static let arguments: [any ArgumentDescription] = [rate, seed]

  package init?(_ fields: inout FieldReader) {
    let rate = fields.read(Self.rate)
    let seed = fields.read(Self.seed)
    guard let rate, seed != nil else { return nil }
    self.rate = rate
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.dropsValues = rate > 0
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard builder.purpose == .training, rate > 0 else { return inputs[0] }
    // All is dropped: a scale of 1 / 0 must not meet it.
    if rate == 1 { return builder.append(RescalingOperation(scale: 0, offset: 0), [inputs[0]]) }
    // The node's own place tells the streams of two layers apart, and is the same for the same spec.
    let stream = UInt32(truncatingIfNeeded: builder.graph.nodes.count)
    return builder.append(DropoutOperation(rate: rate, stream: stream), [inputs[0]])
  }
}
