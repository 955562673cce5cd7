internal import CNNReport
package import CNNSession
package import CNNSpec

extension TrainingSpec {
  /// The callbacks at work, in the spec's order.
  /// - Parameter startedAt: seconds since 1970, for the names of files that no other run has.
  package func makeCallbacks(startedAt: Double) -> [any Callback] {
    callbacks.map { $0.make(startedAt: startedAt) }
  }
}

extension CallbackSpec {
  fileprivate func make(startedAt: Double) -> any Callback {
    switch settings {
    case .earlyStopping(let arguments):
      CNNSession.EarlyStopping(
        monitor: monitor(arguments.minDelta), patience: patience?.value ?? 0, baseline: arguments.baseline,
        restoresBestWeights: arguments.restoresBestWeights, startFromEpoch: arguments.startFromEpoch)
    case .reduceLROnPlateau(let arguments):
      ReduceLROnPlateau(
        monitor: monitor(arguments.minDelta), factor: arguments.factor, patience: patience?.value ?? 0,
        cooldown: arguments.cooldown, minimumRate: arguments.minRate)
    case .modelCheckpoint(let arguments):
      ModelCheckpoint(
        monitor: monitor(0, best: arguments.initialThreshold), savesBestOnly: arguments.savesBestOnly,
        savesWeightsOnly: arguments.savesWeightsOnly,
        frequency: arguments.frequency.steps.map { .steps($0) } ?? .epoch,
        path: { [name = arguments.name] figures in name.text(of: figures) })
    case .terminateOnNaN: TerminateOnNaN()
    case .tensorBoard(let arguments):
      CNNSession.TensorBoard(
        folder: file?.value ?? "", frequency: arguments.frequency.steps.map { .steps($0) } ?? .epoch,
        histogramFrequency: arguments.histogramFrequency, writesStepsPerSecond: arguments.writesStepsPerSecond,
        startedAt: startedAt)
    case .csvLogger(let separator): CSVLogger(path: file?.value ?? "", separator: separator)
    }
  }

  private func monitor(_ minimumDelta: Double, best: Double? = nil) -> MetricMonitor {
    let metric = monitor?.value ?? "val_loss"
    let direction: MetricDirection =
      switch mode {
      case .auto: MetricDirection(of: metric)
      case .min: .down
      case .max: .up
      }
    return MetricMonitor(metric: metric, direction: direction, minimumDelta: minimumDelta, best: best)
  }
}

extension CallbackSpec.Frequency {
  fileprivate var steps: Int? {
    if case .steps(let steps) = self { return steps }
    return nil
  }
}

extension FileNamePattern {
  /// The name with these numbers in it; one that is not among them is `nan`.
  package func text(of figures: [NamedValue]) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .number(let name, let format): format.text(figures.first { $0.name == name }?.value ?? .nan)
      }
    }.joined()
  }
}

extension FileNamePattern.Format {
  /// A number as Python writes it in this form.
  package func text(_ value: Double) -> String {
    let text =
      switch style {
      case .plain: Int(exactly: value).map(String.init) ?? "\(value)"
      case .whole: NumberFormat.fixed(value, places: 0)
      case .fixed(let places): NumberFormat.fixed(value, places: places)
      case .scientific(let places): NumberFormat.scientific(value, places: places)
      }
    let missing = max(0, width - text.utf8.count)
    if missing == 0 { return text }
    // Zeros stand between the sign and the digits; what is no number gets blanks, as in Python.
    guard fillsWithZeros, value.isFinite else { return String(repeating: " ", count: missing) + text }
    let sign = text.hasPrefix("-") ? "-" : ""
    return sign + String(repeating: "0", count: missing) + text.dropFirst(sign.count)
  }
}
