/// What a value looks like, for JSON Schema and for the docs of layers.
package indirect enum ValueSchema: Sendable, Equatable {
  case integer(minimum: Int?, maximum: Int?)
  case number(NumberRange)
  case boolean
  case text
  case words([String])
  case list(ValueSchema, count: Int?)
  /// A mapping with these members, none of them required.
  case record([Member])
  case oneOf([ValueSchema])
  case null

  package struct Member: Sendable, Equatable {
    package let name: String
    package let schema: ValueSchema

    package init(_ name: String, _ schema: ValueSchema) {
      self.name = name
      self.schema = schema
    }
  }
}

/// Bounds of a number, each with whether it belongs to the range.
package struct NumberRange: Sendable, Equatable {
  package var minimum: Double?
  package var includesMinimum: Bool
  package var maximum: Double?
  package var includesMaximum: Bool

  package init(
    from minimum: Double? = nil, includingMinimum: Bool = true, to maximum: Double? = nil,
    includingMaximum: Bool = true
  ) {
    self.minimum = minimum
    includesMinimum = includingMinimum
    self.maximum = maximum
    includesMaximum = includingMaximum
  }

  package static let any = NumberRange()
  package static let positive = NumberRange(from: 0, includingMinimum: false)
  package static let notNegative = NumberRange(from: 0)
  package static let unit = NumberRange(from: 0, to: 1)
  package static let belowOne = NumberRange(from: 0, to: 1, includingMaximum: false)

  package func contains(_ value: Double) -> Bool {
    if let minimum, includesMinimum ? value < minimum : value <= minimum { return false }
    if let maximum, includesMaximum ? value > maximum : value >= maximum { return false }
    return true
  }

  /// `at least 0 and below 1`
  package var text: String {
    let low = minimum.map { (includesMinimum ? "at least " : "above ") + Self.text($0) }
    let high = maximum.map { (includesMaximum ? "at most " : "below ") + Self.text($0) }
    return [low, high].compactMap(\.self).joined(separator: " and ")
  }

  private static func text(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
