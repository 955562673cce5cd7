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
      let oracle = Self.network(seed: UInt64(seed))
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
        #expect(
          field == (oracle.input.count == 3 ? oracle.receptiveField(index) : nil),
          "seed \(seed), \(layer.spec.name):\n\(oracle.text)")
      }
      #expect(model.layers.count == oracle.layers.count)
      #expect(model.parameterCount == oracle.layers.reduce(0) { $0 + $1.parameters })
      #expect(model.trainableParameterCount == oracle.layers.reduce(0) { $0 + $1.trainable })
    }
  }

  @Test("the networks have every kind, graphs and chains, both paddings") func variety() {
    let networks = (0..<500).map { Self.network(seed: UInt64($0)) }
    let text = networks.map(\.text).joined()
    for word in [
      "conv2d", "max_pooling2d", "average_pooling2d", "batch_normalization", "activation", "dropout", "rescaling",
      "flatten", "global_average_pooling2d", "dense", "add", "concatenate", "same", "valid", "groups: 2",
      "dilation_rate: [2",
    ] {
      #expect(text.contains(word), "\(word)")
    }
    #expect(networks.map(\.layers.count).max() ?? 0 >= 6)
  }

  static func network(seed: UInt64) -> NetworkOracle {
    var random = SeededRandom(seed: seed)
    let input = (0..<2).map { _ in random.integer(1...12) } + [random.integer(1...4)]
    var network = NetworkOracle(input: random.chance(0.05) ? [input[0]] : input)
    let wanted = random.integer(1...7)
    while network.layers.count < wanted {
      let last = network.layers.count - 1
      let kind = kind(reading: network.shape(last), &random)
      if case .add = kind {
        let others = (-1..<last).filter { network.shape($0) == network.shape(last) }
        if let other = others.randomElement(using: &random) { _ = network.append(.add, inputs: [other, last]) }
      } else if case .concatenate = kind {
        let others = (-1..<last).filter {
          network.shape($0).count == 3 && network.shape($0).prefix(2) == network.shape(last).prefix(2)
        }
        if let other = others.randomElement(using: &random) { _ = network.append(.concatenate, inputs: [last, other]) }
      } else {
        _ = network.append(kind, inputs: [last])
      }
    }
    return network
  }

  private static func kind(reading shape: [Int], _ random: inout SeededRandom) -> NetworkOracle.Kind {
    let isImage = shape.count == 3
    switch random.integer(isImage ? 0...13 : 9...13) {
    case 0...2:
      let isDilated = random.chance(0.3)
      let strides = (0..<2).map { _ in isDilated ? 1 : random.integer(1...3) }
      let window = NetworkOracle.Window(
        size: (0..<2).map { _ in random.integer(1...4) }, strides: strides,
        dilation: (0..<2).map { _ in isDilated ? random.integer(1...3) : 1 }, isSame: random.chance(0.5))
      let groups = [1, 2].filter { shape[2] % $0 == 0 }.randomElement(using: &random) ?? 1
      return .convolution(
        filters: groups * random.integer(1...3), window, groups: groups, hasBias: random.chance(0.5),
        isRectified: random.chance(0.3))
    case 3...4:
      let window = NetworkOracle.Window(
        size: (0..<2).map { _ in random.integer(1...3) }, strides: (0..<2).map { _ in random.integer(1...3) },
        dilation: [1, 1], isSame: random.chance(0.5))
      return random.chance(0.5) ? .maxPool(window) : .averagePool(window)
    case 5: return .add
    case 6: return .concatenate
    case 7: return random.chance(0.5) ? .flatten : .globalAverage
    case 8: return .rescaling
    case 9: return .batchNormalization(hasCenter: random.chance(0.7), hasScale: random.chance(0.7))
    case 10: return .dropout
    case 11: return .dense(units: random.integer(1...4), hasBias: random.chance(0.5))
    default:
      return .activation(["relu", "sigmoid", "tanh", "softmax", "elu"].randomElement(using: &random) ?? "relu")
    }
  }
}
