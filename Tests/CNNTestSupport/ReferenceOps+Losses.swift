internal import CNNGraph
internal import CNNKernels
internal import CNNLayers
internal import Foundation

extension ReferenceNode {
  /// Loss and hit of each sample, and the gradient of the batch's mean loss (Keras 3 on TensorFlow).
  mutating func loss(
    _ kind: LossKind, _ settings: LossSettings, isLogits: Bool, _ withGradient: Bool
  ) -> [[[Double]]] {
    var results = SampleLosses()
    for (p, labels) in zip(operands[0], operands[1]) {
      let target = target(labels, width: p.count)
      let smooth = Self.smoothed(target, settings, isBinary: kind == .binaryCrossentropy)
      if kind == .meanAbsoluteError { for (x, t) in zip(p, target) { note(distance: x - t) } }
      let (loss, gradient) =
        switch kind {
        case .meanSquaredError: Self.meanSquaredError(p, target)
        case .meanAbsoluteError: Self.meanAbsoluteError(p, target)
        case .huber: Self.huber(p, target, delta: Double(settings.delta))
        case .klDivergence: Self.divergence(p, target)
        case .binaryCrossentropy: isLogits ? Self.sigmoidCrossEntropy(p, smooth) : Self.binaryCrossentropy(p, smooth)
        case .categoricalCrossentropy: Self.categoricalCrossentropy(p, smooth)
        case .sparseCategoricalCrossentropy: Self.sparseCrossentropy(p, target)
        }
      results.add(
        loss, isHit: isHit(p, target, threshold: isLogits ? 0 : 0.5), gradient, weight: weight(target, settings),
        batch: batch)
    }
    return results.values(withGradient)
  }

  /// -sum t log softmax(x)
  func softmaxCrossEntropy(_ settings: LossSettings, _ withGradient: Bool) -> [[[Double]]] {
    var results = SampleLosses()
    for (x, labels) in zip(operands[0], operands[1]) {
      let hot = target(labels, width: x.count)
      let target = Self.smoothed(hot, settings, isBinary: false)
      let p = Self.softmax(x)
      results.add(
        -zip(p, target).reduce(0) { $0 + $1.1 * log($1.0) }, isHit: isHit(x, hot, threshold: 0),
        zip(p, target).map { $0 - $1 }, weight: weight(hot, settings), batch: batch)
    }
    return results.values(withGradient)
  }

  private struct SampleLosses {
    var losses: [[Double]] = []
    var hits: [[Double]] = []
    var gradients: [[Double]] = []

    mutating func add(_ loss: Double, isHit: Bool, _ gradient: [Double], weight: Double, batch: Int) {
      losses.append([loss * weight])
      hits.append([isHit ? 1 : 0])
      gradients.append(gradient.map { $0 * weight / Double(batch) })
    }

    func values(_ withGradient: Bool) -> [[[Double]]] { withGradient ? [losses, hits, gradients] : [losses, hits] }
  }

  /// t * (1 - s) + s / n, n being 2 for binary losses.
  private static func smoothed(_ target: [Double], _ settings: LossSettings, isBinary: Bool) -> [Double] {
    let s = Double(settings.labelSmoothing)
    return target.map { $0 * (1 - s) + s / (isBinary ? 2 : Double(target.count)) }
  }

  /// Of the sample's class: the greatest target, or of one value the target itself.
  private func weight(_ target: [Double], _ settings: LossSettings) -> Double {
    if settings.classWeights.isEmpty { return 1 }
    let label =
      target.count == 1 ? Int(target[0]) : target.max().flatMap { target.firstIndex(of: $0) } ?? 0
    return Double(settings.classWeights[label])
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

  private static func meanAbsoluteError(_ p: [Double], _ t: [Double]) -> Result {
    let n = Double(p.count)
    return (zip(p, t).reduce(0) { $0 + abs($1.0 - $1.1) } / n, zip(p, t).map { ($0 > $1 ? 1 : $0 < $1 ? -1 : 0) / n })
  }

  /// e² / 2 below delta, a line beyond.
  private static func huber(_ p: [Double], _ t: [Double], delta: Double) -> Result {
    let n = Double(p.count)
    let errors = zip(p, t).map { $0 - $1 }
    let loss = errors.reduce(0) { $0 + (abs($1) <= delta ? $1 * $1 / 2 : delta * (abs($1) - delta / 2)) } / n
    return (loss, errors.map { min(max($0, -delta), delta) / n })
  }

  /// sum t log(t / p), both clipped to [1e-7, 1].
  private static func divergence(_ p: [Double], _ t: [Double]) -> Result {
    let t = t.map { min(max($0, low), 1) }
    let q = p.map { min(max($0, low), 1) }
    return (
      zip(t, q).reduce(0) { $0 + $1.0 * log($1.0 / $1.1) },
      p.indices.map { p[$0] < low || p[$0] > 1 ? 0 : -t[$0] / q[$0] }
    )
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
