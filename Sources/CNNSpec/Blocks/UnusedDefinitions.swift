internal import CNNDiagnostics
internal import CNNYAML

/// A value or a block of `define` that nothing stands for.
struct UnusedDefinition: Sendable {
  let name: String
  let isBlock: Bool
  let keySpan: SourceSpan

  /// In the order of the file. What only another unused block uses counts as used: that one is told of first.
  ///
  /// - Parameters:
  ///   - values: names of values that stood for something.
  ///   - blocks: names of blocks that the model uses.
  ///   - node: the section, and `sections` the others: an alias of YAML uses a value as well.
  static func all(
    in definitions: Definitions, values: Set<String>, blocks: Set<String>, node: YAMLNode, sections: [YAMLNode]
  ) -> [UnusedDefinition] {
    var words: Set<String> = []
    for block in definitions.blocks { block.layers.collectWords(into: &words) }
    let unusedBlocks = definitions.blocks.filter { !blocks.contains($0.name) && !words.contains($0.name) }
    var unusedValues = definitions.valueNames.filter { !values.contains($0.name) }
    if !unusedValues.isEmpty {
      var aliased: Set<SourceSpan> = []
      for section in sections + [node] { section.collectAliased(into: &aliased) }
      unusedValues.removeAll { value in
        definitions.values[value.name].map { $0.node.contains(anyOf: aliased) } ?? false
      }
    }
    return unusedValues.map { UnusedDefinition(name: $0.name, isBlock: false, keySpan: $0.keySpan) }
      + unusedBlocks.map { UnusedDefinition(name: $0.name, isBlock: true, keySpan: $0.keySpan) }
  }
}

extension YAMLNode {
  /// Words that may be the kind of an item of `layers`.
  fileprivate func collectWords(into words: inout Set<String>) {
    switch content {
    case .scalar(let scalar): words.insert(scalar.text)
    case .sequence(let items): for item in items { item.collectWords(into: &words) }
    case .mapping(let entries):
      for entry in entries {
        words.insert(entry.key)
        entry.value.collectWords(into: &words)
      }
    }
  }

  /// Places of nodes that are used somewhere else as well.
  fileprivate func collectAliased(into spans: inout Set<SourceSpan>) {
    if !usedAt.isEmpty { spans.insert(span) }
    switch content {
    case .scalar: break
    case .sequence(let items): for item in items { item.collectAliased(into: &spans) }
    case .mapping(let entries): for entry in entries { entry.value.collectAliased(into: &spans) }
    }
  }

  fileprivate func contains(anyOf spans: Set<SourceSpan>) -> Bool {
    if spans.contains(span) { return true }
    switch content {
    case .scalar: return false
    case .sequence(let items): return items.contains { $0.contains(anyOf: spans) }
    case .mapping(let entries): return entries.contains { $0.value.contains(anyOf: spans) }
    }
  }
}
