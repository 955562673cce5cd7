internal import CNNGraph
internal import CNNLayers

extension BatchNormalizationOperation: COperation {
  /// Moving statistics are constants: gamma / sqrt(variance + epsilon), and what that leaves of beta.
  func write(_ node: Node, to builder: inout CBuilder) {
    let gamma = gammaIndex.map { builder.weights(of: node.operands[$0]) }
    let beta = betaIndex.map { builder.weights(of: node.operands[$0]) }
    let mean = builder.weights(of: node.operands[meanIndex])
    let variance = builder.weights(of: node.operands[varianceIndex])
    let scale = variance.indices.map { (gamma?[$0] ?? 1) / (variance[$0] + Float(epsilon)).squareRoot() }
    let shift = mean.indices.map { (beta?[$0] ?? 0) - mean[$0] * scale[$0] }
    let channels = mean.count
    let pixels = builder.count(of: node.operands[0]) / channels
    let names = [("scale", scale), ("shift", shift)].map { builder.constant($0.0, $0.1, extents: [channels]) }
    builder.call(
      .channelAffine,
      ["\(pixels)", "\(channels)", builder.operand(node.operands[0])] + names
        + [isRectified ? "1" : "0", builder.result(node.results[0])])
  }
}

extension SampleNormalizationOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let count = builder.count(of: node.operands[0])
    let gamma = hasScale ? builder.parameter(node.operands[1]) : "NULL"
    let beta = hasCenter ? builder.parameter(node.operands[hasScale ? 2 : 1]) : "NULL"
    let rest = [
      CText.literal(Float(epsilon)), builder.operand(node.operands[0]), gamma, beta, builder.result(node.results[0]),
    ]
    switch statistics {
    case .rows(let width): builder.call(.rowNormalize, ["\(count / width)", "\(width)"] + rest)
    case .groups(let groups):
      let channels = builder.extents(of: node.operands[0]).last ?? 1
      builder.call(.groupNormalize, ["\(count / channels)", "\(channels)", "\(groups)"] + rest)
    }
  }
}

extension RescalingOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    builder.elementwise(.rescale, [Float(scale), Float(offset)], node)
  }
}

extension ConstantAffineOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let names = [("centre", centre), ("scale", scale), ("offset", offset)].map { name, numbers in
      numbers.isEmpty ? "NULL" : builder.constant(name, numbers.map { Float($0) }, extents: [numbers.count])
    }
    builder.call(
      .placeAffine,
      ["\(builder.count(of: node.operands[0]))", "\(scale.count)", builder.operand(node.operands[0])] + names
        + [builder.result(node.results[0])])
  }
}
