package import CNNDiagnostics
package import CNNYAML

/// The section `expect`: what must hold of the model, before training and after it.
package struct Expectations: Sendable {
  package var items: [Expectation]

  package func first(_ subject: Expectation.Subject) -> Expectation? { items.first { $0.subject == subject } }

  /// Whether some of them can only be judged by a plan.
  package var needsPlan: Bool { items.contains { $0.subject == .flops || $0.subject == .maxMemory } }

  /// Those that the model alone decides and that do not hold. (`flops` and `max_memory` need a plan.)
  package func broken(by model: CheckedModel) -> DiagnosticBag {
    var bag = DiagnosticBag()
    for item in items {
      switch item.subject {
      case .totalParams: bag.add(contentsOf: item.check(Double(model.parameterCount)))
      case .trainableParams: bag.add(contentsOf: item.check(Double(model.trainableParameterCount)))
      case .nonTrainableParams: bag.add(contentsOf: item.check(Double(model.nonTrainableParameterCount)))
      case .receptiveField:
        guard model.oversized.isEmpty else { continue }
        if let field = model.receptiveField {
          bag.add(contentsOf: item.check(Double(max(field.rows.pixels, field.columns.pixels))))
        } else {
          bag.add(item.broken("no value of the model has rows and columns, and so a receptive field"))
        }
      case .layers: bag.add(contentsOf: item.check(Double(model.layers.count)))
      case .outputShape(let extents) where extents != model.outputType.extents:
        bag.add(item.broken("the output of `\(model.output.spec.name)` is \(model.outputType.extents), not \(extents)"))
      case .outputShape, .flops, .maxMemory, .maxSeconds, .metric: break
      }
    }
    return bag
  }
}

/// One line of `expect`: a number of the model or of a run, and what it is held to.
package struct Expectation: Sendable, Equatable {
  package enum Subject: Sendable, Hashable {
    case totalParams, trainableParams, nonTrainableParams, layers, receptiveField, flops, maxMemory, maxSeconds
    case outputShape([Int])
    /// `val_accuracy`, `loss`, …: measured.
    case metric(String)
  }

  package enum Comparison: String, Sendable, CaseIterable {
    case equal = "=="
    case atLeast = ">="
    case atMost = "<="
    case above = ">"
    case below = "<"

    package func holds(_ value: Double, _ bound: Double) -> Bool {
      switch self {
      case .equal: value == bound
      case .atLeast: value >= bound
      case .atMost: value <= bound
      case .above: value > bound
      case .below: value < bound
      }
    }
  }

  package let subject: Subject
  package let key: String
  package let comparison: Comparison
  package let bound: Double
  /// As it is written: `>= 0.80`.
  package let text: String
  package let span: SourceSpan
  package let path: String

  /// The fault, if the value does not meet the expectation; NaN meets none.
  package func check(_ value: Double) -> DiagnosticBag {
    var bag = DiagnosticBag()
    if comparison.holds(value, bound) { return bag }
    bag.add(broken("`\(key)` is \(shown(value)), and was expected to be \(wanted)"))
    return bag
  }

  /// The bound with its comparison, which a number alone leaves out where it is a most: `<= 60`.
  private var wanted: String {
    comparison == .equal || text.hasPrefix(comparison.rawValue) ? text : "\(comparison.rawValue) \(text)"
  }

  /// In the form in which the bound is written: with a unit, or with separators.
  private func shown(_ value: Double) -> String {
    guard value == value.rounded(), value.magnitude < 1e15 else { return "\(value)" }
    let digits = Int(value)
    if subject == .maxMemory {
      let unit = [("GiB", 30), ("MiB", 20), ("KiB", 10)].first { digits >= 1 << $0.1 }
      guard let unit else { return "\(digits) bytes" }
      let tenths = (10 * value / Double(1 << unit.1)).rounded(.up) / 10
      return "\(tenths) \(unit.0) (\(digits) bytes)"
    }
    return text.contains(",") ? Self.grouped(digits) : "\(digits)"
  }

  /// `25,636,712`
  private static func grouped(_ value: Int) -> String {
    var text = ""
    for (index, digit) in String(value).reversed().enumerated() {
      if index > 0, index.isMultiple(of: 3), digit != "-" { text.append(",") }
      text.append(digit)
    }
    return String(text.reversed())
  }

  package func broken(_ message: String) -> Diagnostic {
    Diagnostic(SpecCode.brokenExpectation, message, at: span, label: "expected here", path: path)
  }
}

/// Reads the section `expect`.
enum ExpectationReader {
  private static let fixed: [(key: String, subject: Expectation.Subject, comparison: Expectation.Comparison)] = [
    ("total_params", .totalParams, .equal), ("trainable_params", .trainableParams, .equal),
    ("non_trainable_params", .nonTrainableParams, .equal), ("layers", .layers, .equal),
    ("receptive_field", .receptiveField, .equal), ("flops", .flops, .atMost), ("max_memory", .maxMemory, .atMost),
    ("max_seconds", .maxSeconds, .atMost),
  ]
  private static let measured = MetricKind.measuredNames
  static var schema: ValueSchema {
    func member(_ key: String, _ subject: Expectation.Subject) -> ValueSchema.Member {
      .init(key, ValueType<Bound>.bound(Bound.Unit(of: subject), unless: .equal).schema)
    }
    return .record(
      fixed.map { member($0.key, $0.subject) }
        + [.init("output_shape", extents.schema, doc: "Extents of the output, without the batch")]
        + measured.map { member($0, .metric($0)) })
  }

  private static let extents = ValueType<[Int]>.list(
    of: .positiveInteger, text: "a list of extents such as `[10]`", atMost: 8)

  /// - Parameter metrics: names that the metrics of this training have; `nil` where they are not known.
  /// - Returns: those that could be read.
  static func read(_ fields: inout FieldReader, metrics: [String]?) -> Expectations {
    let own = (metrics ?? []).flatMap { [$0, "val_\($0)", "test_\($0)"] }
    let measured = Self.measured + own.filter { !Self.measured.contains($0) }
    fields.reportUnknownKeys(
      Vocabulary([], and: fixed.map(\.key) + ["output_shape"] + measured), in: "`expect`")
    var items: [Expectation] = []
    if let shape = fields.locateIfWritten("output_shape", extents) {
      items.append(
        Expectation(
          subject: .outputShape(shape.value), key: "output_shape", comparison: .equal, bound: 0,
          text: "\(shape.value)", span: shape.span, path: shape.path))
    }
    let known = fixed + measured.map { ($0, .metric($0), .equal) }
    for (key, subject, comparison) in known {
      let type = ValueType<Bound>.bound(Bound.Unit(of: subject), unless: comparison)
      guard let bound = fields.locateIfWritten(key, type) else { continue }
      let item = Expectation(
        subject: subject, key: key, comparison: bound.value.comparison, bound: bound.value.number,
        text: bound.value.text, span: bound.span, path: bound.path)
      if let fault = item.impossibility { fields.take(fault) } else { items.append(item) }
    }
    return Expectations(items: items)
  }
}
