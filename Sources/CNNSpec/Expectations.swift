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
    bag.add(broken("`\(key)` is \(shown(value)), and was expected to be \(text)"))
    return bag
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

  /// - Parameter metrics: names that the metrics of this training have; `nil` where they are not known.
  static func read(_ fields: inout FieldReader, metrics: [String]?) -> Expectations? {
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
      let type = ValueType<Bound>.bound(subject.unit, unless: comparison)
      guard let bound = fields.locateIfWritten(key, type) else { continue }
      items.append(
        Expectation(
          subject: subject, key: key, comparison: bound.value.comparison, bound: bound.value.number,
          text: bound.value.text, span: bound.span, path: bound.path))
    }
    return fields.hasFaults ? nil : Expectations(items: items)
  }
}

extension Expectation.Subject {
  fileprivate var unit: Bound.Unit {
    switch self {
    case .maxMemory: .memory
    case .flops: .work
    case .totalParams, .trainableParams, .nonTrainableParams: .count
    default: .number
    }
  }
}

/// `31626`, `25,636,712`, `>= 0.80`, `64 MiB`, `<= 4.2 M`.
struct Bound: Sendable {
  enum Unit {
    case number, memory, count, work

    /// A bound that works when pasted.
    var example: String? {
      switch self {
      case .number: "\">= 0.80\""
      case .memory: "64 MiB"
      case .count: "\"<= 26 M\""
      case .work: "4.1 GFLOPs"
      }
    }

    /// The words that may follow a number, and what they multiply it with.
    var factors: [String: Double] {
      let thousands = ["k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
      switch self {
      case .number: return [:]
      case .memory:
        return [
          "B": 1, "KiB": 1024, "MiB": 1_048_576, "GiB": 1_073_741_824, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9,
        ]
      case .count: return thousands
      case .work:
        let long = thousands.map { ("\($0.key)FLOPs", $0.value) } + [("FLOPs", 1)]
        return thousands.merging(long) { first, _ in first }
      }
    }
  }

  /// A comparison, a number and a unit, for JSON Schema; which unit goes with which key is told by the reader.
  static let pattern = #"^(==|>=|<=|>|<)? *[-+]?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?( *[A-Za-z]+)?$"#

  var comparison: Expectation.Comparison
  var number: Double
  var text: String
  var isQuoted: Bool
}

extension ValueType where Value == Bound {
  static func bound(_ unit: Bound.Unit, unless comparison: Expectation.Comparison) -> ValueType {
    let text =
      switch unit {
      case .memory: "an amount such as `64 MiB`"
      case .count: "a number such as `25,636,712`, or a comparison such as `\"<= 26 M\"`"
      case .work: "a number such as `4.1 GFLOPs`, or a comparison such as `\"<= 4.1 GFLOPs\"`"
      case .number: "a number, or a comparison such as `\">= 0.80\"`"
      }
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
            help: unit.example.map { "write `\(reader.name): \($0)`" })
          return nil
        }
        return Bound(
          comparison: sign ?? comparison, number: number, text: scalar.text, isQuoted: sign != nil || unit != .number)
      },
      write: { $0.isQuoted ? .text($0.text) : .plain($0.text) })
  }

  private static func amount(_ text: Substring, _ unit: Bound.Unit) -> Double? {
    let trimmed = String(text.drop { $0 == " " })
    let end =
      trimmed.lastIndex { $0.isASCII && $0.isNumber || $0 == "." }.map(trimmed.index(after:)) ?? trimmed.startIndex
    let suffix = String(trimmed[end...].drop { $0 == " " })
    guard let factor = suffix.isEmpty ? 1 : unit.factors[suffix] else { return nil }
    let number = trimmed[..<end]
    let digits = number.contains(",") ? ungrouped(number) : String(number)
    return digits.flatMap { YAMLScalar($0, isQuoted: false).number.value }.map { scaled($0, by: factor) }
  }

  /// The product; a whole number where only the rounding of a decimal, such as 4.1, keeps it from one.
  private static func scaled(_ number: Double, by factor: Double) -> Double {
    let (product, whole) = (number * factor, (number * factor).rounded())
    return abs(product - whole) <= 2 * product.ulp ? whole : product
  }

  /// `25,636,712` without its separators; `nil` where they do not stand between groups of three.
  private static func ungrouped(_ text: Substring) -> String? {
    let groups = text.split(separator: ",", omittingEmptySubsequences: false)
    let isDigits = groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
    guard isDigits, groups.dropFirst().allSatisfy({ $0.count == 3 }), let first = groups.first,
      (1...3).contains(first.count)
    else { return nil }
    return groups.joined()
  }
}
