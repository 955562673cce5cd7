internal import CNNDiagnostics
internal import CNNYAML

/// What an expectation holds a number to: `31626`, `25,636,712`, `>= 0.80`, `64 MiB`, `<= 4.2 M`.
struct Bound: Sendable {
  /// What is counted, which decides the words that may follow the number.
  enum Unit {
    /// Layers, pixels.
    case number
    case count, work, memory, seconds, metric

    init(of subject: Expectation.Subject) {
      self =
        switch subject {
        case .maxMemory: .memory
        case .flops: .work
        case .totalParams, .trainableParams, .nonTrainableParams: .count
        case .maxSeconds: .seconds
        case .metric: .metric
        case .layers, .receptiveField, .outputShape: .number
        }
    }

    /// Completes "takes …".
    var text: String {
      switch self {
      case .memory: "an amount such as `64 MiB`"
      case .count: "a number such as `25,636,712`, or a comparison such as `\"<= 26 M\"`"
      case .work: "a number such as `4.1 GFLOPs`, or a comparison such as `\"<= 4.1 GFLOPs\"`"
      case .seconds: "a number of seconds such as `60`"
      case .number: "a number, or a comparison such as `\">= 12\"`"
      case .metric: "a number, or a comparison such as `\">= 0.80\"`"
      }
    }

    /// The words that may follow a number, and what they multiply it with.
    var factors: [String: Double] {
      let thousands = ["k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12]
      switch self {
      case .number, .seconds, .metric: return [:]
      case .memory:
        return [
          "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30,
          "TiB": 0x1p40,
        ]
      case .count: return thousands
      case .work:
        let long = thousands.map { ("\($0.key)FLOPs", $0.value) } + [("FLOPs", 1)]
        return thousands.merging(long) { first, _ in first }
      }
    }

    /// For JSON Schema: a comparison, a number and one of the units.
    var pattern: String {
      let sign = Expectation.Comparison.allCases.map(\.rawValue).joined(separator: "|")
      let plain = #"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?"#
      let grouped = "[1-9][0-9]{0,2}(,[0-9]{3})+"
      let units = factors.isEmpty ? "" : "( *(\(factors.keys.sorted().joined(separator: "|"))))?"
      return "^(\(sign))? *(\(plain)|\(grouped))\(units)$"
    }
  }

  let comparison: Expectation.Comparison
  let number: Double
  let text: String
  /// Whether the resolved spec puts it in quotes.
  let isQuoted: Bool

  /// - Parameter standard: of a number alone.
  init?(_ text: String, _ unit: Unit, unless standard: Expectation.Comparison) {
    var rest = Substring(text)
    // Longer signs first: `>=` begins with `>`.
    let sign = Expectation.Comparison.allCases.first { rest.hasPrefix($0.rawValue) }
    if let sign { rest = rest.dropFirst(sign.rawValue.count) }
    guard let number = Self.amount(rest, unit) else { return nil }
    self.number = number
    self.text = text
    comparison = sign ?? standard
    isQuoted = sign != nil || !unit.factors.isEmpty
  }

  private static func amount(_ text: Substring, _ unit: Unit) -> Double? {
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
  static func ungrouped(_ text: Substring) -> String? {
    let groups = text.split(separator: ",", omittingEmptySubsequences: false)
    let isDigits = groups.allSatisfy { $0.allSatisfy { $0.isASCII && $0.isNumber } }
    guard isDigits, groups.dropFirst().allSatisfy({ $0.count == 3 }), let first = groups.first,
      (1...3).contains(first.count)
    else { return nil }
    return groups.joined()
  }
}

extension ValueType where Value == Bound {
  static func bound(_ unit: Bound.Unit, unless comparison: Expectation.Comparison) -> ValueType {
    ValueType(
      unit.text, schema: .oneOf([.number(.any), .pattern(unit.pattern, among: .strings)]),
      read: { node, reader in
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: unit.text)
          return nil
        }
        if case .fault(let fault) = scalar.number, fault.kind == .notFinite || fault.kind == .null {
          reader.report(fault, of: node, expected: unit.text)
          return nil
        }
        if !scalar.isBlock, let bound = Bound(scalar.text, unit, unless: comparison) { return bound }
        let repair = BoundRepair(scalar.trimmedText, unit, key: reader.name)
        reader.report(
          SpecCode.comparison, "`\(reader.name)` takes \(unit.text), not \(node.described)", at: node.span,
          label: repair.map { "write `\($0.text)`" } ?? "",
          help: repair.map { "write `\(reader.writtenName): \($0.text)`" }
            ?? "a bound is written as in `\(reader.writtenName): \(BoundRepair.example(of: reader.name, unit))`",
          fix: repair.map { reader.replacing(node, with: $0.text, isSafe: $0.isSafe) })
        return nil
      },
      write: { $0.isQuoted ? .text($0.text) : .plain($0.text) })
  }
}
