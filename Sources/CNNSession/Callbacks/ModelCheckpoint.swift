/// Saves weights after each epoch, or after so many steps, or only when a metric has improved (Keras 3,
/// `callbacks/model_checkpoint.py`).
///
/// Equal values do not save again. Where the metric is missing it saves in any case, as Keras does; so a monitor of the
/// validation together with `save_freq` in steps saves each time.
package struct ModelCheckpoint: Callback {
  /// When it looks at whether to save.
  package enum Frequency: Sendable, Equatable {
    case epoch
    /// After so many steps, counted over all epochs.
    case steps(Int)
  }

  package let kind = "model_checkpoint"
  package let savesBestOnly: Bool
  package let savesWeightsOnly: Bool
  package let frequency: Frequency
  package private(set) var monitor: MetricMonitor
  package private(set) var stepsSinceSaving = 0
  /// The file's path for these figures, `epoch` and, of a save between epochs, `batch` among them, both from 1.
  private let path: @Sendable ([NamedValue]) -> String

  package init(
    monitor: MetricMonitor, savesBestOnly: Bool = false, savesWeightsOnly: Bool = false,
    frequency: Frequency = .epoch, path: @escaping @Sendable ([NamedValue]) -> String
  ) {
    self.monitor = monitor
    self.savesBestOnly = savesBestOnly
    self.savesWeightsOnly = savesWeightsOnly
    self.frequency = frequency
    self.path = path
  }

  package var looksAtSteps: Bool { frequency != .epoch }

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] {
    if frequency != .epoch { return [] }
    return save(if: logs[monitor.metric], [NamedValue("epoch", Double(logs.epoch + 1))] + logs.figures)
  }

  package mutating func stepEnded(_ logs: StepLogs) -> [CallbackAction] {
    guard case .steps(let steps) = frequency else { return [] }
    stepsSinceSaving += 1
    if stepsSinceSaving < steps { return [] }
    stepsSinceSaving = 0
    let place = [NamedValue("epoch", Double(logs.epoch + 1)), NamedValue("batch", Double(logs.batch + 1))]
    return save(if: logs[monitor.metric], place + logs.figures)
  }

  private mutating func save(
    if value: Double?, _ figures: [NamedValue]
  ) -> [CallbackAction] {
    if savesBestOnly, let value, !monitor.improves(value) { return [] }
    return [.saveWeights(path: path(figures), withModel: !savesWeightsOnly)]
  }

  package func save(into writer: inout StateWriter) {
    writer.add(monitor.best) { $0.add($1) }
    writer.add(stepsSinceSaving)
  }

  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {
    monitor.best = try reader.optional { reader throws(StateReader.Fault) in try reader.double() }
    stepsSinceSaving = try reader.count()
  }
}
