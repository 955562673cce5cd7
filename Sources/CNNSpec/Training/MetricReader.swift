internal import CNNDiagnostics
internal import CNNGraph
internal import CNNYAML

/// What is reported beside the loss, with Keras's arguments and defaults.
package struct MetricSpec: Sendable, Equatable {
  package enum Measure: Sendable, Equatable {
    case accuracy
    case topKAccuracy(k: Int = 5)
    case precision(Selection = Selection())
    case recall(Selection = Selection())
    case f1(average: Average = .macro, threshold: Double? = nil)
    case auc(Area = Area())
  }

  /// Which values of a prediction are taken as positive.
  package struct Selection: Sendable, Equatable {
    package var threshold: Double?
    package var topK: Int?
    package var classID: Int?
    package init(threshold: Double? = nil, topK: Int? = nil, classID: Int? = nil) {
      self.threshold = threshold
      self.topK = topK
      self.classID = classID
    }
  }

  package enum Average: String, Sendable, CaseIterable { case macro, micro, weighted }

  package struct Area: Sendable, Equatable {
    package enum Curve: String, Sendable, CaseIterable { case roc, pr, prgain }
    package enum Summation: String, Sendable, CaseIterable { case interpolation, minoring, majoring }

    package var curve = Curve.roc
    package var summation = Summation.interpolation
    package var thresholdCount = 200
    package var isMultiLabel = false
    package init() {}
  }

  package var measure: Measure
  /// What reports, contracts and callbacks call it, with `val_` or `test_` before it for those splits.
  package var name: String

  package init(_ measure: Measure, name: String? = nil) {
    self.measure = measure
    self.name = name ?? measure.kind.rawValue
  }
}

extension MetricSpec.Measure {
  package var kind: MetricKind {
    switch self {
    case .accuracy: .accuracy
    case .topKAccuracy: .topKAccuracy
    case .precision: .precision
    case .recall: .recall
    case .f1: .f1
    case .auc: .auc
    }
  }
}

/// Metrics by name.
package enum MetricKind: String, Sendable, CaseIterable {
  case accuracy
  case topKAccuracy = "top_k_accuracy"
  case precision, recall, f1, auc

  /// What is measured with each metric at its own name: `loss`, `val_loss`, `test_loss`, `accuracy`, …
  static let measuredNames = (["loss"] + allCases.map(\.rawValue)).flatMap { [$0, "val_\($0)", "test_\($0)"] }
}

extension MetricKind: ArgumentedKind {
  static let text = ValueReader.alternatives(words)
  static let aliases = [
    "acc": "accuracy", "categorical_accuracy": "accuracy", "sparse_categorical_accuracy": "accuracy",
    "binary_accuracy": "accuracy", "top_5_accuracy": "top_k_accuracy", "top5": "top_k_accuracy",
    "top_k_categorical_accuracy": "top_k_accuracy", "sparse_top_k_categorical_accuracy": "top_k_accuracy",
    "f1_score": "f1", "f1score": "f1", "roc_auc": "auc", "auroc": "auc", "sensitivity": "recall",
  ]

  // MARK: Arguments

  private static let k = Argument(
    "k", .positiveInteger, default: 5, doc: "How many of the greatest values the label may be among")
  private static let threshold = Argument<Double?>(
    "thresholds", .optional(.number(.unit)), default: .some(nil),
    doc: "Above it a value is positive; 0.5 unless `top_k` chooses")
  private static let topK = Argument<Int?>(
    "top_k", .optional(.positiveInteger), default: .some(nil), doc: "Values of a sample that may be positive")
  private static let classID = Argument<Int?>(
    "class_id", .optional(.integer(0...SizeLimits.extent, text: "the index of a class")), default: .some(nil),
    doc: "The one class that is looked at")
  private static let average = Argument<MetricSpec.Average>(
    "average", .word(aliases: ["none": "macro", "mean": "macro", "samples": "micro"]), default: .macro,
    doc: "How the classes become one number: the mean of their scores, one score of all, or a mean by their samples")
  private static let f1Threshold = Argument<Double?>(
    "threshold", .optional(.number(NumberRange(from: 0, includingMinimum: false, to: 1))), default: .some(nil),
    doc: "Above it a value is positive; the greatest of its sample if none, or 0.5 of a single output")
  private static let thresholdCount = Argument(
    "num_thresholds", .integer(2...100_000, text: "a number of thresholds, at least 2"), default: 200,
    doc: "Thresholds that the curve is made of")
  private static let curve = Argument<MetricSpec.Area.Curve>(
    "curve", .word(), default: .roc, doc: "Recall over false positives, precision over recall, or their gains")
  private static let summation = Argument<MetricSpec.Area.Summation>(
    "summation_method", .word(), default: .interpolation, doc: "Which height counts between two thresholds")
  private static let multiLabel = Argument(
    "multi_label", .boolean, default: false, doc: "Whether each class has an area of its own, and their mean counts")

