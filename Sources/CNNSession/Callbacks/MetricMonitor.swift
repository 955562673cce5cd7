/// Whether a metric is better the higher or the lower it is.
package enum MetricDirection: Sendable, Equatable {
  case down, up

  /// By the metric's name, with `val_` or `test_` before it or without: losses and errors fall, all else rises, whatever it
  /// is called (the direction that Keras 3 gives each of its metrics).
  package init(of name: String) {
    let own = ["val_", "test_"].first(where: name.hasPrefix).map { name.dropFirst($0.count) } ?? name[...]
    let falling = ["loss", "error", "divergence", "crossentropy", "huber"]
    self = falling.contains(where: own.hasSuffix) ? .down : .up
  }

  /// False for NaN on either side.
  package func prefers(_ value: Double, over other: Double) -> Bool { self == .up ? value > other : value < other }
}

/// Keras 3's test of whether a number has improved (`callbacks/monitor_callback.py`).
///
///     down: value + min_delta < best        up: value - min_delta > best
///
/// Both sides in float32, as Keras's tensors of them are, so what differs by less is equal. The first value always improves,
/// a NaN too, and nothing ever improves on that one.
package struct MetricMonitor: Sendable, Equatable {
  package let metric: String
  package let direction: MetricDirection
  /// How much an improvement must exceed; its size counts.
  package let minimumDelta: Double
  /// The best value so far; `nil` before the first.
  package var best: Double?

  /// - Parameters:
  ///   - minimumDelta: a negative one counts by its size.
  ///   - best: what the first value must beat, if anything.
  package init(metric: String, direction: MetricDirection, minimumDelta: Double = 0, best: Double? = nil) {
    self.metric = metric
    self.direction = direction
    self.minimumDelta = abs(minimumDelta)
    self.best = best
  }

  package func improves(_ value: Double, on reference: Double?) -> Bool {
    guard let reference else { return true }
    let delta = direction == .up ? minimumDelta : -minimumDelta
    let (shifted, held) = (Float(value - delta), Float(reference))
    return direction == .up ? shifted > held : shifted < held
  }

  /// Whether the value improves on the best one, which it then becomes.
  package mutating func improves(_ value: Double) -> Bool {
    guard improves(value, on: best) else { return false }
    best = value
    return true
  }
}
