internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  /// Keras 3: biased variance, both to normalise and in the moving statistics.
  mutating func normalization(_ operation: BatchNormalizationOperation) -> [[[Double]]] {
    let channels = types[0].channels
    let gamma = operation.hasScale ? operands[1][0] : [Double](repeating: 1, count: channels)
    let beta =
      operation.hasCenter ? operands[operation.hasScale ? 2 : 1][0] : [Double](repeating: 0, count: channels)
    var mean = operands[operands.count - 2][0]
    var variance = operands[operands.count - 1][0]
    if operation.usesBatchStatistics {
      for channel in 0..<channels {
        let values = operands[0].flatMap { x in stride(from: channel, to: x.count, by: channels).map { x[$0] } }
        mean[channel] = values.reduce(0, +) / Double(values.count)
        variance[channel] = values.reduce(0) { $0 + ($1 - mean[channel]) * ($1 - mean[channel]) } / Double(values.count)
      }
      func moved(_ old: [Double], _ new: [Double]) -> [Double] {
        zip(old, new).map { $0 * operation.momentum + $1 * (1 - operation.momentum) }
      }
      updates[operands.count - 2] = moved(operands[operands.count - 2][0], mean)
      updates[operands.count - 1] = moved(operands[operands.count - 1][0], variance)
    }
    let inverse = variance.map { 1 / ($0 + operation.epsilon).squareRoot() }
    var y = operands[0]
    for sample in y.indices {
      for i in y[sample].indices {
        let c = i % channels
        let value = gamma[c] * (y[sample][i] - mean[c]) * inverse[c] + beta[c]
        y[sample][i] = operation.isRectified ? rectified(value) : value
      }
    }
    return operation.usesBatchStatistics ? [y, [mean], [inverse]] : [y]
  }

  /// By the chain rule through mean and variance (Ioffe & Szegedy 2015, section 3), not their closed form.
  func normalizationGradient(_ operation: BatchNormalizationGradientOperation) -> [[[Double]]] {
    let channels = types[0].channels
    let gamma = operation.hasScale ? operands[1][0] : [Double](repeating: 1, count: channels)
    let mean = operands[operands.count - 3][0]
    let inverse = operands[operands.count - 2][0]
    let dy = operands[operands.count - 1]
    let count = Double(batch * types[0].elementCount / channels)
    var dGamma = [Double](repeating: 0, count: channels)
    var dBeta = dGamma
    var dVariance = dGamma
    var dMean = dGamma
    var deviations = dGamma
    for (x, dy) in zip(operands[0], dy) {
      for i in x.indices {
        let c = i % channels
        dGamma[c] += dy[i] * (x[i] - mean[c]) * inverse[c]
        dBeta[c] += dy[i]
        let dNormal = dy[i] * gamma[c]
        dVariance[c] += dNormal * (x[i] - mean[c]) * -0.5 * inverse[c] * inverse[c] * inverse[c]
        dMean[c] -= dNormal * inverse[c]
        deviations[c] += x[i] - mean[c]
      }
    }
    for c in 0..<channels { dMean[c] -= dVariance[c] * 2 * deviations[c] / count }
    let dx = zip(operands[0], dy).map { x, dy in
      x.indices.map { i in
        let c = i % channels
        return dy[i] * gamma[c] * inverse[c] + dVariance[c] * 2 * (x[i] - mean[c]) / count + dMean[c] / count
      }
    }
    return (operation.wantsInput ? [dx] : []) + (operation.wantsGamma ? [[dGamma]] : [])
      + (operation.wantsBeta ? [[dBeta]] : [])
  }

  func frozenNormalizationGradient(_ operation: FrozenNormalizationGradientOperation) -> [[Double]] {
    let channels = types[0].channels
    let variance = operands[operands.count - 1][0]
    return operands[0].map { dy in
      dy.indices.map { i in
        let gamma = operation.hasScale ? operands[1][0][i % channels] : 1
        return dy[i] * gamma / (variance[i % channels] + operation.epsilon).squareRoot()
      }
    }
  }
}
