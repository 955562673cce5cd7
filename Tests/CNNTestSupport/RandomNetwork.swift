internal import CNNGraph
internal import CNNKernels
internal import CNNLayers

extension NetworkCase {
  /// A directed acyclic network from a seed: convolutions, pools, normalisations, activations, sums and
  /// concatenations over values that may have several readers or none.
  package static func random(seed: UInt64, withDropout: Bool = true) -> NetworkCase {
    var random = SeededRandom(seed: seed)
    let input = [random.integer(5...9), random.integer(5...9), random.integer(1...4)]
    let head = random.integer(0...3)
    let losses: [(LossKind, Labels)] = [
      (.categoricalCrossentropy, .classes), (.binaryCrossentropy, .values), (.meanSquaredError, .values),
      (.sparseCategoricalCrossentropy, .classes),
    ]
    let state = random
    return NetworkCase(
      "random network \(seed)", input: input, loss: losses[head].0, labels: losses[head].1
    ) { builder in
      var random = state
      body(&builder, &random, withDropout: withDropout)
      switch head {
      case 0, 3:
        builder.dense(4)
        builder.activation(.softmax)
        // Without its softmax right before it, the cross-entropy takes another form.
        if random.chance(0.3) { builder.rescaling(scale: 0.5, offset: 0.25) }
      case 1:
        builder.dense(random.integer(1...3))
        builder.activation(.sigmoid)
        if random.chance(0.3) { builder.rescaling(scale: 0.5, offset: 0.25) }
      default: builder.dense(3)
      }
    }
  }

  private static func body(_ builder: inout NetworkBuilder, _ random: inout SeededRandom, withDropout: Bool) {
    var images = [builder.last]
    if random.chance(0.3) { builder.rescaling(scale: 2, offset: -0.25) }
    for _ in 0..<random.integer(4...11) {
      // Mostly the newest value, sometimes an older one.
      if random.chance(0.3), let older = images.randomElement(using: &random) { builder.last = older }
      step(&builder, &random, images, withDropout: withDropout)
      images.append(builder.last)
    }
    switch random.integer(0...3) {
    case 3: builder.globalMax()
    case 0: builder.globalAverage()
    case 1:
      builder.globalAverage(keepDims: true)
      builder.flatten()
    default: builder.flatten()
    }
  }

  /// Squeeze and excitation, or its like over pixels: what is multiplied is repeated over rows and columns, or channels.
  private static func gate(_ builder: inout NetworkBuilder, _ random: inout SeededRandom) {
    let image = builder.last
    let extents = builder.type.extents
    if random.chance(0.5) {
      builder.globalAverage(keepDims: random.chance(0.5))
      builder.dense(extents[2])
    } else {
      builder.convolution(builder.window([1, 1]), filters: 1)
    }
    builder.activation(.sigmoid)
    if builder.type.extents != extents { builder.broadcast(extents) }
    builder.multiply(image)
  }

  private static func step(
    _ builder: inout NetworkBuilder, _ random: inout SeededRandom, _ images: [ValueID], withDropout: Bool
  ) {
    let padding: Padding = random.chance(0.6) ? .same : .valid
    let size = [random.integer(1...4), random.integer(1...4)]
    let strides = random.chance(0.7) ? [1, 1] : [random.integer(1...3), random.integer(1...3)]
    switch random.integer(0...22) {
    case 0...4:
      let dilation =
        strides == [1, 1] && random.chance(0.3) ? [random.integer(1...2), random.integer(1...2)] : [1, 1]
      let channels = builder.type.extents[2]
      let groups = channels % 2 == 0 && random.chance(0.4) ? 2 : 1
      let window =
        builder.window(size, strides: strides, dilation: dilation, padding: padding) ?? builder.window([1, 1])
      builder.convolution(
        window, filters: random.integer(1...3) * groups, groups: groups, hasBias: random.chance(0.7))
      if random.chance(0.3) { builder.batchNormalization(hasScale: random.chance(0.7), hasCenter: random.chance(0.7)) }
      if random.chance(0.6) { builder.activation(.relu) }
      if random.chance(0.4) { builder.maxPool(builder.window([2, 2], strides: [2, 2], padding: .same)) }
    case 5:
      builder.maxPool(builder.window(size, strides: strides, padding: padding) ?? builder.window([1, 1]))
    case 6:
      builder.averagePool(builder.window(size, strides: strides, padding: padding) ?? builder.window([1, 1]))
    case 7: builder.batchNormalization(hasScale: random.chance(0.7), isFrozen: random.chance(0.4))
    case 8:
      let smooth: [Activation] = [.tanh, .sigmoid, .silu, .gelu, .softplus, .elu, .selu, .leakyReLU, .softmax]
      builder.activation(smooth[random.integer(0...smooth.count - 1)], parameter: 0.3)
    case 9:
      let type = builder.type
      // Seldom the newest, which it may be itself: doubling again and again saturates what comes after.
      let candidates = random.chance(0.2) ? images[...] : images.dropLast()
      let partners = candidates.filter { builder.graph.type(of: $0) == type }
      if let partner = partners.randomElement(using: &random) { builder.add([partner]) }
      if random.chance(0.5) { builder.activation(.relu) }
    case 10:
      let extents = builder.type.extents
      let axis = random.integer(0...2)
      let partners = images.filter { candidate in
        let other = builder.graph.type(of: candidate).extents
        return (0..<3).allSatisfy { $0 == axis || other[$0] == extents[$0] }
      }
      if let partner = partners.randomElement(using: &random) { builder.concatenate([partner], axis: axis) }
    case 11...16: rarerStep(&builder, &random, size: size, strides: strides, padding: padding)
    case 17: sampleNormalization(&builder, &random)
    case 18:
      let channels = builder.type.extents[2]
      builder.constantAffine(
        centre: random.values(channels, in: -1...1), scale: random.values(channels, in: 0.5...1.5),
        offset: random.chance(0.5) ? [] : random.values(channels, in: -1...1))
    case 19:
      if withDropout { augmentation(&builder, &random) }
    case 20:
      let type = builder.type
      guard let partner = images.filter({ builder.graph.type(of: $0) == type }).randomElement(using: &random) else {
        break
      }
      switch random.integer(0...2) {
      case 0: builder.subtract(partner)
      case 1: builder.multiply(partner)
      default: builder.maximum(partner)
      }
    case 21: gate(&builder, &random)
    default:
      if withDropout { builder.dropout(0.3) }
    }
  }

