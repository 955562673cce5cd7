internal import CNNDiagnostics
internal import CNNGraph

/// What must hold between the model's output, the metrics and the weights of classes.
extension CrossChecks {
  /// Thresholds of all classes that an area under a curve may count at: 64 MiB of counts.
  private static let mostCounts = 1 << 22

  static func checkMetrics(
    _ model: CheckedModel, _ metrics: [Located<MetricSpec>], into bag: inout DiagnosticBag
  ) {
    let width = model.outputType.elementCount
    for metric in metrics {
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
  ///
  /// - Parameter model: `nil` if it is at fault.
  static func checkClassWeight(
    _ model: CheckedModel?, _ data: DataParts?, _ training: TrainingParts, into bag: inout DiagnosticBag
  ) {
    guard let weights = training.classWeight, let count = data?.classCount else { return }
    if let model, model.outputType.rank != 1 { return }
    // One value stands for two classes, though a source may name one.
    let hasOneValue = model?.outputType.elementCount == 1
    bag.add(
      contentsOf: weights.value.faults(
        names: data?.classNames, count: max(count, hasOneValue ? 2 : 0), path: weights.path))
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
