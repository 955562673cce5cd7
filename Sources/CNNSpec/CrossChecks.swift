internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model, the data and the training.
enum CrossChecks {
  static func check(
    _ model: CheckedModel, _ spec: ModelSpec, data: DataSpec?, training: TrainingSpec?, into bag: inout DiagnosticBag
  ) {
    if let data { checkInput(model, spec, data, into: &bag) }
    guard let training else { return }
    let loss = training.loss
    checkMonitors(training, data: data, into: &bag)
    checkSoftmax(model, into: &bag)
    bag.add(contentsOf: model.oversized)
    checkActivation(model, loss, into: &bag)
    switch loss.value.kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .klDivergence:
      checkClasses(model, loss, data?.classCount, into: &bag)
    case .binaryCrossentropy, .meanSquaredError, .meanAbsoluteError, .huber:
      if let data { checkOneHot(model, loss, data.classCount, into: &bag) }
    }
    checkMetrics(model, training, into: &bag)
    checkClassWeight(model, data, training, into: &bag)
  }

  /// Expectations of metrics that this training will not measure.
  static func checkExpectations(
    _ expectations: Expectations, data: DataSpec?, training: TrainingSpec?, into bag: inout DiagnosticBag
  ) {
    guard let training, let data else { return }
    for expectation in expectations.items {
      guard case .metric(let name) = expectation.subject else { continue }
      let base = ["val_", "test_"].first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) } ?? name
      let help: String
      if !training.measuredNames.contains(base) {
        help = "add `metrics: [\(base)]` to `training`"
      } else if name.hasPrefix("val_"), data.split.validation == nil {
        help = "add `split: {validation: 0.2}` to `data`"
      } else if name.hasPrefix("test_"), data.split.test == nil {
        help = "add `split: {test: test}` to `data`"
      } else {
        continue
      }
      bag.add(
        Diagnostic(
          SpecCode.unmeasuredExpectation, "`\(name)` is expected, and this training does not measure it",
          at: expectation.span, help: help, path: expectation.path))
    }
  }

  /// Callbacks that wait for a metric which this training never measures: in Keras they would do nothing.
  private static func checkMonitors(_ training: TrainingSpec, data: DataSpec?, into bag: inout DiagnosticBag) {
    let metrics = training.measuredNames
    var validates = data?.split.validation != nil
    if case .fraction(let text)? = data?.split.validation?.value, Double(text) == 0 { validates = false }
    let measured = metrics + (validates ? metrics.map { "val_\($0)" } : [])
    checkFileNames(training, measured: measured, into: &bag)
    for callback in training.callbacks {
      guard let monitor = callback.monitor, !measured.contains(monitor.value) else { continue }
      // Without the section nobody knows yet whether there is a validation.
      if data == nil, monitor.value.hasPrefix("val_"), metrics.contains(String(monitor.value.dropFirst(4))) { continue }
      let name = monitor.value.hasPrefix("val_") ? String(monitor.value.dropFirst(4)) : monitor.value
      let full = monitor.value.hasSuffix("acc") ? monitor.value + "uracy" : monitor.value
      let close = measured.contains(full) ? full : Spelling.closest(to: monitor.value, among: measured)
      let help: String
      if metrics.contains(name), data?.split.validation == nil {
        help = "add `split: {validation: 0.2}` to `data`, or write `monitor: \(name)`"
      } else if let kind = MetricKind(rawValue: MetricKind.aliases[name] ?? name), !metrics.contains(kind.rawValue) {
        help = "add `metrics: [\(kind.rawValue)]` to `training`"
      } else {
        help = "it measures \(measured.joined(separator: ", "))"
      }
      var diagnostic = Diagnostic(
        SpecCode.monitor,
        "`\(callback.kind.rawValue)` monitors `\(monitor.value)`, which this training does not measure",
        at: monitor.isWritten ? monitor.span : callback.keySpan,
        label: monitor.isWritten
          ? close.map { "did you mean `\($0)`?" } ?? "" : "`monitor` is `val_loss` unless written",
        help: help, path: callback.path)
      if monitor.isWritten, let close {
        diagnostic.fix = .init("write \(close)", isSafe: false, edits: [.init(monitor.span, text: close)])
      }
      bag.add(diagnostic)
    }
  }

  /// Files that are named after a number which nobody measures.
  private static func checkFileNames(_ training: TrainingSpec, measured: [String], into bag: inout DiagnosticBag) {
    for callback in training.callbacks {
      guard case .modelCheckpoint(let checkpoint) = callback.settings, let file = callback.file else { continue }
      let isBetweenEpochs = checkpoint.frequency != .epoch
      let known =
        ["epoch"] + (isBetweenEpochs ? ["batch"] : []) + measured.filter { !isBetweenEpochs || !$0.hasPrefix("val_") }
      for name in checkpoint.name.names where !known.contains(name) {
        let close = Spelling.closest(to: name, among: known)
        bag.add(
          Diagnostic(
            SpecCode.callbackFile, "`\(file.value)` holds `{\(name)}`, which is not known when the file is written",
            at: file.span, label: close.map { "did you mean `{\($0)}`?" } ?? "",
            help: "known are \(known.joined(separator: ", "))", path: file.path))
      }
    }
  }
}
