internal import CNNGraph
internal import CNNLayers
internal import Foundation

extension ReferenceNode {
  /// Loss and hit of each sample, and the gradient of the batch's mean loss (Keras 3 on TensorFlow).
  func loss(_ kind: LossKind, isLogits: Bool, _ withGradient: Bool) -> [[[Double]]] {
    var losses: [[Double]] = []
    var hits: [[Double]] = []
    var gradients: [[Double]] = []
    for (p, labels) in zip(operands[0], operands[1]) {
      let target = target(labels, width: p.count)
      let (loss, gradient) =
        switch kind {
        case .meanSquaredError: Self.meanSquaredError(p, target)
        case .binaryCrossentropy: isLogits ? Self.sigmoidCrossEntropy(p, target) : Self.binaryCrossentropy(p, target)
        case .categoricalCrossentropy: Self.categoricalCrossentropy(p, target)
        case .sparseCategoricalCrossentropy: Self.sparseCrossentropy(p, target)
        }
      losses.append([loss])
      hits.append([isHit(p, target, threshold: isLogits ? 0 : 0.5) ? 1 : 0])
      gradients.append(gradient.map { $0 / Double(batch) })
    }
    return withGradient ? [losses, hits, gradients] : [losses, hits]
  }

  /// -log softmax(x)[label]
  func softmaxCrossEntropy(_ withGradient: Bool) -> [[[Double]]] {
    var losses: [[Double]] = []
    var hits: [[Double]] = []
    var gradients: [[Double]] = []
    for (x, labels) in zip(operands[0], operands[1]) {
      let target = target(labels, width: x.count)
      let p = Self.softmax(x)
      losses.append([-zip(p, target).reduce(0) { $0 + $1.1 * log($1.0) }])
      hits.append([isHit(x, target, threshold: 0) ? 1 : 0])
      gradients.append(zip(p, target).map { ($0 - $1) / Double(batch) })
    }
    return withGradient ? [losses, hits, gradients] : [losses, hits]
  }

  /// A class index as one-hot, or as itself where one value is predicted; values as they are.
  private func target(_ labels: [Double], width: Int) -> [Double] {
    guard types[1].element == .int32, width > 1 else { return labels }
    return (0..<width).map { Double($0) == labels[0] ? 1 : 0 }
  }

  private func isHit(_ p: [Double], _ target: [Double], threshold: Double) -> Bool {
    if p.count == 1 { return (p[0] > threshold ? 1 : 0) == target[0] }
    func first(_ values: [Double]) -> Int? { values.max().flatMap { values.firstIndex(of: $0) } }
    return first(p) == first(target)
  }

  private static let low = 1e-7
  private static func clipped(_ p: Double) -> Double { min(max(p, low), 1 - low) }
  private static func isClipped(_ p: Double) -> Bool { p < low || p > 1 - low }

  private typealias Result = (loss: Double, gradient: [Double])

  private static func meanSquaredError(_ p: [Double], _ t: [Double]) -> Result {
    let n = Double(p.count)
    return (zip(p, t).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / n, zip(p, t).map { 2 * ($0 - $1) / n })
  }

  private static func binaryCrossentropy(_ p: [Double], _ t: [Double]) -> Result {
    let n = Double(p.count)
    let loss = zip(p, t).reduce(0) { $0 - $1.1 * log(clipped($1.0)) - (1 - $1.1) * log(1 - clipped($1.0)) } / n
    return (loss, zip(p, t).map { isClipped($0) ? 0 : ($0 - $1) / ($0 * (1 - $0)) / n })
  }

  /// -t log s(x) - (1 - t) log(1 - s(x)), with log s(x) = -log(1 + exp(-x)).
  private static func sigmoidCrossEntropy(_ x: [Double], _ t: [Double]) -> Result {
    let n = Double(x.count)
    let loss = zip(x, t).reduce(0) { $0 + $1.1 * log1p(exp(-$1.0)) + (1 - $1.1) * log1p(exp($1.0)) } / n
    return (loss, zip(x, t).map { (1 / (1 + exp(-$0)) - $1) / n })
  }

  /// q = p / sum p, clipped; -sum t log q.
  private static func categoricalCrossentropy(_ p: [Double], _ t: [Double]) -> Result {
    let sum = p.reduce(0, +)
    let q = p.map { $0 / sum }
    let loss = -zip(q, t).reduce(0) { $0 + $1.1 * log(clipped($1.0)) }
    // dq[j] / dp[i] = (delta(i, j) - q[j]) / sum
    let gradient = p.indices.map { i in
      p.indices.reduce(0.0) { result, j in
        result + (isClipped(q[j]) ? 0 : -t[j] / q[j]) * ((i == j ? 1 : 0) - q[j]) / sum
      }
    }
    return (loss, gradient)
  }

  /// Clipped, then the cross-entropy of softmax(log p).
  private static func sparseCrossentropy(_ p: [Double], _ t: [Double]) -> Result {
    let logits = p.map { log(clipped($0)) }
    let q = softmax(logits)
    let loss = -zip(q, t).reduce(0) { $0 + $1.1 * log($1.0) }
    return (loss, p.indices.map { isClipped(p[$0]) ? 0 : (q[$0] - t[$0]) / p[$0] })
  }
}
