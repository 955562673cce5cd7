package import CNNGraph
package import CNNYAML

/// Two extents of a window: rows, then columns.
package struct IntegerPair: Sendable, Hashable {
  package var rows: Int
  package var columns: Int

  package init(_ rows: Int, _ columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package init(_ both: Int) { self.init(both, both) }

  /// `3x3`
  package var text: String { "\(rows)x\(columns)" }
}

extension ValueType where Value == IntegerPair {
  /// `3`, for both axes, or `[3, 5]`, rows and columns.
  package static var pair: ValueType { pair(of: .positiveInteger) }

  package static func pair(of item: ValueType<Int>) -> ValueType {
    let text = "an integer or two, such as `3` or `[3, 3]`"
    return ValueType(
      text, schema: .oneOf([item.schema, .list(item.schema, count: 2)]),
      read: { node, reader in
        switch node.content {
        case .scalar(let scalar):
          if scalar.text.hasPrefix("(") || scalar.text.isEmpty || ForeignList(scalar.text) != nil {
            reader.reportWrongType(node, expected: text)
            return nil
          }
          return item.read(node, &reader).map { IntegerPair($0) }
        case .sequence(let items):
          reader.isItem = true
          let values = items.map { item.read($0, &reader) }
          reader.isItem = false
          guard values.count == 2 else {
            let meant = reader.hasFaults ? nil : two(of: values.compactMap(\.self))
            reader.report(
              SpecCode.wrongLength, "`\(reader.name)` takes two numbers, rows and columns, not \(values.count)",
              at: node.span,
              help: meant.map { "write `\(reader.writtenName): \($0)`" }
                ?? "write `\(reader.writtenName): [3, 3]`, or `\(reader.writtenName): 3` for both",
              fix: meant.flatMap { text in
                node.span.start.line == node.span.end.line ? reader.replacing(node, with: text, isSafe: false) : nil
              })
            return nil
          }
          guard let rows = values[0], let columns = values[1] else { return nil }
          return IntegerPair(rows, columns)
        case .mapping:
          reader.reportWrongType(node, expected: text)
          return nil
        }
      },
      write: { .list([.integer($0.rows), .integer($0.columns)]) })
  }

  /// Rows and columns among more or fewer numbers: one for both, or TensorFlow's of all four axes.
  private static func two(of values: [Int]) -> String? {
    guard let first = values.first else { return nil }
    if values.count == 4, values[0] == 1, values[3] == 1 {
      return values[1] == values[2] ? "\(values[1])" : "[\(values[1]), \(values[2])]"
    }
    return values.allSatisfy { $0 == first } ? "\(first)" : nil
  }
}

extension ValueType where Value == Margins {
  /// `1` for all sides, `[1, 2]` for rows and columns, `[[1, 0], [2, 0]]` for top, bottom, left and right.
  package static var margins: ValueType {
    let text = "an integer, two, or two pairs, such as `1`, `[1, 2]` or `[[1, 0], [2, 0]]`"
    let item = ValueType<Int>.integer(0...SizeLimits.extent, text: "integers of at least 0")
    let sides = ValueType<[Int]>.list(of: item, text: "two integers", atMost: 2)
    return ValueType(
      text,
      schema: .oneOf([item.schema, .list(.oneOf([item.schema, .list(item.schema, count: 2)]), count: 2)]),
      read: { node, reader in
        switch node.content {
        case .scalar(let scalar):
          if scalar.text.hasPrefix("(") || scalar.text.isEmpty || ForeignList(scalar.text) != nil {
            reader.reportWrongType(node, expected: text)
            return nil
          }
          return item.read(node, &reader).map { Margins(top: $0, bottom: $0, left: $0, right: $0) }
        case .sequence(let items) where items.count == 2:
          let axes = items.map { axis in
            if case .sequence = axis.content { return sides.read(axis, &reader) }
            return item.read(axis, &reader).map { [$0, $0] }
          }
          guard let rows = axes[0], let columns = axes[1] else { return nil }
          if rows.count == 2, columns.count == 2 {
            return Margins(top: rows[0], bottom: rows[1], left: columns[0], right: columns[1])
          }
          let isRows = rows.count != 2
          let meant = [rows, columns].map { $0.count == 1 ? [$0[0], $0[0]] : $0 }
          reader.report(
            SpecCode.wrongLength, "`\(reader.name)` takes two numbers for an axis: before and after",
            at: items[isRows ? 0 : 1].span, label: "\((isRows ? rows : columns).count) here",
            help: "write `\(reader.writtenName): \(meant)` for top, bottom, left and right")
          return nil
        case .sequence(let items):
          let meant = reader.hasFaults ? nil : pairs(of: items)
          reader.report(
            SpecCode.wrongLength,
            "`\(reader.name)` takes rows and columns, not \(items.count) item\(items.count == 1 ? "" : "s")",
            at: node.span,
            help: meant.map { "write `\(reader.writtenName): \($0)` for top, bottom, left and right" }
              ?? "write `\(reader.writtenName): [1, 2]`, or `\(reader.writtenName): [[1, 0], [2, 0]]` for each side")
          return nil
        case .mapping:
          reader.reportWrongType(node, expected: text)
          return nil
        }
      },
      write: { margins in
        .list([
          .list([.integer(margins.top), .integer(margins.bottom)]),
          .list([.integer(margins.left), .integer(margins.right)]),
        ])
      })
  }

  /// What is meant by one axis alone, or by four numbers in a row.
  private static func pairs(of items: [YAMLNode]) -> String? {
    func numbers(_ nodes: [YAMLNode]) -> [Int]? {
      let values = nodes.compactMap { $0.scalar?.integer.value }
      return values.count == nodes.count ? values : nil
    }
    if items.count == 1, case .sequence(let inner) = items[0].content, let pair = numbers(inner), pair.count == 2 {
      return "\([pair, pair])"
    }
    guard let four = numbers(items), four.count == 4 else { return nil }
    return "\([[four[0], four[1]], [four[2], four[3]]])"
  }
}

extension ValueType {
  /// A list in brackets, of one to `most` items.
  package static func list<Item: Sendable>(
    of item: ValueType<Item>, text: String, atMost most: Int
  ) -> ValueType where Value == [Item] {
    ValueType(
      text, schema: .sequence(of: item.schema, counts: 1...most),
      read: { node, reader in
        guard case .sequence(let nodes) = node.content, !nodes.isEmpty else {
          let lone = node.scalar.flatMap { $0.text.isEmpty || $0.text.hasPrefix("(") ? nil : $0.text }
          let isBracketed = lone.map { $0.hasPrefix("[") && $0.hasSuffix("]") } ?? false
          let meant = lone.map { isBracketed ? $0 : "[\($0)]" }
          reader.reportWrongType(
            node, expected: text,
            help: meant.map { "write `\(reader.writtenName): \($0)`\(isBracketed ? ", without quotes" : "")" },
            fix: meant.flatMap {
              node.scalar?.isQuoted == false || isBracketed ? reader.replacing(node, with: $0, isSafe: false) : nil
            })
          return nil
        }
        guard nodes.count <= most else {
          reader.report(
            SpecCode.wrongLength, "`\(reader.name)` has \(nodes.count) items, and may have \(most)", at: node.span)
          return nil
        }
        reader.isItem = true
        let values = nodes.map { item.read($0, &reader) }
        reader.isItem = false
        let whole = values.compactMap(\.self)
        return whole.count == values.count ? whole : nil
      },
      write: { .list($0.map(item.write)) })
  }

  /// A list, each item with its place; a lone item need not be in brackets.
  package static func places<Item: Sendable>(
    of item: ValueType<Item>, text: String, atMost most: Int, mayBeEmpty: Bool = false
  ) -> ValueType where Value == [Located<Item>] {
    ValueType(
      text, schema: .oneOf([item.schema, .sequence(of: item.schema, counts: (mayBeEmpty ? 0 : 1)...most)]),
      read: { node, reader in
        let nodes: [YAMLNode]
        var isEmptyList = false
        switch node.content {
        case .sequence(let items): (nodes, isEmptyList) = (items, items.isEmpty)
        case .scalar: nodes = node.isEmpty ? [] : [node]
        case .mapping: nodes = []
        }
        if mayBeEmpty, isEmptyList { return [] }
        guard !nodes.isEmpty, nodes.count <= most else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        if case .sequence = node.content { reader.isItem = true }
        defer { reader.isItem = false }
        var values: [Located<Item>] = []
        for (index, node) in nodes.enumerated() {
          guard let value = item.read(node, &reader) else { continue }
          values.append(Located(value, at: node.span, path: "\(reader.path)[\(index)]"))
        }
        return values.count == nodes.count ? values : nil
      },
      write: { .list($0.map { item.write($0.value) }) })
  }
}
