package import CNNGraph
package import CNNYAML

extension ValueType where Value == Int {
  package static func integer(
    _ range: ClosedRange<Int>, text: String = "an integer"
  ) -> ValueType {
    ValueType(
      text, schema: .integer(minimum: range.lowerBound, maximum: range.upperBound),
      read: { node, reader in
        guard let scalar = node.scalar else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        switch scalar.integer {
        case .fault(let fault):
          reader.report(fault, of: node, expected: text)
          return nil
        case .value(let value):
          if range.contains(value) { return value }
          let isLow = value < range.lowerBound
          let bound = isLow ? range.lowerBound : range.upperBound
          reader.report(
            SpecCode.outOfRange,
            "`\(reader.name)` is \(value), and must be at \(isLow ? "least" : "most") \(bound)", at: node.span,
            label: isLow ? "below \(bound)" : "exceeds the limit of \(bound)")
          return nil
        }
      },
      write: { .integer($0) })
  }

  /// A positive integer, or -1, which stands for something else.
  package static func positiveIntegerOrMinusOne(text: String) -> ValueType {
    let any = ValueType<Int>.integer(-1...SizeLimits.extent, text: text)
    return ValueType(
      text, schema: .oneOf([.integer(minimum: 1, maximum: SizeLimits.extent), .integer(minimum: -1, maximum: -1)]),
      read: { node, reader in
        guard let value = any.read(node, &reader) else { return nil }
        if value != 0 { return value }
        reader.report(
          SpecCode.outOfRange, "`\(reader.name)` is 0, and must be at least 1, or -1", at: node.span,
          help: "write \(text)")
        return nil
      },
      write: any.write)
  }

  package static var positiveInteger: ValueType { .integer(1...SizeLimits.extent, text: "a positive integer") }
  /// Seeds: all that fits into 32 bits, as NumPy's.
  package static var seed: ValueType { .integer(0...0xFFFF_FFFF, text: "an integer from 0 to 4294967295") }
  package static var axis: ValueType { .integer(-8...8, text: "the number of an axis") }
}

extension ValueType where Value == Double {
  /// - Parameter allowsFraction: whether `1/255` is a number as well.
  package static func number(
    _ range: NumberRange = .any, text: String? = nil, allowsFraction: Bool = false
  ) -> ValueType {
    let text = text ?? (range == .any ? "a number" : "a number \(range.text)")
    return ValueType(
      text,
      schema: allowsFraction ? .oneOf([.number(range), .pattern(fractionPattern, among: .strings)]) : .number(range),
      read: { node, reader in
        guard let scalar = node.scalar else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        let value: Double
        if allowsFraction, scalar.text.contains("/") {
          guard let quotient = fraction(scalar, of: node, into: &reader) else { return nil }
          value = quotient
        } else {
          switch scalar.number {
          case .fault(let fault):
            reader.report(fault, of: node, expected: text)
            return nil
          case .value(let number): value = number
          }
        }
        if range.contains(value) { return value }
        // Percents, where a fraction is taken.
        let isPercent = range.maximum == 1 && value >= 5 && value <= 100
        let meant = isPercent ? BoundRepair.shifted(scalar.text, by: 2) : nil
        reader.report(
          SpecCode.outOfRange, "`\(reader.name)` is \(scalar.text), and must be \(range.text)", at: node.span,
          label: meant.map { "did you mean `\($0)`?" } ?? "", help: meant.map { "write `\(reader.written($0))`" },
          fix: meant.map { reader.replacing(node, with: $0, isSafe: false) })
        return nil
      },
      write: { .number($0) })
  }

  private static var fractionPattern: String {
    let number = #"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"#
    // Nothing is divided by zero.
    return "^\(number) */ *(?![-+]?[0.]+$)\(number)$"
  }

  /// `1/255`: one number over another, no expression beyond it.
  private static func fraction(_ scalar: YAMLScalar, of node: YAMLNode, into reader: inout ValueReader) -> Double? {
    let parts = scalar.text.split(separator: "/", omittingEmptySubsequences: false)
    let numbers = parts.map { part in
      // Python's `1./255`.
      YAMLScalar(String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()), isQuoted: false).number.value
    }
    if numbers.count == 2, let top = numbers[0], let bottom = numbers[1], bottom != 0, (top / bottom).isFinite {
      return top / bottom
    }
    reader.report(
      SpecCode.fraction, "`\(reader.name)` takes a number or a fraction of two, not \(node.described)", at: node.span,
      help: "write `\(reader.writtenName): 1/255`, or `\(reader.writtenName): \(1.0 / 255)`")
    return nil
  }
}

extension ValueType where Value == Bool {
  package static var boolean: ValueType {
    let text = "`true` or `false`"
    return ValueType(
      text, schema: .boolean,
      read: { node, reader in
        guard let scalar = node.scalar else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        switch scalar.boolean {
        case .value(let value): return value
        case .fault(let fault):
          reader.report(fault, of: node, expected: text)
          return nil
        }
      },
      write: { .boolean($0) })
  }
}

extension ValueType where Value == String {
  /// Any text, verbatim: `no`, `1.10` and `007` stay what they are.
  package static func text(_ text: String = "text", byteCount limit: Int = 256) -> ValueType {
    ValueType(
      text, schema: .text,
      read: { node, reader in
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        if node.isNull {
          reader.report(
            SpecCode.emptyValue, "`\(reader.name)` takes \(text), and \(node.described) means no value", at: node.span,
            help: "leave `\(reader.name)` out, or put it in quotes if it is text: `\"\(scalar.text)\"`")
          return nil
        }
        guard scalar.text.utf8.count <= limit else {
          reader.report(
            SpecCode.outOfRange, "`\(reader.name)` has \(scalar.text.utf8.count) bytes, and may have \(limit)",
            at: node.span)
          return nil
        }
        return scalar.text
      },
      write: { .text($0) })
  }
}

extension ValueType where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of an enum's words.
  ///
  /// - Parameter aliases: words known from elsewhere, in lower case, and what they are called here.
  package static func word(aliases: [String: String] = [:]) -> ValueType {
    let words = Value.allCases.map(\.rawValue)
    let text = ValueReader.alternatives(words)
    return ValueType(
      text, schema: .words(words),
      read: { node, reader in
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        if let value = Value(rawValue: scalar.text) { return value }
        reader.reportUnknownWord(node, scalar.text, among: words, aliases: aliases)
        return nil
      },
      write: { .plain($0.rawValue) })
  }
}

extension ValueType {
  /// The same, or nothing: `none`.
  package static func optional<Wrapped: Sendable>(
    _ type: ValueType<Wrapped>
  ) -> ValueType where Value == Wrapped? {
    ValueType(
      type.text + ", or `none`", schema: .oneOf([type.schema, .words(["none"])]),
      read: { node, reader in
        if let scalar = node.scalar, !scalar.isQuoted, scalar.text == "none" { return .some(nil) }
        guard let value = type.read(node, &reader) else { return nil }
        return .some(value)
      },
      write: { $0.map(type.write) ?? .plain("none") })
  }
}
