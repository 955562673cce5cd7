internal import CNNGraph
internal import CNNKernels
internal import CNNSpec

/// Keras's `seed`, which every layer that draws random numbers has.
enum SeedArgument {
  static let seed = Argument<Int?>(
    "seed", .optional(.seed), default: .some(nil),
    doc: "What this layer's draws follow from; left out, `training.seed` and the place of the layer")
}

extension GraphBuilder {
  /// Random numbers that no other layer of the model has.
  ///
  /// The node's own place tells layers apart, and is the same for the same spec.
  func randomStream(seed: Int?) -> RandomStream {
    RandomStream(UInt32(truncatingIfNeeded: graph.nodes.count), seed: seed.map { UInt64($0) })
  }
}
