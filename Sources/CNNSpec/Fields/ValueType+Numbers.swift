internal import CNNYAML

/// A number, or a list of them.
package struct Numbers: Sendable, Hashable {
  package var values: [Double]
  /// Whether they were written as a list, even of one.
  package var isList: Bool

  package init(_ values: [Double], isList: Bool) {
    self.values = values
    self.isList = isList
  }

  package init(_ number: Double) { self.init([number], isList: false) }
}

extension ValueType where Value == Numbers {
  /// `0.5`, or `[0.5, 0.25, 0.125]`.
  ///
  /// - Parameter allowsFraction: whether `1/255` is a number as well.
  package static func numbers(_ range: NumberRange = .any, allowsFraction: Bool = false) -> ValueType {
    let item = ValueType<Double>.number(range, allowsFraction: allowsFraction)
    let text = range == .any ? "a number or a list of them" : "a number \(range.text), or a list of them"
    let list = ValueType<[Double]>.list(of: item, text: text, atMost: 1 << 16)
    return ValueType(
      text, schema: .oneOf([item.schema, list.schema]),
      read: { node, reader in
        if case .sequence = node.content { return list.read(node, &reader).map { Numbers($0, isList: true) } }
        return item.read(node, &reader).map { Numbers($0) }
      },
      write: { $0.isList ? list.write($0.values) : item.write($0.values.first ?? 0) })
  }
}

extension ValueType where Value == ClosedRange<Double> {
  /// What an augmentation draws from: `[-0.1, 0.3]`, in any order, or a number that stands for a range.
  ///
  /// - Parameters:
  ///   - bounds: of every number.
  ///   - alone: the range that one number f stands for; -|f| to |f| unless it says otherwise.
  package static func factor(
    _ bounds: NumberRange, alone: @escaping @Sendable (Double) -> ClosedRange<Double> = { -abs($0)...abs($0) }
  ) -> ValueType {
    let item = ValueType<Double>.number(bounds)
    let text = "a number \(bounds.text), or two of them"
    return ValueType(
      text, schema: .oneOf([item.schema, .list(item.schema, count: 2)]),
      read: { node, reader in
        guard case .sequence = node.content else {
          if node.scalar?.text.hasPrefix("(") ?? true {
            reader.reportWrongType(node, expected: text)
            return nil
          }
          return item.read(node, &reader).map(alone)
        }
        return two(of: item, node, &reader).map { min($0, $1)...max($0, $1) }
      },
      write: { .list([.number($0.lowerBound), .number($0.upperBound)]) })
  }

  /// `[0, 255]`: two numbers, the first below the second.
  package static var interval: ValueType {
    let item = ValueType<Double>.number()
    let text = "two numbers, such as `[0, 255]`"
    return ValueType(
      text, schema: .list(item.schema, count: 2),
      read: { node, reader in
        guard case .sequence = node.content else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        guard let (low, high) = two(of: item, node, &reader) else { return nil }
        guard low < high else {
          reader.report(
            SpecCode.outOfRange, "`\(reader.name)` begins at \(number(low)) and ends at \(number(high)), not above it",
            at: node.span, help: high < low ? "write `\(reader.writtenName): [\(number(high)), \(number(low))]`" : nil)
          return nil
        }
        return low...high
      },
      write: { .list([.number($0.lowerBound), .number($0.upperBound)]) })
  }

  private static func two(
    of item: ValueType<Double>, _ node: YAMLNode, _ reader: inout ValueReader
  ) -> (Double, Double)? {
    guard case .sequence(let nodes) = node.content else { return nil }
    let values = nodes.map { item.read($0, &reader) }
    guard values.count == 2 else {
      reader.report(
        SpecCode.wrongLength, "`\(reader.name)` takes two numbers, the ends of a range, not \(values.count)",
        at: node.span)
      return nil
    }
    guard let first = values[0], let second = values[1] else { return nil }
    return (first, second)
  }

  private static func number(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
