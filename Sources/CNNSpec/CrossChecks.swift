internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model, the data and the training.
///
/// Each check takes the parts that it compares, and is silent where one of them is at fault.
enum CrossChecks {
  /// Of the sections beside the model.
  static func check(
    _ data: DataParts?, _ training: TrainingParts?, _ expectations: Expectations?, into bag: inout DiagnosticBag
  ) {
    guard let training, let measured = training.measuredNames else { return }
    checkMonitors(training, measures: measured, data: data, into: &bag)
    if let expectations, let data { checkExpectations(expectations, data, measures: measured, into: &bag) }
  }

  /// Of the model's output and the sections beside it.
  static func check(
    _ model: CheckedModel, data: DataParts?, training: TrainingParts, into bag: inout DiagnosticBag
  ) {
    checkSoftmax(model, into: &bag)
    bag.add(contentsOf: model.oversized)
    if let loss = training.loss { checkLoss(loss, model, data, into: &bag) }
    checkMetrics(model, training.metrics, into: &bag)
    checkClassWeight(model, data, training, into: &bag)
  }

  private static func checkLoss(
    _ loss: Located<LossSpec>, _ model: CheckedModel, _ data: DataParts?, into bag: inout DiagnosticBag
  ) {
    checkActivation(model, loss, into: &bag)
    switch loss.value.kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .klDivergence:
      checkClasses(model, loss, data?.classCount, into: &bag)
    case .binaryCrossentropy, .meanSquaredError, .meanAbsoluteError, .huber:
      if let data { checkOneHot(model, loss, data.classCount, into: &bag) }
    }
  }

  /// Expectations of metrics that this training will not measure.
  private static func checkExpectations(
    _ expectations: Expectations, _ data: DataParts, measures: [String], into bag: inout DiagnosticBag
  ) {
    for expectation in expectations.items {
      guard case .metric(let name) = expectation.subject else { continue }
      let base = ["val_", "test_"].first(where: name.hasPrefix).map { String(name.dropFirst($0.count)) } ?? name
      let help: String
      if !measures.contains(base) {
        help = "add `metrics: [\(base)]` to `training`"
      } else if name.hasPrefix("val_"), let split = data.split, split.validation == nil {
        help = "add `split: {validation: 0.2}` to `data`"
      } else if name.hasPrefix("test_"), let split = data.split, split.test == nil {
        let part = data.hasTestSamples ? "test" : "0.1"
        help = "add `split: {test: \(part)}` to `data`"
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
  private static func checkMonitors(
    _ training: TrainingParts, measures metrics: [String], data: DataParts?, into bag: inout DiagnosticBag
  ) {
    let validates = validates(data?.split)
    let measured = metrics + (validates == false ? [] : metrics.map { "val_\($0)" })
    checkFileNames(training, measured: measured, into: &bag)
    for callback in training.callbacks {
      guard let monitor = callback.monitor, !measured.contains(monitor.value) else { continue }
      bag.add(unmeasured(monitor, of: callback, among: measured, metrics: metrics))
    }
  }

  /// `nil` where nobody knows yet: without the section, or where its `split` is at fault.
  private static func validates(_ split: DataSpec.Split?) -> Bool? {
    guard let split else { return nil }
    if case .fraction(let text)? = split.validation?.value, Double(text) == 0 { return false }
    return split.validation != nil
  }

  /// - Parameters:
  ///   - measured: all that each epoch measures, on the validation samples too, if there are any.
  ///   - metrics: without those of the validation.
  private static func unmeasured(
    _ monitor: Located<String>, of callback: CallbackSpec, among measured: [String], metrics: [String]
  ) -> Diagnostic {
    let prefix = monitor.value.hasPrefix("val_") ? "val_" : ""
    let base = String(monitor.value.dropFirst(prefix.count))
    let kind = MetricKind(rawValue: MetricKind.aliases[base.lowercased()] ?? base)?.rawValue
    let isValidated = measured.count > metrics.count
    // What the word stands for, whether it is measured or not.
    let full = metrics.contains(base) ? base : kind ?? Spelling.closest(to: base, among: metrics)
    let meant = full.map { prefix + $0 }
    var helps: [String] = []
    if let full, !metrics.contains(full) { helps.append("add `metrics: [\(full)]` to `training`") }
    if full != nil, !prefix.isEmpty, !isValidated { helps.append("add `split: {validation: 0.2}` to `data`") }
    if let meant, monitor.isWritten, meant != monitor.value { helps.append("write `monitor: \(meant)`") }
    var help = helps.joined(separator: ", and ")
    if helps.isEmpty { help = "it measures \(measured.joined(separator: ", "))" }
    if let full, metrics.contains(full), !prefix.isEmpty, !isValidated { help += ", or write `monitor: \(full)`" }
    let near =
      meant.flatMap { measured.contains($0) ? $0 : nil } ?? Spelling.closest(to: monitor.value, among: measured)
    let close = helps.count > 1 ? nil : near
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
    return diagnostic
  }

  /// Files that are named after a number which nobody measures.
  private static func checkFileNames(_ training: TrainingParts, measured: [String], into bag: inout DiagnosticBag) {
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
