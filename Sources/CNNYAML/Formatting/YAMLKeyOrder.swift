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
