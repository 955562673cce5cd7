#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// The losses that are not fused with a softmax: a few values a sample, so written plainly.
///
/// Formulas and clipping are Keras 3's on TensorFlow (`keras/src/losses/losses.py`, `backend/tensorflow/nn.py`). p is the
/// prediction, t the target, n their width; gradients are those of the batch's mean loss.
package struct PlainLossCall: KernelCall {
  package enum Kind: Sendable, Hashable {
    /// Of probabilities that do not come from a softmax right before: p / sum(p), clipped to [1e-7, 1 - 1e-7].
    case categoricalCrossentropy
    /// The same for class indices: clipped, then the cross-entropy of softmax(log p), as Keras does.
    case sparseCategoricalCrossentropy
    /// max(x, 0) - x * t + log(1 + exp(-|x|)) of logits, mean over the last axis.
    case binaryCrossentropyOfLogits
    /// Of probabilities clipped to [1e-7, 1 - 1e-7].
    case binaryCrossentropy
    case meanSquaredError
    case meanAbsoluteError
    /// e² / 2 up to delta, delta * |e| - delta² / 2 beyond, mean over the last axis.
    case huber
    /// sum t log(t / p), both clipped to [1e-7, 1].
    case klDivergence
  }
  package enum Target: Sendable, Hashable {
    /// A class index: one-hot where the prediction is wider than one value, the index itself otherwise.
    case classIndex
    case values
  }

  package let kind: Kind
  package let target: Target
  package let settings: LossSettings
  package let width: Int
  package let prediction, labels, loss, hits: Slot
  package let gradient: Slot?

  package init(
    kind: Kind, target: Target, settings: LossSettings, width: Int, prediction: Slot, labels: Slot, loss: Slot,
    hits: Slot, gradient: Slot?
  ) {
    self.kind = kind
    self.target = target
    self.settings = settings
    self.width = width
    self.prediction = prediction
    self.labels = labels
    self.loss = loss
    self.hits = hits
    self.gradient = gradient
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      let p = unsafe frame.floats(prediction, part, image: image)
      let gradient = unsafe gradient.map { unsafe frame.floats($0, part, image: image) }
      let loss = unsafe frame.floats(loss, part, image: image)
      let hits = unsafe frame.floats(hits, part, image: image)
      switch target {
      case .classIndex:
        let label = unsafe Int(frame.integers(labels, part, image: image).pointee)
        unsafe evaluate(
          p, gradient, loss, hits, batch: frame.scalars.batchCount,
          target: { width == 1 ? Float(label) : ($0 == label ? 1 : 0) })
      case .values:
        let values = unsafe frame.floats(labels, part, image: image)
        unsafe evaluate(
          p, gradient, loss, hits, batch: frame.scalars.batchCount, target: { unsafe values[$0] })
      }
    }
  }

  private func evaluate(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, _ loss: UnsafeMutablePointer<Float>,
    _ hits: UnsafeMutablePointer<Float>, batch: Int, target: (Int) -> Float
  ) {
    let weight = weight(target)
    let scale = weight / Float(batch)
    let value: Float
    switch kind {
    case .meanSquaredError, .meanAbsoluteError, .huber, .binaryCrossentropyOfLogits, .binaryCrossentropy:
      value = unsafe meanOfValues(p, gradient, scale: scale / Float(width), target: target)
    case .categoricalCrossentropy:
      value = unsafe categoricalCrossentropy(p, gradient, scale: scale, target: target)
    case .sparseCategoricalCrossentropy:
      value = unsafe sparseCrossentropy(p, gradient, scale: scale, target: target)
    case .klDivergence: value = unsafe divergence(p, gradient, scale: scale, target: target)
    }
    unsafe loss.pointee = value * weight
    unsafe hits.pointee = isHit(p, target: target) ? 1 : 0
  }

  /// The factor of a sample's class: the index, or the largest of its targets.
  private func weight(_ target: (Int) -> Float) -> Float {
    if settings.classWeights.isEmpty { return 1 }
    let label = width == 1 ? Int(exactly: target(0).rounded()) ?? 0 : greatest(target)
    return settings.classWeights.indices.contains(label) ? settings.classWeights[label] : 1
  }

  private static let low: Float = 1e-7
  private static let high: Float = 1 - 1e-7

  private static func clipped(_ p: Float, to most: Float = high) -> Float { min(max(p, low), most) }

  // MARK: Losses

  /// Losses that are a mean over independent values.
  private func meanOfValues(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, scale: Float, target: (Int) -> Float
  ) -> Float {
    let (smoothing, delta) = (settings.labelSmoothing, settings.delta)
    var sum: Float = 0
    for i in 0..<width {
      let x = unsafe p[i]
      let slope: Float
      switch kind {
      case .meanAbsoluteError:
        let error = x - target(i)
        sum += abs(error)
        slope = error > 0 ? 1 : error < 0 ? -1 : 0
      case .huber:
        let error = x - target(i)
        let size = abs(error)
        sum += size <= delta ? 0.5 * error * error : delta * size - 0.5 * delta * delta
        slope = size <= delta ? error : error > 0 ? delta : -delta
      case .binaryCrossentropyOfLogits:
        let t = smoothing == 0 ? target(i) : target(i) * (1 - smoothing) + 0.5 * smoothing
        sum += max(x, 0) - x * t + log1pf(expf(-abs(x)))
        slope = 1 / (1 + expf(-x)) - t
      case .binaryCrossentropy:
        let t = smoothing == 0 ? target(i) : target(i) * (1 - smoothing) + 0.5 * smoothing
        let clipped = Self.clipped(x)
        sum -= t * logf(clipped) + (1 - t) * logf(1 - clipped)
        slope = x >= Self.low && x <= Self.high ? (1 - t) / (1 - clipped) - t / clipped : 0
      default:
        let error = x - target(i)
        sum += error * error
        slope = 2 * error
      }
      unsafe gradient?[i] = slope * scale
    }
    return sum / Float(width)
  }

  private func categoricalCrossentropy(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, scale: Float, target: (Int) -> Float
  ) -> Float {
    let smoothing = settings.labelSmoothing
    let spread = smoothing / Float(width)
    func t(_ i: Int) -> Float { smoothing == 0 ? target(i) : target(i) * (1 - smoothing) + spread }
    var total: Float = 0
    for i in 0..<width { unsafe total += p[i] }
    // d loss / d q is -t / q where q is not clipped; q = p / total gives dp = (dq - sum(dq * q)) / total.
    var (sum, inner) = (Float(0), Float(0))
    for i in 0..<width {
      let q = unsafe p[i] / total
      sum -= t(i) * logf(Self.clipped(q))
      if q >= Self.low, q <= Self.high { inner -= t(i) }
    }
    for i in 0..<width {
      let q = unsafe p[i] / total
      let dq = q >= Self.low && q <= Self.high ? -t(i) / q : 0
      unsafe gradient?[i] = (dq - inner) / total * scale
    }
    return sum
  }

  private func sparseCrossentropy(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, scale: Float, target: (Int) -> Float
  ) -> Float {
    var total: Float = 0
    var label = 0
    for i in 0..<width {
      unsafe total += Self.clipped(p[i])
      if target(i) == 1 { label = i }
    }
    for i in 0..<width {
      let isInside = unsafe p[i] >= Self.low && p[i] <= Self.high
      let direct: Float = unsafe i == label ? 1 / Self.clipped(p[i]) : 0
      unsafe gradient?[i] = isInside ? (1 / total - direct) * scale : 0
    }
    return unsafe logf(total) - logf(Self.clipped(p[label]))
  }

  private func divergence(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, scale: Float, target: (Int) -> Float
  ) -> Float {
    var sum: Float = 0
    for i in 0..<width {
      let t = Self.clipped(target(i), to: 1)
      let q = unsafe Self.clipped(p[i], to: 1)
      sum += t * logf(t / q)
      unsafe gradient?[i] = p[i] >= Self.low && p[i] <= 1 ? -t / q * scale : 0
    }
    return sum
  }

  // MARK: Hits

  /// Keras's `accuracy` for the shape: above one half against the target for one value, arg max otherwise,
  /// the lowest index winning ties.
  private func isHit(_ p: UnsafeMutablePointer<Float>, target: (Int) -> Float) -> Bool {
    // Of logits, the sigmoid decides, not they: large ones all have the value 1, and then the lowest index wins.
    func value(_ i: Int) -> Float {
      unsafe kind == .binaryCrossentropyOfLogits ? 1 / (1 + expf(-p[i])) : p[i]
    }
    if width == 1 { return (value(0) > 0.5 ? 1 : 0) == target(0) }
    return greatest(value) == greatest(target)
  }

  /// The index of the greatest value, the lowest of equals.
  private func greatest(_ value: (Int) -> Float) -> Int {
    var best = 0
    for i in 1..<width where value(i) > value(best) { best = i }
    return best
  }
}
