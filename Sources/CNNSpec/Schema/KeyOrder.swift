package import CNNYAML

extension SpecSchema {
  /// The order in which `fmt` writes keys: sections, then within each the order of their descriptions.
  package var keyOrder: YAMLKeyOrder { order(of: .record(Self.sections)) }

  private func order(of schema: ValueSchema) -> YAMLKeyOrder {
    switch schema {
    case .record(let members), .choice(let members):
      return YAMLKeyOrder(
        keys: members.map(\.name),
        child: { key in members.first { $0.name == key }.map { order(of: $0.schema) } })
    case .oneOf(let schemas):
      // The mappings among the alternatives; keys of one are those of the others, or apart.
      let orders = schemas.map(order)
      return YAMLKeyOrder(
        keys: orders.flatMap(\.keys), child: { key in orders.lazy.compactMap { $0.child(key) }.first },
        item: { orders.lazy.compactMap { $0.item() }.first })
    case .named(_, let schema): return order(of: schema)
    case .sequence(let item, _): return YAMLKeyOrder(item: { order(of: item) })
    case .layers, .layersOrNone:
      let order = layerOrder
      return YAMLKeyOrder(item: { order })
    default: return YAMLKeyOrder()
    }
  }

  private var layerOrder: YAMLKeyOrder {
    // Of a thousand layers each kind's order is made once.
    let kinds = Dictionary(
      catalog.kinds.map { ($0.kind, order(of: .record(Self.arguments(of: $0)))) },
      uniquingKeysWith: { first, _ in first })
    return YAMLKeyOrder(child: { word in
      if let order = kinds[word] { return order }
      return blocks.first { $0.0 == word }.map { order(of: .record($0.1)) }
    })
  }
}
