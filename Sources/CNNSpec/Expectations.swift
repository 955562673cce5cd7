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
    case totalParams, trainableParams, layers, flops, maxMemory, maxSeconds
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
    let shown = value == value.rounded() && value.magnitude < 1e15 ? "\(Int(value))" : "\(value)"
    bag.add(broken("`\(key)` is \(shown), and was expected to be \(text)"))
    return bag
  }

  package func broken(_ message: String) -> Diagnostic {
    Diagnostic(SpecCode.brokenExpectation, message, at: span, label: "expected here", path: path)
  }
}

/// Reads the section `expect`.
enum ExpectationReader {
  private static let fixed: [(key: String, subject: Expectation.Subject, comparison: Expectation.Comparison)] = [
    ("total_params", .totalParams, .equal), ("trainable_params", .trainableParams, .equal),
    ("layers", .layers, .equal), ("flops", .flops, .atMost), ("max_memory", .maxMemory, .atMost),
    ("max_seconds", .maxSeconds, .atMost),
  ]
  private static let measured = ["loss", "accuracy"].flatMap { [$0, "val_\($0)", "test_\($0)"] }
  static var schema: ValueSchema {
    let bounds = fixed.map { key, subject, _ in
      ValueSchema.Member(
        key, ValueType<Bound>.bound(subject == .maxMemory ? .memory : .number, unless: .equal).schema)
    }
    return .record(
      bounds + [.init("output_shape", extents.schema, doc: "Extents of the output, without the batch")]
        + measured.map { .init($0, ValueType<Bound>.bound(.number, unless: .equal).schema) })
  }

  private static let extents = ValueType<[Int]>.list(
    of: .positiveInteger, text: "a list of extents such as `[10]`", atMost: 8)

  static func read(_ fields: inout FieldReader) -> Expectations? {
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
      let type = ValueType<Bound>.bound(subject == .maxMemory ? .memory : .number, unless: comparison)
      guard let bound = fields.locateIfWritten(key, type) else { continue }
      items.append(
        Expectation(
          subject: subject, key: key, comparison: bound.value.comparison, bound: bound.value.number,
          text: bound.value.text, span: bound.span, path: bound.path))
    }
    return fields.hasFaults ? nil : Expectations(items: items)
  }
}

/// `31626`, `>= 0.80`, `64 MiB`.
struct Bound: Sendable {
  enum Unit { case number, memory }

  /// A comparison, a number and a unit, for JSON Schema; which unit goes with which key is told by the reader.
  static let pattern = #"^(==|>=|<=|>|<)? *[-+]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?( +[A-Za-z]+)?$"#

  var comparison: Expectation.Comparison
  var number: Double
  var text: String
  var isQuoted: Bool
}

extension ValueType where Value == Bound {
  static func bound(_ unit: Bound.Unit, unless comparison: Expectation.Comparison) -> ValueType {
    let text = unit == .memory ? "an amount such as `64 MiB`" : "a number, or a comparison such as `\">= 0.80\"`"
    return ValueType(
      text,
      schema: .oneOf([.number(.any), .pattern(Bound.pattern)]),
      read: { node, reader in
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        var rest = Substring(scalar.text)
        // Longer signs first: `>=` begins with `>`.
        let sign = Expectation.Comparison.allCases.first { rest.hasPrefix($0.rawValue) }
        if let sign { rest = rest.dropFirst(sign.rawValue.count) }
        guard let number = amount(rest, unit) else {
          reader.report(
            SpecCode.comparison, "`\(reader.name)` takes \(text), not \(node.described)", at: node.span,
            help: unit == .memory
              ? "write `\(reader.name): 64 MiB`" : "write `\(reader.name): \">= 0.80\"`")
          return nil
        }
        return Bound(
          comparison: sign ?? comparison, number: number, text: scalar.text, isQuoted: sign != nil || unit == .memory)
      },
      write: { $0.isQuoted ? .text($0.text) : .plain($0.text) })
  }

  private static func amount(_ text: Substring, _ unit: Bound.Unit) -> Double? {
    var words = text.split(separator: " ")
    var factor = 1.0
    if unit == .memory, words.count == 2, let last = words.popLast() {
      let factors = ["B": 1.0, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "kB": 1e3, "MB": 1e6, "GB": 1e9]
      guard let known = factors[String(last)] else { return nil }
      factor = known
    }
    guard words.count == 1, let word = words.first else { return nil }
    return YAMLScalar(String(word), isQuoted: false).number.value.map { $0 * factor }
  }
}