  private static func rarerStep(
    _ builder: inout NetworkBuilder, _ random: inout SeededRandom, size: [Int], strides: [Int], padding: Padding
  ) {
    let extents = builder.type.extents
    let isSmall = extents[0] * extents[1] * extents[2] <= 600
    switch random.integer(0...7) {
    case 0...2:
      let window = builder.window(size, strides: strides, padding: padding) ?? builder.window([1, 1])
      builder.depthwise(window, multiplier: isSmall ? random.integer(1...2) : 1, hasBias: random.chance(0.7))
      if random.chance(0.6) { builder.activation(.relu) }
    case 3:
      let strides = isSmall ? [random.integer(1...2), random.integer(1...2)] : [1, 1]
      builder.transposedConvolution(
        builder.transposedWindow(size, strides: strides), filters: random.integer(1...3), hasBias: random.chance(0.7))
      if random.chance(0.6) { builder.activation(.relu) }
    case 4:
      let margins = (0..<4).map { _ in random.integer(0...2) }
      builder.pad(Margins(top: margins[0], bottom: margins[1], left: margins[2], right: margins[3]))
    case 5:
      let (top, left) = (random.integer(0...min(2, extents[0] - 1)), random.integer(0...min(2, extents[1] - 1)))
      builder.crop(Margins(top: top, bottom: 0, left: left, right: 0))
    case 6:
      if isSmall {
        builder.upsample(random.integer(1...2), random.integer(1...2), random.chance(0.5) ? .nearest : .bilinear)
      }
    default: builder.permute([[1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0]][random.integer(0...3)])
    }
  }

  private static func sampleNormalization(_ builder: inout NetworkBuilder, _ random: inout SeededRandom) {
    let extents = builder.type.extents
    let options: [SampleNormalizationOperation.Statistics] = [
      .groups(1), .groups(extents[2]), .rows(width: extents[1] * extents[2]), .rows(width: extents.reduce(1, *)),
    ]
    builder.sampleNormalization(
      options[random.integer(0...3)], hasScale: random.chance(0.7), hasCenter: random.chance(0.7),
      isFrozen: random.chance(0.2))
  }

  private static func augmentation(_ builder: inout NetworkBuilder, _ random: inout SeededRandom) {
    let fill = FillMode.allCases[random.integer(0...3)]
    let sampling = ImageSampling(fill: fill, fillValue: 0.25, interpolation: .bilinear)
    switch random.integer(0...4) {
    case 0: builder.random { RandomFlipOperation(isHorizontal: true, isVertical: false, stream: $0) }
    case 1:
      builder.random {
        RandomAffineOperation(
          draw: .translation(height: -0.3...0.3, width: -0.2...0.4), sampling: sampling, stream: $0)
      }
    case 2: builder.random { RandomAffineOperation(draw: .rotation(-0.2...0.2), sampling: sampling, stream: $0) }
    case 3: builder.random { GaussianNoiseOperation(deviation: 0.2, stream: $0) }
    default:
      let mask = [1, 1, builder.type.extents[2]]
      builder.random { SharedDropoutOperation(rate: 0.2, mask: mask, isOneForAll: false, stream: $0) }
    }
  }
}
