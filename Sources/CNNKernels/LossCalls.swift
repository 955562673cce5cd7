internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#endif

/// Softmax and cross-entropy in one: -log softmax(x)[label], its gradient (p - onehot) / batch, and whether the
/// largest logit is the label's.
package struct SoftmaxCrossEntropyCall: KernelCall {
  package let table: KernelTable
  package let classes: Int
  package let logits, labels, loss, hits: Slot
  package let gradient: Slot?

  package init(table: KernelTable, classes: Int, logits: Slot, labels: Slot, loss: Slot, hits: Slot, gradient: Slot?) {
    self.table = table
    self.classes = classes
    self.logits = logits
    self.labels = labels
    self.loss = loss
    self.hits = hits
    self.gradient = gradient
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let classes = unsafe frame.integers(labels, part, image: first)
    for index in 0..<part.images.count {
      // The kernel reads the logit of this index: who loads data must have refused it.
      precondition(unsafe (0..<Int32(self.classes)).contains(classes[index]), "a label beyond the classes")
    }
    unsafe table.functions.softmax_cross_entropy(
      frame.floats(logits, part, image: first), classes,
      Int64(part.images.count), Int32(self.classes), 1 / Float(frame.scalars.batchCount), nil,
      gradient.map { unsafe frame.floats($0, part, image: first) }, frame.floats(loss, part, image: first),
      frame.floats(hits, part, image: first))
  }
}

/// The losses that are not fused with a softmax: a few values a sample, so written plainly.
///
/// Formulas and clipping are Keras 3's on TensorFlow (`keras.losses`, `backend/tensorflow/nn.py`).
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
  }
  package enum Target: Sendable, Hashable {
    /// A class index: one-hot where the prediction is wider than one value, the index itself otherwise.
    case classIndex
    case values
  }

  package let kind: Kind
  package let target: Target
  package let width: Int
  package let prediction, labels, loss, hits: Slot
  package let gradient: Slot?

  package init(
    kind: Kind, target: Target, width: Int, prediction: Slot, labels: Slot, loss: Slot, hits: Slot, gradient: Slot?
  ) {
    self.kind = kind
    self.target = target
    self.width = width
    self.prediction = prediction
    self.labels = labels
    self.loss = loss
    self.hits = hits
    self.gradient = gradient
  }

  package func run(_ frame: Frame, _ part: Part) {
    let scale = 1 / Float(frame.scalars.batchCount)
    for image in part.images {
      let p = unsafe frame.floats(prediction, part, image: image)
      let gradient = unsafe gradient.map { unsafe frame.floats($0, part, image: image) }
      let loss = unsafe frame.floats(loss, part, image: image)
      let hits = unsafe frame.floats(hits, part, image: image)
      switch target {
      case .classIndex:
        let label = unsafe Int(frame.integers(labels, part, image: image).pointee)
        unsafe evaluate(
          p, gradient, loss, hits, scale: scale,
          target: { width == 1 ? Float(label) : ($0 == label ? 1 : 0) })
      case .values:
        let values = unsafe frame.floats(labels, part, image: image)
        unsafe evaluate(p, gradient, loss, hits, scale: scale, target: { unsafe values[$0] })
      }
    }
  }

  private func evaluate(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>?, _ loss: UnsafeMutablePointer<Float>,
    _ hits: UnsafeMutablePointer<Float>, scale: Float, target: (Int) -> Float
  ) {
    let low: Float = 1e-7
    let high: Float = 1 - 1e-7
    let perValue = scale / Float(width)
    var sum: Float = 0
    switch kind {
    case .meanSquaredError:
      for i in 0..<width {
        let error = unsafe p[i] - target(i)
        sum += error * error
        unsafe gradient?[i] = 2 * error * perValue
      }
      unsafe loss.pointee = sum / Float(width)
    case .binaryCrossentropyOfLogits:
      for i in 0..<width {
        let x = unsafe p[i]
        sum += max(x, 0) - x * target(i) + log1pf(expf(-abs(x)))
        unsafe gradient?[i] = (1 / (1 + expf(-x)) - target(i)) * perValue
      }
      unsafe loss.pointee = sum / Float(width)
    case .binaryCrossentropy:
      for i in 0..<width {
        let clipped = unsafe min(max(p[i], low), high)
        let t = target(i)
        sum -= t * logf(clipped) + (1 - t) * logf(1 - clipped)
        let isInside = unsafe p[i] >= low && p[i] <= high
        unsafe gradient?[i] = isInside ? ((1 - t) / (1 - clipped) - t / clipped) * perValue : 0
      }
      unsafe loss.pointee = sum / Float(width)
    case .categoricalCrossentropy:
      var total: Float = 0
      for i in 0..<width { unsafe total += p[i] }
      // d loss / d q is -t / q where q is not clipped; q = p / total gives dp = (dq - sum(dq * q)) / total.
      var inner: Float = 0
      for i in 0..<width {
        let q = unsafe p[i] / total
        let clipped = min(max(q, low), high)
        sum -= target(i) * logf(clipped)
        if q >= low, q <= high { inner -= target(i) }
      }
      for i in 0..<width {
        let q = unsafe p[i] / total
        let dq = q >= low && q <= high ? -target(i) / q : 0
        unsafe gradient?[i] = (dq - inner) / total * scale
      }
      unsafe loss.pointee = sum
    case .sparseCategoricalCrossentropy:
      var total: Float = 0
      var label = 0
      for i in 0..<width {
        unsafe total += min(max(p[i], low), high)
        if target(i) == 1 { label = i }
      }
      unsafe loss.pointee = logf(total) - logf(min(max(p[label], low), high))
      for i in 0..<width {
        let isInside = unsafe p[i] >= low && p[i] <= high
        let direct: Float = unsafe i == label ? 1 / min(max(p[i], low), high) : 0
        unsafe gradient?[i] = isInside ? (1 / total - direct) * scale : 0
      }
    }
    unsafe hits.pointee = isHit(p, target: target) ? 1 : 0
  }

  /// Keras's `accuracy` for the shape: above one half against the target for one value, arg max otherwise,
  /// the lowest index winning ties.
  private func isHit(_ p: UnsafeMutablePointer<Float>, target: (Int) -> Float) -> Bool {
    // Of logits, the sigmoid decides, not they: large ones all have the value 1, and then the lowest index wins.
    func value(_ i: Int) -> Float {
      unsafe kind == .binaryCrossentropyOfLogits ? 1 / (1 + expf(-p[i])) : p[i]
    }
    if width == 1 { return (value(0) > 0.5 ? 1 : 0) == target(0) }
    var best = 0
    var truth = 0
    for i in 1..<width {
      if value(i) > value(best) { best = i }
      if target(i) > target(truth) { truth = i }
    }
    return best == truth
  }
}
