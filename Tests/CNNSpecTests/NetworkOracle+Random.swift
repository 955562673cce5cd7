import CNNTestSupport

/// Random networks, the same from the same seed.
extension NetworkOracle {
  static func random(seed: UInt64) -> NetworkOracle {
    var random = SeededRandom(seed: seed)
    let input = (0..<2).map { _ in random.integer(1...12) } + [random.integer(1...4)]
    var network = NetworkOracle(input: random.chance(0.05) ? [input[0]] : input)
    let wanted = random.integer(1...7)
    while network.layers.count < wanted {
      let last = network.layers.count - 1
      let shape = network.shape(last)
      let kind = kind(reading: shape, &random)
      switch kind {
      case .merge, .concatenate:
        let others = (-1..<last).filter { network.isMergeable($0, last, kind) }
        guard let other = others.randomElement(using: &random) else { continue }
        _ = network.append(kind, inputs: random.chance(0.5) ? [other, last] : [last, other])
      default: _ = network.append(kind, inputs: [last])
      }
    }
    return network
  }

  private func isMergeable(_ one: Int, _ other: Int, _ kind: Kind) -> Bool {
    let (a, b) = (shape(one), shape(other))
    if case .concatenate = kind { return a.count == 3 && b.count == 3 && a.prefix(2) == b.prefix(2) }
    return zip(a.reversed(), b.reversed()).allSatisfy { $0 == $1 || $0 == 1 || $1 == 1 }
  }

  private static func kind(reading shape: [Int], _ random: inout SeededRandom) -> Kind {
    let isImage = shape.count == 3
    return isImage && random.chance(0.65) ? imageKind(shape, &random) : commonKind(shape, &random)
  }

  private static func pair(_ range: ClosedRange<Int>, _ random: inout SeededRandom) -> [Int] {
    (0..<2).map { _ in random.integer(range) }
  }

  /// Strides or a dilation, but not both.
  private static func window(_ random: inout SeededRandom) -> Window {
    let isDilated = random.chance(0.3)
    return Window(
      size: pair(1...4, &random), strides: isDilated ? [1, 1] : pair(1...3, &random),
      dilation: isDilated ? pair(1...3, &random) : [1, 1], isSame: random.chance(0.5))
  }

  private static func margins(_ random: inout SeededRandom) -> [[Int]] {
    [pair(0...2, &random), pair(0...2, &random)]
  }

  private static func imageKind(_ shape: [Int], _ random: inout SeededRandom) -> Kind {
    let (hasBias, filters) = (random.chance(0.5), random.integer(1...3))
    // Images stay small, and so the walks over them.
    let isLarge = shape[0] * shape[1] > 200
    switch random.integer(isLarge ? 0...12 : 0...16) {
    case 0...1:
      let groups = [1, 2].filter { shape[2] % $0 == 0 }.randomElement(using: &random) ?? 1
      return .convolution(
        filters: groups * filters, window(&random), groups: groups, hasBias: hasBias, isRectified: random.chance(0.3))
    case 2:
      var square = window(&random)
      // TensorFlow's depthwise kernels want one stride for both axes.
      square.strides[1] = square.strides[0]
      return .depthwise(multiplier: random.integer(1...2), square, hasBias: hasBias)
    case 3:
      var square = window(&random)
      square.strides[1] = square.strides[0]
      return .separable(filters: filters, multiplier: random.integer(1...2), square, hasBias: hasBias)
    case 4...5:
      let window = Window(
        size: pair(1...3, &random), strides: pair(1...3, &random), dilation: [1, 1], isSame: random.chance(0.5))
      return random.chance(0.5) ? .maxPool(window) : .averagePool(window)
    case 6: return .concatenate
    case 7:
      return random.chance(0.3)
        ? .flatten
        : .globalPool(random.chance(0.5) ? "average" : "max", keepsAxes: random.chance(0.7))
    case 8: return .rescaling
    case 9: return .crop(margins(&random))
    case 10:
      let axes = [[3], [1, 2, 3], [2, 3], [1], [1, 2]].randomElement(using: &random) ?? [3]
      return .layerNormalization(axes: axes, hasCenter: random.chance(0.7), hasScale: random.chance(0.7))
    case 11:
      let shapes = [
        [shape[1], shape[0], shape[2]], [shape[0], shape[1] * shape[2], 1], [1, 1, shape.reduce(1, *)], shape,
      ]
      return .reshape(shapes.randomElement(using: &random) ?? shape)
    case 12: return .permute(random.chance(0.6) ? [2, 1, 3] : [1, 2, 3].shuffled(using: &random))
    case 13: return .pad(margins(&random))
    case 14: return .upsample(pair(1...3, &random), isBilinear: random.chance(0.5))
    default: return .transposed(filters: filters, window(&random), hasBias: hasBias)
    }
  }

  private static func commonKind(_ shape: [Int], _ random: inout SeededRandom) -> Kind {
    switch random.integer(0...9) {
    case 0: return .batchNormalization(hasCenter: random.chance(0.7), hasScale: random.chance(0.7))
    case 1: return .dropout
    case 2: return .dense(units: random.integer(1...4), hasBias: random.chance(0.5))
    case 3...5:
      let words = ["add", "subtract", "multiply", "maximum", "average"]
      return .merge(words.randomElement(using: &random) ?? "add")
    case 6: return .slope(random.chance(0.5) ? "leaky_relu" : "elu")
    case 7:
      let groups = (1...4).filter { (shape.last ?? 1) % $0 == 0 }
      return .groupNormalization(groups: groups.randomElement(using: &random) ?? 1)
    default:
      return .activation(["relu", "sigmoid", "tanh", "softmax", "elu"].randomElement(using: &random) ?? "relu")
    }
  }
}
