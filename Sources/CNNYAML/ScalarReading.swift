/// What a field that asks for a number or a boolean gets from a scalar.
package enum ScalarReading<Value: Sendable & Equatable>: Sendable, Equatable {
  case value(Value)
  case fault(ScalarFault)

  package var value: Value? {
    if case .value(let value) = self { return value }
    return nil
  }
}

/// Why a scalar's text is not what a field asks for.
package struct ScalarFault: Error, Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case empty, null
    /// Right but for its quotes.
    case quoted
    /// Right but for its block style.
    case block
    case leadingZeros, digitSeparator, sexagesimal, otherBase, notFinite
    /// Beyond what a 64-bit integer or a 32-bit float holds.
    case tooLarge
    /// Not zero, but nearer to it than a 32-bit float can be.
    case tooSmall
    /// A number where an integer is asked for.
    case notWhole
    /// `yes`, `on` and the like, which YAML 1.1 took for booleans.
    case oldBoolean
    case otherCase
    case notANumber, notABoolean
  }

  package let kind: Kind
  /// What to write instead, if that is certain.
  package let suggestion: String?

  package init(_ kind: Kind, suggestion: String? = nil) {
    self.kind = kind
    self.suggestion = suggestion
  }

  /// Completes "`007` …".
  package var reason: String {
    switch kind {
    case .empty: "is left out"
    case .null: "means no value"
    case .quoted: "is in quotes, so it is text"
    case .block: "is text"
    case .leadingZeros: "has leading zeros"
    case .digitSeparator: "has separators between its digits"
    case .sexagesimal: "has colons between its digits"
    case .otherBase: "is not decimal"
    case .notFinite: "is not finite"
    case .tooLarge: "is too large"
    case .tooSmall: "is too close to zero"
    case .notWhole: suggestion == nil ? "is not a whole number" : "is not written as a whole number"
    case .oldBoolean: "is text here, only `true` and `false` are booleans"
    case .otherCase: "is not in lower case"
    case .notANumber: "is not a number"
    case .notABoolean: "is neither `true` nor `false`"
    }
  }
}

extension YAMLScalar {
  package var integer: ScalarReading<Int> { reading(ScalarGrammar.parseInteger) }
  package var number: ScalarReading<Double> { reading(ScalarGrammar.parseNumber) }
  package var boolean: ScalarReading<Bool> { reading(ScalarGrammar.parseBoolean) }

  private func reading<Value>(_ parse: (String) -> ScalarReading<Value>) -> ScalarReading<Value> {
    let text = trimmedText
    let reading = parse(text)
    guard isQuoted, case .value = reading else { return reading }
    return .fault(ScalarFault(isBlock ? .block : .quoted, suggestion: text))
  }
}

/// The few forms in which a spec writes numbers and booleans, the same for every locale.
///
///     integer  [-+]? digits
///     number   [-+]? (digits | digits . digits? | . digits) ([eE] [-+]? digits)?
///     boolean  true | false
///
/// Octal and sexagesimal numbers, `yes` and `no` of YAML 1.1 are faults, so no text changes its meaning
/// with the version of YAML that a reader has in mind.
package enum ScalarGrammar {
  /// Longer texts are no numbers that anyone wrote.
  private static let longestNumber = 64

  package static func parseInteger(_ text: String) -> ScalarReading<Int> {
    guard let form = NumberForm(text), text.utf8.count <= longestNumber else { return .fault(explain(text)) }
    guard form.isInteger else {
      let whole = Double(text).flatMap { Int(exactly: $0) }
      return .fault(ScalarFault(.notWhole, suggestion: whole.map(String.init)))
    }
    if form.hasLeadingZeros { return .fault(ScalarFault(.leadingZeros, suggestion: form.withoutLeadingZeros)) }
    guard let value = Int(text) else { return .fault(ScalarFault(.tooLarge)) }
    return .value(value)
  }

  package static func parseNumber(_ text: String) -> ScalarReading<Double> {
    guard let form = NumberForm(text), text.utf8.count <= longestNumber else { return .fault(explain(text)) }
    if form.hasLeadingZeros { return .fault(ScalarFault(.leadingZeros, suggestion: form.withoutLeadingZeros)) }
    guard let value = Double(text) else { return .fault(ScalarFault(.notANumber)) }
    if Float(value).isInfinite { return .fault(ScalarFault(.tooLarge)) }
    if Float(value) == 0, !form.isZero { return .fault(ScalarFault(.tooSmall)) }
    return .value(value)
  }

  package static func parseBoolean(_ text: String) -> ScalarReading<Bool> {
    switch text {
    case "true": return .value(true)
    case "false": return .value(false)
    default: break
    }
    if let missing = missing(text) { return .fault(missing) }
    switch text.lowercased() {
    case "true", "false": return .fault(ScalarFault(.otherCase, suggestion: text.lowercased()))
    case "yes", "on", "y": return .fault(ScalarFault(.oldBoolean, suggestion: "true"))
    case "no", "off", "n": return .fault(ScalarFault(.oldBoolean, suggestion: "false"))
    default: return .fault(ScalarFault(.notABoolean))
    }
  }

  private static func missing(_ text: String) -> ScalarFault? {
    if text.isEmpty { return ScalarFault(.empty) }
    return ["~", "null", "Null", "NULL"].contains(text) ? ScalarFault(.null) : nil
  }

  /// Names the form of YAML 1.1 or of a programming language that a text has.
  private static func explain(_ text: String) -> ScalarFault {
    if let missing = missing(text) { return missing }
    var unsigned = Substring(text)
    if let sign = unsigned.first, sign == "-" || sign == "+" { unsigned = unsigned.dropFirst() }
    let word = unsigned.lowercased()
    if [".inf", "inf", "infinity", ".nan", "nan"].contains(word) { return ScalarFault(.notFinite) }
    guard let first = word.unicodeScalars.first, ("0"..."9").contains(first), text.utf8.count <= longestNumber else {
      return ScalarFault(.notANumber)
    }
    if word.hasPrefix("0x") || word.hasPrefix("0o") || word.hasPrefix("0b") {
      let radix = word.hasPrefix("0x") ? 16 : word.hasPrefix("0o") ? 8 : 2
      let value = Int(word.dropFirst(2), radix: radix)
      return value == nil ? ScalarFault(.notANumber) : ScalarFault(.otherBase, suggestion: value.map(String.init))
    }
    let bare = String(text.filter { $0 != "_" && $0 != "," && $0 != "'" })
    if bare.count < text.count, NumberForm(bare) != nil {
      // `1,5` may be a fraction as well as 15.
      return ScalarFault(.digitSeparator, suggestion: text.contains(",") ? nil : bare)
    }
    if word.contains(":"), word.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ":" || $0 == ".") }) {
      return ScalarFault(.sexagesimal)
    }
    return ScalarFault(.notANumber)
  }
}
