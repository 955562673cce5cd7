package import CNNGraph

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta over a sample's own values, as Keras 3 does it.
///
/// Layer normalisation (Ba, Kiros & Hinton 2016) takes mean and biased variance of each row of the last axes, group
/// normalisation (Wu & He 2018) of each group of neighbouring channels over all pixels.
/// Operands: x, gamma if scaled, beta if centred.
package struct SampleNormalizationOperation: Operation {
  package enum Statistics: Sendable, Hashable {
    /// Of each `width` values that lie one behind the other.
    case rows(width: Int)
    /// Of each of so many groups of channels, which are the last axis.
    case groups(Int)
  }
  package let statistics: Statistics
  package let epsilon: Double
  package let hasScale, hasCenter: Bool

  package init(_ statistics: Statistics, epsilon: Double, hasScale: Bool, hasCenter: Bool) {
    self.statistics = statistics
    self.epsilon = epsilon
    self.hasScale = hasScale
    self.hasCenter = hasCenter
  }

  package var name: String { statistics.name }
  package var attributes: [(name: String, value: String)] { [statistics.attribute, ("epsilon", "\(epsilon)")] }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1 + (hasScale ? 1 : 0) + (hasCenter ? 1 : 0),
      let width = statistics.parameterCount(operands[0]),
      operands.dropFirst().allSatisfy({ $0.elementCount == width && $0.extents == operands[1].extents })
    else { return nil }
    return [operands[0]]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    switch statistics {
    case .groups: .everything
    case .rows(let width):
      .all(
        along: (0..<operand.rank).filter { operand.extents[$0] > 1 && operand.count(behind: $0) < width }, of: operand)
    }
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: 7 * results[0].elementCount)
  }
}

extension TensorType {
  /// Values of a sample from one index of an axis to the next.
  fileprivate func count(behind axis: Int) -> Int { extents.dropFirst(axis + 1).reduce(1, *) }
}

extension SampleNormalizationOperation.Statistics {
  fileprivate var name: String {
    switch self {
    case .rows: "layer_normalization"
    case .groups: "group_normalization"
    }
  }

  fileprivate var attribute: (name: String, value: String) {
    switch self {
    case .rows(let width): ("width", "\(width)")
    case .groups(let count): ("groups", "\(count)")
    }
  }

  /// Values of gamma and of beta; `nil` where the statistics do not fit.
  fileprivate func parameterCount(_ x: TensorType) -> Int? {
    switch self {
    case .rows(let width): width > 0 && x.elementCount % width == 0 ? width : nil
    case .groups(let count):
      x.extents.last.flatMap { count > 0 && $0 % count == 0 ? $0 : nil }
    }
  }
}

extension SampleNormalizationOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let gamma = hasScale ? 1 : nil
    let beta = hasCenter ? (hasScale ? 2 : 1) : nil
    let operation = SampleNormalizationGradientOperation(
      statistics: statistics, epsilon: epsilon, hasScale: hasScale, wantsInput: context.wanted[0],
      wantsGamma: gamma.map { context.wanted[$0] } ?? false, wantsBeta: beta.map { context.wanted[$0] } ?? false,
      parameterExtents: context.operands.dropFirst().first.map { builder.type(of: $0).extents } ?? [])
    var results = builder.appendAll(
      operation, [context.operands[0]] + (gamma.map { [context.operands[$0]] } ?? []) + [context.resultGradient])[...]
    var gradients = [ValueID?](repeating: nil, count: context.operands.count)
    if operation.wantsInput { gradients[0] = results.popFirst() }
    if let gamma, operation.wantsGamma { gradients[gamma] = results.popFirst() }
    if let beta, operation.wantsBeta { gradients[beta] = results.popFirst() }
    return gradients
  }
}

/// With xhat = (x - mean) * inverse, g = gamma * dy and M values that share statistics: dgamma = sum dy * xhat,
/// dbeta = sum dy, dx = inverse * (g - sum g / M - xhat * sum(g * xhat) / M).
///
/// Operands: x, gamma if scaled, dy. Results, those wanted: dx, dgamma, dbeta.
package struct SampleNormalizationGradientOperation: Operation {
  package let statistics: SampleNormalizationOperation.Statistics
  package let epsilon: Double
  package let hasScale, wantsInput, wantsGamma, wantsBeta: Bool
  /// Of gamma and beta.
  package let parameterExtents: [Int]

  package var name: String { "\(statistics.name)_gradient" }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasScale ? 3 : 2), operands[0] == operands[operands.count - 1] else { return nil }
    let vector = TensorType.parameter(parameterExtents)
    return (wantsInput ? [operands[0]] : []) + (wantsGamma ? [vector] : []) + (wantsBeta ? [vector] : [])
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: 14 * operands[0].elementCount)
  }
}
