package import CNNGraph

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta by channel (Ioffe & Szegedy 2015, as Keras 3 does it).
///
/// With batch statistics: mean and biased variance over N, H, W; the moving ones become
/// moving * momentum + batch * (1 - momentum), with the biased variance. Without: the moving ones normalise.
/// Operands: x, gamma if scaled, beta if centred, moving mean, moving variance.
/// Results: y; with batch statistics also the mean and 1 / sqrt(variance + epsilon), each `[C]`.
package struct BatchNormalizationOperation: Operation {
  package let momentum, epsilon: Double
  package let hasScale, hasCenter: Bool
  package let usesBatchStatistics: Bool
  package private(set) var isRectified = false

  package init(momentum: Double, epsilon: Double, hasScale: Bool, hasCenter: Bool, usesBatchStatistics: Bool) {
    self.momentum = momentum
    self.epsilon = epsilon
    self.hasScale = hasScale
    self.hasCenter = hasCenter
    self.usesBatchStatistics = usesBatchStatistics
  }

  package var name: String { "batch_normalization" }

  package var attributes: [(name: String, value: String)] {
    [("statistics", usesBatchStatistics ? "batch" : "moving"), ("epsilon", "\(epsilon)")]
      + (usesBatchStatistics ? [("momentum", "\(momentum)")] : []) + (isRectified ? [("fused", "relu")] : [])
  }

  package var gammaIndex: Int? { hasScale ? 1 : nil }
  package var betaIndex: Int? { hasCenter ? (hasScale ? 2 : 1) : nil }
  package var meanIndex: Int { 1 + (hasScale ? 1 : 0) + (hasCenter ? 1 : 0) }
  package var varianceIndex: Int { meanIndex + 1 }

  package var updatedOperands: [Int] { usesBatchStatistics ? [meanIndex, varianceIndex] : [] }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == varianceIndex + 1, let channels = operands[0].extents.last,
      operands.dropFirst().allSatisfy({ $0.extents == [channels] })
    else { return nil }
    let vector = TensorType.parameter([channels])
    return usesBatchStatistics ? [operands[0], vector, vector] : [operands[0]]
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: (usesBatchStatistics ? 6 : 2) * results[0].elementCount)
  }
}

extension BatchNormalizationOperation: FusionAnchor {
  package func absorbing(_ epilogue: Epilogue, keepsWinners: Bool) -> (any Operation)? {
    // Training needs the gradient before the rectifier in two passes, so there it stays on its own.
    guard !usesBatchStatistics, !keepsWinners, !isRectified, epilogue == .activation(.relu) else { return nil }
    var fused = self
    fused.isRectified = true
    return fused
  }
}

extension BatchNormalizationOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    var gradients = [ValueID?](repeating: nil, count: context.operands.count)
    let gamma = gammaIndex.map { [context.operands[$0]] } ?? []
    guard usesBatchStatistics else {
      // Frozen: gamma and beta are constants, and so are the statistics.
      gradients[0] = builder.append(
        FrozenNormalizationGradientOperation(epsilon: epsilon, hasScale: hasScale),
        [context.resultGradient] + gamma + [context.operands[meanIndex], context.operands[varianceIndex]])
      return gradients
    }
    let wantsGamma = gammaIndex.map { context.wanted[$0] } ?? false
    let wantsBeta = betaIndex.map { context.wanted[$0] } ?? false
    let operation = BatchNormalizationGradientOperation(
      hasScale: hasScale, wantsInput: context.wanted[0], wantsGamma: wantsGamma, wantsBeta: wantsBeta)
    let results = builder.appendAll(
      operation,
      [context.operands[0]] + gamma + [context.results[1], context.results[2], context.resultGradient])
    var remaining = results[...]
    if context.wanted[0] { gradients[0] = remaining.popFirst() }
    if let gammaIndex, wantsGamma { gradients[gammaIndex] = remaining.popFirst() }
    if let betaIndex, wantsBeta { gradients[betaIndex] = remaining.popFirst() }
    return gradients
  }
}

/// Gradients through batch statistics.
///
/// With M values a channel and xhat = (x - mean) * inverse: dbeta = sum dy, dgamma = sum dy * xhat,
/// dx = gamma * inverse * (dy - dbeta / M - xhat * dgamma / M).
/// Operands: x, gamma if scaled, mean, inverse, dy. Results, those wanted: dx, dgamma, dbeta.
package struct BatchNormalizationGradientOperation: Operation {
  package let hasScale, wantsInput, wantsGamma, wantsBeta: Bool

  package init(hasScale: Bool, wantsInput: Bool, wantsGamma: Bool, wantsBeta: Bool) {
    self.hasScale = hasScale
    self.wantsInput = wantsInput
    self.wantsGamma = wantsGamma
    self.wantsBeta = wantsBeta
  }

  package var name: String { "batch_normalization_gradient" }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasScale ? 5 : 4), let channels = operands[0].extents.last else { return nil }
    let vector = TensorType.parameter([channels])
    return (wantsInput ? [operands[0]] : []) + (wantsGamma ? [vector] : []) + (wantsBeta ? [vector] : [])
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: 10 * operands[0].elementCount)
  }
}

/// dy * gamma / sqrt(moving variance + epsilon). Operands: dy, gamma if scaled, moving mean, moving variance.
package struct FrozenNormalizationGradientOperation: Operation {
  package let epsilon: Double
  package let hasScale: Bool

  package init(epsilon: Double, hasScale: Bool) {
    self.epsilon = epsilon
    self.hasScale = hasScale
  }

  package var name: String { "frozen_normalization_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == (hasScale ? 4 : 3) ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: operands[0].elementCount) }
}
