/// Lowers the learning rate when a metric has stopped improving (Keras 3, `callbacks/reduce_lr_on_plateau.py`).
///
/// Rates are float32, as Keras's variable is: the product is taken in double from the rounded old rate, bounded from below,
/// and rounded again. The epochs of a cooldown do not count; the one that ends it does.
package struct ReduceLROnPlateau: Callback, Equatable {
  package let kind = "reduce_lr_on_plateau"
  package let factor: Double
  package let patience: Int
  package let cooldown: Int
  package let minimumRate: Double
  package private(set) var monitor: MetricMonitor
  package private(set) var wait = 0
  package private(set) var cooldownLeft = 0

  package init(
    monitor: MetricMonitor, factor: Double = 0.1, patience: Int = 10, cooldown: Int = 0, minimumRate: Double = 0
  ) {
    self.monitor = monitor
    self.factor = factor
    self.patience = patience
    self.cooldown = cooldown
    self.minimumRate = minimumRate
  }

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] {
    // What the epoch was trained with; callbacks after this one see it too.
    logs.figures.removeAll { $0.name == Self.rateName }
    logs.figures.append(NamedValue(Self.rateName, Double(logs.learningRate)))
    guard let value = logs[monitor.metric] else { return [] }
    if cooldownLeft > 0 {
      cooldownLeft -= 1
      wait = 0
    }
    if monitor.improves(value) {
      wait = 0
      return []
    }
    if cooldownLeft > 0 { return [] }
    wait += 1
    let old = logs.learningRate
    guard wait >= patience, old > Float(minimumRate) else { return [] }
    cooldownLeft = cooldown
    wait = 0
    let new = Float(max(Double(old) * factor, minimumRate))
    return [
      .setLearningRate(new),
      .note("epoch \(logs.epoch + 1): reduce_lr_on_plateau lowers the learning rate from \(old) to \(new)"),
    ]
  }

  static let rateName = "learning_rate"

  package func save(into writer: inout StateWriter) {
    writer.add(wait)
    writer.add(cooldownLeft)
    writer.add(monitor.best) { $0.add($1) }
  }

  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {
    wait = try reader.count()
    cooldownLeft = try reader.count()
    monitor.best = try reader.optional { reader throws(StateReader.Fault) in try reader.double() }
  }
}
