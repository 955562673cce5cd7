import CNNGraph
import CNNSpec
import CNNTestSupport
import Testing

/// Shapes, parameters, FLOPs and receptive fields of ten thousand random networks, against `NetworkOracle`.
@Suite("random networks against a slow oracle")
struct NetworkOracleTests {
  @Test("shapes, counts and receptive fields agree", arguments: 0..<20)
  func agreement(part: Int) throws {
    for seed in part * 500..<(part + 1) * 500 {
      let oracle = NetworkOracle.random(seed: UInt64(seed))
      let loaded = Loaded(oracle.text)
      let model = try #require(loaded.model, "seed \(seed):\n\(oracle.text)\n\(loaded.rendered)")
      let figures = model.figures
      // A network whose layers are all read from the one before stands in the order written; others may move.
      for (place, layer) in model.layers.enumerated() {
        let index = try #require(Int(layer.spec.name.dropFirst()))
        let expected = oracle.layers[index]
        #expect(layer.outputType.extents == expected.shape, "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
        #expect(layer.parameterCount == expected.parameters, "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
        #expect(figures[place].flops == expected.flops, "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
        let field = figures[place].receptiveField.map { [$0.rows.pixels, $0.columns.pixels] }
        let seen = oracle.input.count == 3 ? oracle.receptiveField(index) : nil
        if oracle.isFieldExact(index) {
          #expect(field == seen, "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
        } else if let field, let seen {
          for (told, found) in zip(field, seen) {
            #expect(told >= found, "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
          }
        }
      }
      #expect(model.layers.count == oracle.layers.count)
      #expect(model.parameterCount == oracle.layers.reduce(0) { $0 + $1.parameters })
      #expect(model.trainableParameterCount == oracle.layers.reduce(0) { $0 + $1.trainable })
    }
  }

  @Test("the networks have every kind, graphs and chains, both paddings") func variety() {
    let networks = (0..<500).map { NetworkOracle.random(seed: UInt64($0)) }
    let text = networks.map(\.text).joined()
    for word in [
      "conv2d:", "max_pooling2d:", "average_pooling2d:", "batch_normalization:", "activation:", "dropout:",
      "rescaling:", "flatten:", "global_average_pooling2d:", "global_max_pooling2d:", "dense:", "add:", "subtract:",
      "multiply:", "maximum:", "average:", "concatenate:", "depthwise_conv2d:", "separable_conv2d:",
      "conv2d_transpose:", "zero_padding2d:", "cropping2d:", "up_sampling2d:", "reshape:", "permute:",
      "layer_normalization:", "group_normalization:", "leaky_relu:", "elu:", "bilinear", "same", "valid", "groups: 2",
      "dilation_rate: [2",
    ] {
      #expect(text.contains(word), "\(word)")
    }
    #expect(networks.map(\.layers.count).max() ?? 0 >= 6)
    // Merges of unlike shapes, and fields behind an upsampling that are known exactly and that are not.
    let merges = networks.flatMap { network in
      network.layers.filter { if case .merge = $0.kind { true } else { false } }.map { $0.inputs.map(network.shape) }
    }
    #expect(merges.count(where: { $0[0] != $0[1] }) >= 10)
    let exact = networks.flatMap { network in network.layers.indices.map { network.isFieldExact($0) } }
    #expect(exact.contains(false) && exact.count(where: { $0 }) > exact.count * 3 / 4)
  }
}
