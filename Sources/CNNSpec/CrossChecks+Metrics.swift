internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model's output, the metrics and the weights of classes.
extension CrossChecks {
  /// Thresholds of all classes that an area under a curve may count at: 64 MiB of counts.
  private static let mostCounts = 1 << 22

  static func checkMetrics(_ model: CheckedModel, _ training: TrainingSpec, into bag: inout DiagnosticBag) {
    let width = model.outputType.elementCount
    for metric in training.metrics {
      let kind = metric.value.measure.kind
      if metric.value.measure.comparesThresholds, let (layer, activation) = outputActivation(model),
        ![.softmax, .sigmoid, .hardSigmoid].contains(activation)
      {
        let end = activation == .linear ? "without an activation" : "with `\(activation.rawValue)`"
        let wanted = width == 1 ? "sigmoid" : "softmax"
        bag.add(
          Diagnostic(
            SpecCode.metricNeedsProbabilities, "`\(kind.rawValue)` takes probabilities, and the model ends \(end)",
            at: metric.span, notes: [.init("the output comes out of `\(layer.spec.name)`", at: layer.spec.keySpan)],
            help: "end with `- activation: \(wanted)`, or measure something else", path: metric.path))
      }
      if case .auc(let area) = metric.value.measure, area.isMultiLabel, area.thresholdCount * width > mostCounts {
        bag.add(
          Diagnostic(
            SpecCode.outOfRange,
            "`num_thresholds` is \(area.thresholdCount) for each of \(width) outputs, and all may have \(mostCounts)",
            at: metric.span, help: "write a number up to \(max(2, mostCounts / width)), or leave `multi_label` out",
            path: metric.path))
      }
      guard let selection = metric.value.measure.selection, model.outputType.rank == 1 else { continue }
      let values = "`\(model.output.spec.name)` gives \(width) value\(width == 1 ? "" : "s")"
      if let index = selection.classID, index >= width {
        bag.add(
          Diagnostic(
            SpecCode.outOfRange, "`class_id` is \(index), and \(values)", at: metric.span,
            help: "classes count from 0, so write at most `class_id: \(width - 1)`", path: metric.path))
      }
      if let most = selection.topK, most > width {
        bag.add(
          Diagnostic(
            SpecCode.outOfRange, "`top_k` is \(most), and \(values)", at: metric.span,
            help: "write a number up to \(width), or leave `top_k` out", path: metric.path))
      }
    }
  }

  /// Classes that do not exist, as far as the spec alone says.
  static func checkClassWeight(
    _ model: CheckedModel, _ data: DataSpec?, _ training: TrainingSpec, into bag: inout DiagnosticBag
  ) {
    guard let weights = training.classWeight, model.outputType.rank == 1 else { return }
    let width = model.outputType.elementCount
    guard let data, let count = data.classCount else { return }
    // Names of a source are known once it is opened.
    guard let names = data.classNames?.value else {
      if case .weights(let entries) = weights.value, entries.contains(where: { Int($0.key) == nil }) { return }
      return bag.add(contentsOf: weights.value.faults(names: [], count: count, path: weights.path))
    }
    bag.add(contentsOf: weights.value.faults(names: names, count: max(count, width == 1 ? 2 : 0), path: weights.path))
  }
}

extension MetricSpec.Measure {
  /// Whether values are compared with thresholds between 0 and 1.
  fileprivate var comparesThresholds: Bool {
    switch self {
    case .accuracy, .topKAccuracy: false
    case .precision(let selection), .recall(let selection): selection.topK == nil || selection.threshold != nil
    case .f1(_, let threshold): threshold != nil
    case .auc: true
    }
  }

  fileprivate var selection: MetricSpec.Selection? {
    switch self {
    case .precision(let selection), .recall(let selection): selection
    case .accuracy, .topKAccuracy, .f1, .auc: nil
    }
  }
}
