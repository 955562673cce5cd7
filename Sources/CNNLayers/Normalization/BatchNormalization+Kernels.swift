internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension BatchNormalizationOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let channels = sizes.operands[0].extents.last ?? 1
    let vector = channels * 4
    guard usesBatchStatistics else { return [.prepared(vector), .prepared(vector)] }
    return [.node(ChannelSums.width(channels) * 4 * sizes.decomposition.pieces), .node(vector), .node(vector)]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let channels = binding.channels
    let pixels = binding.sizes.operands[0].elementCount / channels
    let x = binding.operands[0]
    let gamma = gammaIndex.map { binding.operands[$0] }
    let beta = betaIndex.map { binding.operands[$0] }
    let movingMean = binding.operands[meanIndex]
    let movingVariance = binding.operands[varianceIndex]
    func affine(scale: Slot, shift: Slot) -> BoundCall {
      BoundCall(
        "channel affine", .images,
        ChannelAffine(
          table: binding.kernels, pixels: pixels, channels: channels, x: x, scale: scale, shift: shift,
          y: binding.results[0], isRectified: isRectified))
    }
    guard usesBatchStatistics else {
      let (scale, shift) = (binding.temporaries[0], binding.temporaries[1])
      return [
        BoundCall(
          "moving statistics", .once,
          MovingStatistics(
            channels: channels, epsilon: Float(epsilon), mean: movingMean, variance: movingVariance, gamma: gamma,
            beta: beta, scale: scale, shift: shift), isPreparation: true),
        affine(scale: scale, shift: shift),
      ]
    }
    let (sums, scale, shift) = (binding.temporaries[0], binding.temporaries[1], binding.temporaries[2])
    let (mean, inverse) = (binding.results[1], binding.results[2])
    let pieces = binding.sizes.decomposition.pieces
    func sum(_ kind: ChannelSums.Kind) -> ChannelSums {
      ChannelSums(table: binding.kernels, kind: kind, pixels: pixels, channels: channels, x: x, sums: sums)
    }
    func statistics(_ kind: BatchStatistics.Kind) -> BatchStatistics {
      BatchStatistics(kind: kind, pixels: pixels, channels: channels, sums: sums, mean: mean, pieces: pieces)
    }
    return [
      BoundCall("channel sums", .images, sum(.values)),
      BoundCall("batch mean", .once, statistics(.mean)),
      BoundCall("channel squares", .images, sum(.squares(mean: mean))),
      BoundCall(
        "batch variance", .once,
        statistics(
          .variance(
            epsilon: Float(epsilon), momentum: momentum, inverse: inverse, movingMean: movingMean,
            movingVariance: movingVariance, gamma: gamma, beta: beta, scale: scale, shift: shift))),
      affine(scale: scale, shift: shift),
    ]
  }
}

extension BatchNormalizationGradientOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let channels = sizes.operands[0].extents.last ?? 1
    return [.node(ChannelSums.width(channels) * 4 * sizes.decomposition.pieces)]
      + Array(repeating: .node(channels * 4), count: 4)
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let channels = binding.channels
    let pixels = binding.sizes.operands[0].elementCount / channels
    var operands = binding.operands[...]
    let x = operands.removeFirst()
    let gamma = hasScale ? operands.removeFirst() : nil
    let mean = operands.removeFirst()
    let inverse = operands.removeFirst()
    let dy = operands.removeFirst()
    var results = binding.results[...]
    let dx = wantsInput ? results.removeFirst() : nil
    let dGamma = wantsGamma ? results.removeFirst() : nil
    let dBeta = wantsBeta ? results.removeFirst() : nil
    let sums = binding.temporaries[0]
    let (a, b, bRest, d) = (
      binding.temporaries[1], binding.temporaries[2], binding.temporaries[3], binding.temporaries[4]
    )
    var calls = [
      BoundCall(
        "channel dots", .images,
        ChannelSums(
          table: binding.kernels, kind: .gradients(dy: dy, mean: mean, inverse: inverse), pixels: pixels,
          channels: channels, x: x, sums: sums)),
      BoundCall(
        "batch gradient", .once,
        BatchStatistics(
          kind: .gradient(inverse: inverse, gamma: gamma, dGamma: dGamma, dBeta: dBeta, a: a, b: b, bRest: bRest, d: d),
          pixels: pixels, channels: channels, sums: sums, mean: mean, pieces: binding.sizes.decomposition.pieces)),
    ]
    if let dx {
      calls.append(
        BoundCall(
          "channel gradient", .images,
          ChannelGradient(
            table: binding.kernels, pixels: pixels, channels: channels, x: x, dy: dy, mean: mean, inverse: inverse,
            a: a, b: b, bRest: bRest, d: d, dx: dx)))
    }
    return calls
  }
}

extension FrozenNormalizationGradientOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let vector = (sizes.operands[0].extents.last ?? 1) * 4
    return [.prepared(vector), .prepared(vector), .prepared(vector)]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let channels = binding.channels
    let mean = binding.operands[binding.operands.count - 2]
    let variance = binding.operands[binding.operands.count - 1]
    let (scale, shift, zero) = (binding.temporaries[0], binding.temporaries[1], binding.temporaries[2])
    return [
      BoundCall(
        "moving statistics", .once,
        MovingStatistics(
          channels: channels, epsilon: Float(epsilon), mean: mean, variance: variance,
          gamma: hasScale ? binding.operands[1] : nil, beta: nil, scale: scale, shift: shift, clearedShift: zero),
        isPreparation: true),
      BoundCall(
        "channel affine", .images,
        ChannelAffine(
          table: binding.kernels, pixels: binding.sizes.operands[0].elementCount / channels, channels: channels,
          x: binding.operands[0], scale: scale, shift: zero, y: binding.results[0], isRectified: false)),
    ]
  }
}
