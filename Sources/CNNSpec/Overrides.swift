package import CNNDiagnostics
package import CNNYAML

/// The values of `--set`, put into the tree of a spec before it is read.
///
///     training.epochs=5    model.layers[0].filters=16    model.layers.conv2d_1.kernel_size=[3, 3]
///
/// Spans of what is put in point into the option's own text, `--set #1`, so the reading that follows
/// reports its faults there.
package struct Overrides {
  private let catalog: LayerCatalog
  private(set) var bag = DiagnosticBag()
  /// The spec with the overrides so far, which says what its layers are called.
  private var root: YAMLNode

  private init(_ root: YAMLNode, catalog: LayerCatalog) {
    self.root = root
    self.catalog = catalog
  }

  /// - Parameter texts: as given on the command line, applied in order.
  package static func apply(
    _ texts: [String], to root: YAMLNode, catalog: LayerCatalog, sources: inout SourceMap,
    into bag: inout DiagnosticBag
  ) -> YAMLNode {
    var overrides = Overrides(root, catalog: catalog)
    var root = root
    for (index, text) in texts.enumerated() {
      let bytes = Array(text.utf8)
      let source = sources.add(SourceText(name: "--set #\(index + 1)", bytes: bytes))
      guard let path = OverridePath(text, source: source, into: &overrides.bag),
        let value = YAMLReader.readValue(bytes, from: path.valueOffset, source: source, into: &overrides.bag)
      else { continue }
      overrides.put(value, at: path.segments[...], into: &root, path: "$")
      overrides.root = root
    }
    bag.add(contentsOf: overrides.bag)
    return root
  }

  private mutating func put(
    _ value: YAMLNode, at segments: ArraySlice<OverridePath.Segment>, into node: inout YAMLNode, path: String
  ) {
    guard let segment = segments.first else {
      node = value
      return
    }
    let rest = segments.dropFirst()
    switch (segment.step, node.content) {
    case (.key(let key), .mapping(var entries)):
      if let index = entries.firstIndex(where: { $0.key == key }) {
        if Self.calls.contains(key), !rest.isEmpty { Self.openCall(&entries[index].value, before: rest) }
        let inner = Self.steppingInto(entries[index].value, key: key, rest)
        putInside(value, at: rest, into: &entries[index].value, stepsIntoCall: inner, path: "\(path).\(key)")
      } else {
        var inner = YAMLNode(.mapping([]), span: segment.span)
        put(value, at: rest, into: &inner, path: "\(path).\(key)")
        entries.append(YAMLEntry(key: key, keySpan: segment.span, value: inner))
      }
      node.content = .mapping(entries)
    case (.key(let name), .sequence(var items)):
      let layers = path == "$.model.layers" ? SpecLoader.layers(of: root, catalog: catalog) : nil
      guard let index = layerIndex(name, in: items, layers, path: path) else {
        if let made = layers?.first(where: { $0.name == name }) {
          return reportMade(made, at: segment.span, path: path)
        }
        let close = Spelling.closest(to: name, among: layers?.map(\.name) ?? layerNames(items))
        report(
          "no layer is called `\(name)`", at: segment.span, label: close.map { "did you mean `\($0)`?" } ?? "",
          help: "count from 0 in brackets instead: `layers[0]`", path: path)
        return
      }
      putIntoLayer(value, at: rest, into: &items[index], path: "\(path)[\(index)]")
      node.content = .sequence(items)
    case (.index(let index), .sequence(var items)):
      guard items.indices.contains(index) else {
        report(
          "there is no item \(index): the list has \(items.count), counted from 0", at: segment.span, path: path)
        return
      }
      putIntoLayer(value, at: rest, into: &items[index], path: "\(path)[\(index)]")
      node.content = .sequence(items)
    case (.key(let key), .scalar):
      // Nothing stands there yet.
      guard node.isEmpty else {
        report(
          "`\(key)` is looked for in the value \(node.described), which has no keys", at: segment.span, path: path)
        return
      }
      node = YAMLNode(.mapping([]), span: segment.span)
      put(value, at: segments, into: &node, path: path)
    case (.index(let index), _):
      report("item \(index) is looked for in \(node.described), which is no list", at: segment.span, path: path)
    }
  }

  private mutating func putInside(
    _ value: YAMLNode, at rest: ArraySlice<OverridePath.Segment>, into node: inout YAMLNode, stepsIntoCall: Bool,
    path: String
  ) {
    if stepsIntoCall, case .mapping(var entries) = node.content, entries.count == 1 {
      if entries[0].value.isEmpty { entries[0].value.content = .mapping([]) }
      put(value, at: rest, into: &entries[0].value, path: path)
      node.content = .mapping(entries)
    } else {
      put(value, at: rest, into: &node, path: path)
    }
  }

  /// An item of a list of layers may be in short form: `flatten`, `dense: 10`.
  private mutating func putIntoLayer(
    _ value: YAMLNode, at rest: ArraySlice<OverridePath.Segment>, into item: inout YAMLNode, path: String
  ) {
    if rest.isEmpty {
      item = value
      return
    }
    Self.openCall(&item, before: rest)
    if case .mapping(var entries) = item.content, entries.count == 1, let kind = catalog[entries[0].key],
      let main = kind.mainArgument, !entries[0].value.isEmpty
    {
      switch entries[0].value.content {
      case .scalar, .sequence:
        let lone = entries[0].value
        entries[0].value = YAMLNode(
          .mapping([YAMLEntry(key: main, keySpan: entries[0].keySpan, value: lone)]), span: lone.span)
        item.content = .mapping(entries)
      case .mapping: break
      }
    }
    let inner = Self.steppingInto(item, key: "layers", rest)
    putInside(value, at: rest, into: &item, stepsIntoCall: inner, path: path)
  }

  /// Keys whose value is a word that may have arguments.
  private static let calls: Set = ["optimizer", "loss", "learning_rate"]

  /// `adam` becomes `{adam: {}}`, so that arguments have a place.
  private static func openCall(_ node: inout YAMLNode, before rest: ArraySlice<OverridePath.Segment>) {
    guard case .scalar(let scalar) = node.content, !scalar.text.isEmpty, case .key? = rest.first?.step else { return }
    let empty = YAMLNode(.mapping([]), span: node.span)
    node.content = .mapping([YAMLEntry(key: scalar.text, keySpan: node.span, value: empty)])
  }

  /// Whether the path goes on inside of a call's arguments without naming what is called.
  private static func steppingInto(_ node: YAMLNode, key: String, _ rest: ArraySlice<OverridePath.Segment>) -> Bool {
    guard key == "layers" || calls.contains(key), case .key(let next)? = rest.first?.step,
      case .mapping(let entries) = node.content, entries.count == 1
    else { return false }
    return entries[0].key != next
  }

  /// The names that layers will have, one an item.
  private func layerNames(_ items: [YAMLNode]) -> [String] {
    var names = LayerNames()
    return items.map { item in
      var word = item.scalar?.text ?? ""
      if case .mapping(let entries) = item.content, entries.count == 1 {
        word = entries[0].key
        if case .mapping(let arguments) = entries[0].value.content,
          let name = arguments.first(where: { $0.key == "name" })?.value.scalar
        {
          return name.text
        }
      }
      return names.next(catalog[word]?.automaticName ?? word)
    }
  }

  /// - Parameter layers: of the whole model, if the list is the model's: blocks in it make more than one a piece.
  private func layerIndex(_ name: String, in items: [YAMLNode], _ layers: [LayerSpec]?, path: String) -> Int? {
    guard let layers else { return layerNames(items).firstIndex(of: name) }
    guard let layer = layers.first(where: { $0.name == name }) else { return nil }
    return items.indices.first { "\(path)[\($0)]" == layer.path }
  }

  private mutating func reportMade(_ layer: LayerSpec, at span: SourceSpan, path: String) {
    bag.add(
      Diagnostic(
        SpecCode.overridePath, "a block makes `\(layer.name)`, which has no place of its own in the spec", at: span,
        notes: [.init("it is written here", at: layer.keySpan)],
        help:
          "to change it wherever the block is used, write `--set \(layer.path.dropFirst(2)).\(layer.kind).KEY=VALUE`",
        path: path))
  }

  private mutating func report(
    _ message: String, at span: SourceSpan, label: String = "", help: String? = nil, path: String
  ) {
    bag.add(Diagnostic(SpecCode.overridePath, message, at: span, label: label, help: help, path: path))
  }
}
