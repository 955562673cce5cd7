/// In which order the keys of a tree of mappings stand; what it does not know stays behind, in its own order.
package struct YAMLKeyOrder: Sendable {
  package let keys: [String]
  /// The order within the value of a key.
  package let child: @Sendable (String) -> YAMLKeyOrder?
  /// The order within an item of a list.
  package let item: @Sendable () -> YAMLKeyOrder?

  package init(
    keys: [String] = [], child: @escaping @Sendable (String) -> YAMLKeyOrder? = { _ in nil },
    item: @escaping @Sendable () -> YAMLKeyOrder? = { nil }
  ) {
    self.keys = keys
    self.child = child
    self.item = item
  }
}

extension YAMLNode {
  /// The same values, the keys of every mapping in their order.
  package func sorted(by order: YAMLKeyOrder?) -> YAMLNode {
    guard let order else { return self }
    var result = self
    switch content {
    case .scalar: return self
    case .sequence(let items): result.content = .sequence(items.map { $0.sorted(by: order.item()) })
    case .mapping(let entries):
      let ranks = Dictionary(order.keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
      let sorted = entries.enumerated().sorted { left, right in
        (ranks[left.element.key] ?? ranks.count, left.offset) < (ranks[right.element.key] ?? ranks.count, right.offset)
      }
      result.content = .mapping(
        sorted.map { _, entry in
          YAMLEntry(key: entry.key, keySpan: entry.keySpan, value: entry.value.sorted(by: order.child(entry.key)))
        })
    }
    return result
  }
}
