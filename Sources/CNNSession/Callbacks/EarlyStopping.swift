/// Ends training when a metric has stopped improving (Keras 3, `callbacks/early_stopping.py`).
///
/// Each epoch counts as a wait; an improvement sets the count to 0 (with a baseline, only if it beats that too); patience
/// or more waits end training, but not in the first epoch. So a patience of 0 is as one of 1.
package struct EarlyStopping: Callback, Equatable {
  package let kind = "early_stopping"
  package let patience: Int
  package let baseline: Double?
  package let restoresBestWeights: Bool
  /// Epochs, counted from 0, that are not looked at.
  package let startFromEpoch: Int
  package private(set) var monitor: MetricMonitor
  package private(set) var wait = 0
  /// Both from 0.
  package private(set) var bestEpoch: Int?
  package private(set) var stoppedEpoch: Int?

  package init(
    monitor: MetricMonitor, patience: Int = 0, baseline: Double? = nil, restoresBestWeights: Bool = false,
    startFromEpoch: Int = 0
  ) {
    self.monitor = monitor
    self.patience = patience
    self.baseline = baseline
    self.restoresBestWeights = restoresBestWeights
    self.startFromEpoch = startFromEpoch
  }

  package mutating func epochEnded(_ logs: inout EpochLogs) -> [CallbackAction] {
    stoppedEpoch = nil
    guard let value = logs[monitor.metric], logs.epoch >= startFromEpoch else { return [] }
    // The first epoch's weights are the best until better ones come.
    bestEpoch = bestEpoch ?? logs.epoch
    wait += 1
    if monitor.improves(value) {
      bestEpoch = logs.epoch
      if baseline == nil || monitor.improves(value, on: baseline) { wait = 0 }
      return []
    }
    if wait >= patience, logs.epoch > 0 { stoppedEpoch = logs.epoch }
    return []
  }

  /// Asked again after a resume, with the patience of then.
  package var stopReason: String? {
    guard stoppedEpoch != nil, wait >= patience else { return nil }
    return "early_stopping: \(monitor.metric) has not improved for \(wait) epoch\(wait == 1 ? "" : "s")"
  }

  package var wantedEpoch: Int? { restoresBestWeights ? bestEpoch.map { $0 + 1 } : nil }
  /// Keras 3 restores at the end in any case, whoever ended training.
  package var finalEpoch: Int? { wantedEpoch }

  package func save(into writer: inout StateWriter) {
    writer.add(wait)
    writer.add(monitor.best) { $0.add($1) }
    writer.add(bestEpoch) { $0.add($1) }
    writer.add(stoppedEpoch) { $0.add($1) }
  }

  package mutating func restore(from reader: inout StateReader) throws(StateReader.Fault) {
    wait = try reader.count()
    monitor.best = try reader.optional { reader throws(StateReader.Fault) in try reader.double() }
    bestEpoch = try reader.optional { reader throws(StateReader.Fault) in try reader.count() }
    stoppedEpoch = try reader.optional { reader throws(StateReader.Fault) in try reader.count() }
  }
}
