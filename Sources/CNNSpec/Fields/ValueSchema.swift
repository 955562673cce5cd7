package import CNNDiagnostics

/// What a value looks like, for JSON Schema and for the docs of layers.
package indirect enum ValueSchema: Sendable, Equatable {
  case integer(minimum: Int?, maximum: Int?)
  case number(NumberRange)
  case boolean
  case text
  /// Text of a form, a regular expression, among scalars of these kinds.
  case pattern(String, among: ScalarKinds)
  case words([String])
  /// A list of so many.
  case sequence(of: ValueSchema, counts: ClosedRange<Int>)
  /// A mapping with these members.
  case record([Member])
  /// A mapping with exactly one of these members: a name with its arguments.
  case choice([Member])
  /// A mapping from words that the author chooses, at least one.
  case map(ValueSchema)
  case oneOf([ValueSchema])
  /// What several keys take: in JSON Schema one definition of this name.
  case named(String, ValueSchema)
  /// A list of layers, at least one.
  case layers
  /// A list of layers that may be empty: what is read goes on unchanged.
  case layersOrNone

  /// What JSON's types leave of the scalars that YAML has as text.
  package enum ScalarKinds: Sendable {
    /// All: `007` and `true` are texts too.
    case any
    /// `true` is one, `007` is not.
    case words
    /// Neither is.
    case strings
  }

  package struct Member: Sendable, Equatable {
    package let name: String
    package let schema: ValueSchema
    /// One sentence without a full stop; empty where the name says it all.
    package let doc: String
    package let defaultValue: JSONText?
    package let isRequired: Bool
    package let examples: [JSONText]

    package init(
      _ name: String, _ schema: ValueSchema, doc: String = "", default defaultValue: JSONText? = nil,
      isRequired: Bool = false, examples: [JSONText] = []
    ) {
      self.name = name
      self.schema = schema
      self.doc = doc
      self.defaultValue = defaultValue
      self.isRequired = isRequired
      self.examples = examples
    }

    package init(_ argument: any ArgumentDescription, examples: [JSONText] = []) {
      let node = argument.defaultNode
      self.init(
        argument.name, argument.schema, doc: "\(argument.doc): \(argument.typeText)", default: node.map(JSONText.init),
        isRequired: node == nil, examples: examples)
    }
  }

  /// A list of exactly so many items, or of one or more.
  package static func list(_ item: ValueSchema, count: Int?) -> ValueSchema {
    .sequence(of: item, counts: count.map { $0...$0 } ?? 1...Int.max)
  }

  /// The arguments behind a name: by name, or the first alone.
  package static func arguments(_ arguments: [any ArgumentDescription]) -> ValueSchema {
    let record = ValueSchema.record(arguments.map { Member($0) })
    guard let first = arguments.first else { return record }
    return .oneOf([first.schema, record])
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
