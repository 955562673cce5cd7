/// A list of numbers as it is written elsewhere: Python's `(3, 3)`, or `3, 3`, `3x3`, `3 3`.
indirect enum ForeignList: Equatable {
  /// A number, or Python's `None`.
  case number(String)
  case list([ForeignList])

  /// Longer texts are no list of extents.
  private static let longest = 200

  /// `nil` for a text that is none of it.
  init?(_ text: String) {
    // `0x10` is one number, in hexadecimal.
    guard text.utf8.count <= Self.longest, !text.lowercased().hasPrefix("0x") else { return nil }
    var rest = text.filter { $0 != " " }[...]
    if rest.hasPrefix("tuple(") || rest.hasPrefix("list(") { rest = rest.drop { $0 != "(" } }
    if rest.hasPrefix("(") {
      guard let tuple = Self.tuple(&rest), rest.isEmpty else { return nil }
      self = tuple
      return
    }
    for separator in [",", "x", "×", " "] {
      let parts = text.split(separator: separator).map { $0.filter { $0 != " " } }
      if parts.count > 1, parts.allSatisfy(Self.isNumber) {
        self = .list(parts.map { .number($0) })
        return
      }
    }
    return nil
  }

  private static func tuple(_ rest: inout Substring) -> ForeignList? {
    var items: [ForeignList] = []
    rest.removeFirst()
    while let first = rest.first {
      if first == ")" {
        rest.removeFirst()
        return items.isEmpty ? nil : .list(items)
      }
      if first == "(" {
        guard let inner = tuple(&rest) else { return nil }
        items.append(inner)
      } else {
        let word = String(rest.prefix { !",()".contains($0) })
        guard isNumber(word) else { return nil }
        rest = rest.dropFirst(word.count)
        items.append(.number(word))
      }
      if rest.first == "," { rest.removeFirst() } else if rest.first != ")" { return nil }
    }
    return nil
  }

  private static func isNumber(_ word: String) -> Bool { word == "None" || Double(word) != nil && word.first != "." }

  /// In brackets.
  var text: String {
    switch self {
    case .number(let word): word
    case .list(let items): "[" + items.map(\.text).joined(separator: ", ") + "]"
    }
  }

  /// What a key of this schema takes that says the same: the list, the one number that it holds, or what is left of it
  /// without Keras's batch; `nil` if that is nothing.
  func meant(for schema: ValueSchema?) -> ForeignList? {
    guard let schema, case .list(let items) = self else { return self }
    if schema.takes(self) { return self }
    if items.count == 1, let item = items.first, schema.takes(item) { return item }
    let rest = ForeignList.list(Array(items.dropFirst()))
    return items.first == .number("None") && schema.takes(rest) ? rest : nil
  }
}

extension ValueSchema {
  /// Whether a list of numbers has the form, each of them in its range.
  fileprivate func takes(_ list: ForeignList) -> Bool {
    switch (self, list) {
    case (.integer, .number(let word)), (.number, .number(let word)): takesNumber(word)
    case (.sequence(let item, let counts), .list(let items)):
      counts.contains(items.count) && items.allSatisfy(item.takes)
    case (.oneOf(let schemas), _): schemas.contains { $0.takes(list) }
    case (.named(_, let schema), _): schema.takes(list)
    default: false
    }
  }
}
