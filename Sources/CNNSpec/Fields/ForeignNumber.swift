/// A number as it is written elsewhere: `50%`, `0,5`, `1/2`, `5 * 2`, `“10”`, `units=10`.
enum ForeignNumber {
  private static let longest = 40

  /// The number that is meant, if a key of this schema takes it; `nil` where nobody can tell.
  ///
  /// - Parameter key: whose value it is; it may stand before the number once more.
  static func meant(_ text: String, for schema: ValueSchema?, key: String) -> String? {
    guard let schema, text.utf8.count <= longest else { return nil }
    var rest = text.filter { !$0.isWhitespace && !"“”„‘’`'\"".contains($0) }[...]
    if rest.hasPrefix("\(key)=") { rest = rest.dropFirst(key.count + 1) }
    // `10,`, as in a list or a program
    while let last = rest.last, last == "," || last == ";" { rest.removeLast() }
    // `units 10`
    if text.hasPrefix("\(key) ") { rest = rest.dropFirst(key.count) }
    let value = percent(rest) ?? decimal(rest) ?? result(rest) ?? (rest.count < text.count ? String(rest) : nil)
    guard let value, value != text, schema.takesNumber(value) else { return nil }
    return value
  }

  private static func percent(_ text: Substring) -> String? {
    text.hasSuffix("%") ? BoundRepair.shifted(String(text.dropLast()), by: 2) : nil
  }

  /// With a comma for a point.
  private static func decimal(_ text: Substring) -> String? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isASCII && $0.isNumber } }) else {
      return nil
    }
    return "\(parts[0]).\(parts[1])"
  }

  /// What comes of two numbers and a sign between them.
  static func result(_ text: Substring) -> String? {
    for sign in ["**", "//", "*", "/", "+", "-"] {
      guard let place = text.dropFirst().firstRange(of: sign) else { continue }
      guard let left = Double(text[..<place.lowerBound]), let right = Double(text[place.upperBound...]) else {
        return nil
      }
      let value: Double
      switch sign {
      case "**": value = (0..<Int(min(64, max(0, right)))).reduce(1.0) { power, _ in power * left }
      case "//": value = (left / right).rounded(.down)
      case "*": value = left * right
      case "/": value = left / right
      case "+": value = left + right
      default: value = left - right
      }
      guard value.isFinite, value.magnitude < 1e15 else { return nil }
      let text = "\(value)"
      return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
    return nil
  }
}

extension ValueSchema {
  /// Whether a number of this text is in the form and the range.
  func takesNumber(_ text: String) -> Bool {
    switch self {
    case .integer(let minimum, let maximum):
      Int(text).map { $0 >= minimum ?? Int.min && $0 <= maximum ?? Int.max } ?? false
    case .number(let range): Double(text).map(range.contains) ?? false
    case .oneOf(let schemas): schemas.contains { $0.takesNumber(text) }
    case .named(_, let schema): schema.takesNumber(text)
    default: false
    }
  }
}
