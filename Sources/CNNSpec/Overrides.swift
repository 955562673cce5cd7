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
  private(set) var root: YAMLNode
  /// Mappings that took the place of whole ones.
  private var replacements: [OverrideReplacement] = []

  private init(_ root: YAMLNode, catalog: LayerCatalog) {
    self.root = root
    self.catalog = catalog
  }

  /// - Parameter texts: as given on the command line, applied in order.
  package static func apply(
    _ texts: [String], to root: YAMLNode, catalog: LayerCatalog, sources: inout SourceMap,
    into bag: inout DiagnosticBag
  ) -> Overrides {
    var overrides = Overrides(root, catalog: catalog)
    for (index, text) in texts.enumerated() {
      let bytes = Array(text.utf8)
      let source = sources.add(SourceText(name: "--set #\(index + 1)", bytes: bytes))
      guard let path = OverridePath(text, source: source, into: &overrides.bag) else { continue }
      var faults = DiagnosticBag()
      let value = YAMLReader.readValue(bytes, from: path.valueOffset, source: source, into: &faults)
      for var fault in faults.diagnostics {
        if fault.code == YAMLCode.unclosed {
          // What was typed behind a blank did not get here.
          fault.help = [fault.help, "put an option whose value holds blanks in quotes: `--set '\(path.head)…'`"]
            .compactMap(\.self).joined(separator: "; ")
        }
        overrides.bag.add(fault)
      }
      guard let value else { continue }
      var root = overrides.root
      if overrides.isAstray(path, in: root) { continue }
      overrides.put(value, at: path.segments[...], into: &root, path: "$")
      overrides.root = root
    }
    bag.add(contentsOf: overrides.bag)
    return overrides
  }

  /// The faults of the spec that results, those of a mapping that took another's place told as one.
  package func explained(_ faults: DiagnosticBag) -> DiagnosticBag {
    replacements.reduce(faults) { $1.explained($0) }
  }

  /// Reports a path that begins with what is no section, or no key of the model, with where that is.
  private mutating func isAstray(_ path: OverridePath, in root: YAMLNode) -> Bool {
    guard case .mapping(let entries) = root.content, case .key(let first)? = path.segments.first?.step else {
      return false
    }
    let sections = SpecSchema.sections
    var (place, word) = ("$", path.segments[0])
    if first == "model", path.segments.count > 1, case .key(let second) = path.segments[1].step {
      if ["input", "layers"].contains(second) { return false }
      (place, word) = ("$.model", path.segments[1])
    } else if first == "data", isAstrayInSource(path, of: entries) {
      return true
    } else if entries.contains(where: { $0.key == first }) || sections.contains(where: { $0.name == first }) {
      return false
    }
    guard case .key(let name) = word.step else { return false }
    let isLayer = SpecLoader.layers(of: root, catalog: catalog)?.contains { $0.name == name } ?? false
    let owner = sections.first { section in
      if case .record(let members) = section.schema { members.contains { $0.name == name } } else { false }
    }
    // One that is unknown below `model` may be a misspelling, which the reader of that section tells.
    if place == "$.model", !isLayer { return false }
    let close = Spelling.closest(to: name, among: sections.map(\.name))
    let tail = path.tail(from: word)
    let help =
      isLayer
      ? "write `--set \(ShellWord.quoted("model.layers.\(tail)"))`"
      : owner.map { "write `--set \(ShellWord.quoted("\($0.name).\(tail)"))`" }
        ?? "a key begins with a section: \(ValueReader.alternatives(sections.map(\.name)))"
    report(
      place == "$" ? "a spec has no section `\(name)`" : "`model` has no key `\(name)`", at: word.span,
      label: isLayer || owner != nil ? "" : close.map { "did you mean `\($0)`?" } ?? "", help: help, path: place)
    return true
  }

  /// Reports a path to an argument of a source of files that leaves out what stands before it: `data.csv.label`,
  /// `data.source.label`.
  private mutating func isAstrayInSource(_ path: OverridePath, of sections: [YAMLEntry]) -> Bool {
    let keys = path.segments.prefix(3).map { segment -> String? in
      if case .key(let key) = segment.step { key } else { nil }
    }
    guard keys.count > 1, let second = keys[1] else { return false }
    func entries(_ node: YAMLNode?) -> [YAMLEntry] {
      if case .mapping(let entries)? = node?.content { entries } else { [] }
    }
    let data = sections.first { $0.key == "data" }?.value
    let sources = entries(entries(data).first { $0.key == "source" }?.value)
    if DataFiles.words.contains(second) {
      let word = path.segments[1]
      report(
        "`data` has no key `\(second)`", at: word.span,
        help: "write `--set \(ShellWord.quoted("data.source.\(path.tail(from: word))"))`", path: "$.data")
      return true
    }
    guard second == "source", keys.count > 2, let third = keys[2], let source = sources.first, sources.count == 1,
      entries(source.value).contains(where: { $0.key == third })
    else { return false }
    let word = path.segments[2]
    report(
      "`data.source` has no key `\(third)`", at: word.span,
      help: "write `--set \(ShellWord.quoted("data.source.\(source.key).\(path.tail(from: word))"))`",
      path: "$.data.source")
    return true
  }

  private mutating func put(
    _ value: YAMLNode, at segments: ArraySlice<OverridePath.Segment>, into node: inout YAMLNode, path: String
  ) {
    guard let segment = segments.first else {
      replace(&node, with: value, path: path)
      return
    }
    let rest = segments.dropFirst()
    switch (segment.step, node.content) {
    case (.key(let key), .mapping(var entries)):
      if let index = entries.firstIndex(where: { $0.key == key }) {
        if Self.calls.contains(key), !rest.isEmpty { Self.openCall(&entries[index].value, before: rest) }
        if rest.isEmpty { entries[index].keySpan = segment.span }
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
      putIntoLayer(
        value, at: rest, into: &items[index], path: "\(path)[\(index)]", shown: "\(path.dropFirst(2)).\(name)")
      node.content = .sequence(items)
    case (.index(let index), .sequence(var items)):
      guard items.indices.contains(index) else {
        report(
          "there is no item \(index): the list has \(items.count), counted from 0", at: segment.span, path: path)
        return
      }
      putIntoLayer(
        value, at: rest, into: &items[index], path: "\(path)[\(index)]", shown: "\(path.dropFirst(2))[\(index)]")
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

  private mutating func replace(_ node: inout YAMLNode, with value: YAMLNode, path: String) {
    if case .mapping(let old) = node.content, case .mapping(let new) = value.content, !old.isEmpty {
      replacements.append(OverrideReplacement(path: path, entries: new, source: value.span.source))
    }
    node = value
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
  ///
  /// - Parameter shown: how the command line may call the item.
  private mutating func putIntoLayer(
    _ value: YAMLNode, at rest: ArraySlice<OverridePath.Segment>, into item: inout YAMLNode, path: String,
    shown: String
  ) {
    if rest.isEmpty {
      if !reportArgument(value, insteadOf: item, path: path, shown: shown) { item = value }
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
  /// Reports a value in the place of a layer that is one of its arguments, or several of them.
  private mutating func reportArgument(
    _ value: YAMLNode, insteadOf item: YAMLNode, path: String, shown: String
  ) -> Bool {
    guard path.hasPrefix("$.model.layers["), let kind = BlockUse(item).flatMap({ catalog[$0.word] }) else {
      return false
    }
    var repair: String?
    switch value.content {
    case .scalar(let scalar):
      guard scalar.number.value != nil || scalar.boolean.value != nil else { return false }
      repair = kind.mainArgument.map { "\($0)=\(scalar.text)" }
    case .sequence: break
    case .mapping(let entries):
      guard let first = entries.first, catalog.suggestion(for: first.key) == nil,
        !LayerCatalog.blocks.contains(first.key), !isBlock(first.key)
      else { return false }
      repair = "\(first.key)=\(first.value.scalar?.text ?? "…")"
    }
    bag.add(
      Diagnostic(
        SpecCode.notALayer, "the path names a whole layer, `\(kind.kind)`, and \(value.described) is none",
        at: value.span, help: "name the argument: `--set \(shown).\(repair ?? "KEY=VALUE")`", path: path))
    return true
  }

  /// Whether `define` has a block of this name.
  private func isBlock(_ name: String) -> Bool {
    guard case .mapping(let sections) = root.content,
      case .mapping(let members)? = sections.first(where: { $0.key == "define" })?.value.content,
      case .mapping(let blocks)? = members.first(where: { $0.key == "blocks" })?.value.content
    else { return false }
    return blocks.contains { $0.key == name }
  }

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