  private var own: [any ArgumentDescription] {
    switch self {
    case .accuracy: []
    case .topKAccuracy: [Self.k]
    case .precision, .recall: [Self.threshold, Self.topK, Self.classID]
    case .f1: [Self.average, Self.f1Threshold]
    case .auc: [Self.thresholdCount, Self.curve, Self.summation, Self.multiLabel]
    }
  }

  private var name: Argument<String> {
    Argument("name", .metricName, default: rawValue, doc: "What reports and contracts call it")
  }

  var arguments: [any ArgumentDescription] { self == .accuracy ? [] : own + [name] }
  var mainArgument: String? { self == .topKAccuracy ? Self.k.name : nil }

  // MARK: Reading

  func read(_ fields: inout FieldReader) -> MetricSpec? {
    if self == .accuracy { return MetricSpec(.accuracy) }
    let measure = measure(&fields)
    let name = fields.read(name)
    guard let measure, let name else { return nil }
    return MetricSpec(measure, name: name)
  }

  private func measure(_ fields: inout FieldReader) -> MetricSpec.Measure? {
    switch self {
    case .accuracy: return .accuracy
    case .topKAccuracy: return fields.read(Self.k).map { .topKAccuracy(k: $0) }
    case .precision, .recall:
      let (threshold, topK) = (fields.read(Self.threshold), fields.read(Self.topK))
      let classID = fields.read(Self.classID)
      guard let threshold, let topK, let classID else { return nil }
      let selection = MetricSpec.Selection(threshold: threshold, topK: topK, classID: classID)
      return self == .precision ? .precision(selection) : .recall(selection)
    case .f1:
      let (average, threshold) = (fields.read(Self.average), fields.read(Self.f1Threshold))
      guard let average, let threshold else { return nil }
      return .f1(average: average, threshold: threshold)
    case .auc:
      let (count, curve) = (fields.read(Self.thresholdCount), fields.read(Self.curve))
      let (summation, isMultiLabel) = (fields.read(Self.summation), fields.read(Self.multiLabel))
      guard let count, let curve, let summation, let isMultiLabel else { return nil }
      var area = MetricSpec.Area()
      (area.curve, area.summation) = (curve, summation)
      (area.thresholdCount, area.isMultiLabel) = (count, isMultiLabel)
      return .auc(area)
    }
  }
}

extension ValueType where Value == String {
  /// The name of a metric: a word that is no other column of a history.
  fileprivate static var metricName: ValueType {
    let text = "a name of letters, digits and `_`"
    let any = ValueType<String>.text(text, byteCount: 64)
    let taken = ["loss", "accuracy", "epoch", "seconds", "lr", "learning_rate", "max_seconds", "layers", "flops"]
    let prefixes = ["val_", "test_", "train_"]
    let free = "(?!(\(taken.joined(separator: "|")))$)(?!\(prefixes.joined(separator: "|")))"
    return ValueType(
      text, schema: .pattern("^\(free)[A-Za-z][A-Za-z0-9_]{0,63}$", among: .words),
      read: { node, reader in
        guard let name = any.read(node, &reader) else { return nil }
        let scalars = Array(name.unicodeScalars)
        let isWord = scalars.allSatisfy {
          $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil) || $0 == "_"
        }
        guard isWord, scalars.first?.properties.isAlphabetic == true else {
          reader.report(SpecCode.badName, "`\(name)` is not \(text)", at: node.span)
          return nil
        }
        if taken.contains(name) || prefixes.contains(where: name.hasPrefix) {
          reader.report(
            SpecCode.badName, "`\(name)` would be taken for something else in reports", at: node.span,
            help: "choose a name that is no other number's and has no `val_` or `test_` before it")
          return nil
        }
        return name
      },
      write: { .text($0) })
  }
}

extension ValueType where Value == [Located<Resolved<MetricSpec>>] {
  /// A list of metrics, each name once; a lone one need not be in brackets.
  static var metrics: ValueType {
    let item = ValueType<Resolved<MetricSpec>>.call(MetricKind.self, MetricKind.text)
    let list = ValueType.places(of: item, text: "a list of metrics", atMost: 64, mayBeEmpty: true)
    return ValueType(
      list.text, schema: list.schema,
      read: { node, reader in
        var node = node
        if case .mapping(let entries) = node.content, entries.count == 1 { node.content = .sequence([node]) }
        guard let metrics = list.read(node, &reader) else { return nil }
        var seen: Set<String> = []
        for metric in metrics where !seen.insert(metric.value.value.name).inserted {
          let name = metric.value.value.name
          let isPlain = metric.value.value.measure.kind == .accuracy
          reader.report(
            SpecCode.duplicateName, "two metrics are called `\(name)`", at: metric.span,
            help: isPlain ? "leave one out" : "give one of them a name: `name: \(name)_2`")
          return nil
        }
        return metrics
      },
      write: list.write)
  }
}
