internal import CNNDiagnostics
internal import CNNGraph
internal import CNNYAML

/// The blocks one by one. Each gives what it ends in, or `nil` after a fault was reported.
extension BlockExpansion {
  static let times = Argument<Int>(
    "times", .integer(1...ModelReader.mostLayers, text: "a positive integer"), doc: "How often, one behind the other")

  mutating func repetition(
    _ fields: inout FieldReader, _ around: Surroundings, _ name: String?, from input: LayerReading
  ) -> LayerReading? {
    var vocabulary = Vocabulary([Self.times], and: ["layers"] + LayerReader.blockKeys)
    vocabulary.items = (layerWords, "layers")
    fields.reportUnknownKeys(vocabulary)
    let written = fields.read(Self.times)
    guard let items = Self.items(of: "layers", in: &fields) else { return nil }
    let times = written ?? 1
    var current = input
    for number in 1...times {
      guard substitution.charge(1, at: around.outermost ?? fields.ownerSpan) else { return failed() }
      var inner = around
      inner.scope = scope(in: around.scope, input: current)
      inner.naming = around.naming.repetition(number, of: name)
      if number > 1 {
        inner.steps.append(.init(kind: .repetition(number, of: times), span: fields.ownerSpan))
      }
      current = sequence(items, inner, path: "\(fields.path).layers", from: current)
    }
    return written == nil ? nil : current
  }

  mutating func residual(
    _ fields: inout FieldReader, _ around: Surroundings, _ name: String?, from input: LayerReading
  ) -> LayerReading? {
    var vocabulary = Vocabulary([], and: ["layers", "shortcut", "activation"] + LayerReader.blockKeys)
    vocabulary.items = (layerWords, "layers")
    fields.reportUnknownKeys(vocabulary)
    let items = Self.items(of: "layers", in: &fields)
    let shortcut = fields.has("shortcut") ? Self.items(of: "shortcut", in: &fields, mayBeEmpty: true) : []
    let activation = fields.locateIfWritten("activation", ValueType<Activation>.activation)
    var inner = around
    inner.scope = scope(in: around.scope, input: input)
    inner.naming = name.map { around.naming.inside(around.naming.name($0)) } ?? around.naming
    let main = items.map { sequence($0, inner, path: "\(fields.path).layers", from: input) }
    let short = shortcut.map { sequence($0, inner, path: "\(fields.path).shortcut", from: input) }
    guard let main, let short else { return nil }
    let word = YAMLNode(.scalar(YAMLScalar("add", isQuoted: false)), span: fields.ownerSpan)
    let sum = layer(
      word, inner, path: fields.path, from: [main, short], name: name.map { around.naming.name($0) + "_add" },
      shortcutOwner: shortcut?.isEmpty == true ? fields.ownerSpan : nil)
    guard let activation, activation.value != .linear, let node = fields.entry("activation") else { return sum }
    let call = YAMLNode(
      .mapping([
        YAMLEntry(
          key: "activation", keySpan: node.keySpan,
          value: YAMLNode(.scalar(YAMLScalar(activation.value.rawValue, isQuoted: false)), span: activation.span))
      ]), span: activation.span)
    return layer(
      call, inner, path: "\(fields.path).activation", from: [sum],
      name: name.map { around.naming.name($0) + "_out" })
  }

  mutating func branches(
    _ fields: inout FieldReader, _ around: Surroundings, _ name: String?, from input: LayerReading
  ) -> LayerReading? {
    fields.reportUnknownKeys(Vocabulary([], and: ["merge", "paths"] + LayerReader.blockKeys))
    let merge = merge(&fields)
    guard let paths = paths(&fields) else { return nil }
    var inner = around
    inner.scope = scope(in: around.scope, input: input)
    inner.naming = name.map { around.naming.inside(around.naming.name($0)) } ?? around.naming
    var ends: [LayerReading] = []
    for (index, items) in paths.enumerated() {
      guard substitution.charge(1, at: around.outermost ?? fields.ownerSpan) else { return failed() }
      ends.append(
        items.map { sequence($0, inner, path: "\(fields.path).paths[\(index)]", from: input) } ?? .unknown)
    }
    guard let merge else { return nil }
    return layer(
      merge.item, inner, path: "\(fields.path).merge", from: ends,
      name: name.map { around.naming.name($0) + "_" + merge.kind })
  }

  /// A layer kind of the catalogue that reads several inputs, as an item of `layers`.
  private func merge(_ fields: inout FieldReader) -> (kind: String, item: YAMLNode)? {
    let merges = catalog.kinds.filter { $0.inputCount != .one }.map { $0.kind }
    let text = ValueReader.alternatives(merges)
    guard let entry = fields.entry("merge") else {
      if fields.isMistyped("merge") { return nil }
      fields.report(
        SpecCode.missingKey, "`branches` has no `merge`", at: "merge", label: "`merge` is missing",
        help: "add `merge: concatenate`, or another of \(text)")
      return nil
    }
    var reader = ValueReader(name: "merge", in: fields.path)
    defer { fields.take(reader.bag) }
    var node = entry.value
    if node.isEmpty { node.span = entry.keySpan }
    guard let call = Call(node, expected: text, into: &reader) else { return nil }
    if merges.contains(call.name) { return (call.name, node) }
    reader.reportUnknownWord(
      call.nameNode, call.name, among: merges, aliases: ["concat": "concatenate", "sum": "add"])
    return nil
  }

  /// The layers of each path, `nil` for one that is none; `nil` where there are no paths to look at.
  private func paths(_ fields: inout FieldReader) -> [[YAMLNode]?]? {
    let example = "write `paths: [[{dense: 10}], [{dense: 10}]]`; `[]` is a path that changes nothing"
    guard let entry = fields.entry("paths") else {
      if fields.isMistyped("paths") { return nil }
      fields.report(
        SpecCode.missingKey, "`branches` has no `paths`", at: "paths", label: "`paths` is missing", help: example)
      return nil
    }
    guard case .sequence(let nodes) = entry.value.content else {
      fields.report(
        entry.value.isEmpty || entry.value.isNull ? SpecCode.emptyValue : SpecCode.wrongType,
        "`paths` takes lists of layers, not \(entry.value.described)", at: "paths", help: example)
      return nil
    }
    guard nodes.count >= 2 else {
      fields.report(
        SpecCode.wrongLength, "`branches` joins two paths or more, not \(nodes.count)", at: "paths", help: example)
      return nil
    }
    var paths: [[YAMLNode]?] = []
    for node in nodes {
      guard case .sequence(let items) = node.content else {
        var place = node
        if node.isEmpty { place.span = entry.keySpan }
        var bag = DiagnosticBag()
        bag.add(
          Diagnostic(
            node.isEmpty || node.isNull ? SpecCode.emptyValue : SpecCode.wrongType,
            "a path is a list of layers, not \(node.described)", at: place.span,
            help: node.isEmpty || node.isNull
              ? "write `[]` for a path that changes nothing" : "put it in brackets: `- [flatten]`",
            path: "\(fields.path).paths[\(paths.count)]"))
        fields.take(bag)
        paths.append(nil)
        continue
      }
      paths.append(items)
    }
    return paths
  }

  /// One use of a block of `define`.
  mutating func use(
    _ block: Definitions.Block, _ fields: inout FieldReader, _ around: Surroundings, _ name: String?,
    from input: LayerReading
  ) -> LayerReading? {
    used.insert(block.name)
    if let start = around.uses.firstIndex(of: block.name) {
      let circle = (around.uses[start...] + [block.name]).map { "`\($0)`" }.joined(separator: " uses ")
      var bag = DiagnosticBag()
      bag.add(
        Diagnostic(
          SpecCode.recursiveDefinition,
          around.uses.count - start == 1
            ? "block `\(block.name)` uses itself" : "blocks use each other in a circle: \(circle)",
          at: fields.ownerSpan, notes: [.init("`\(block.name)` is defined here", at: block.keySpan)],
          help: "to use layers several times, write `repeat`", path: fields.path))
      add(bag, from: LayerOrigin(item: nil, steps: []))
      return nil
    }
    fields.reportUnknownKeys(
      Vocabulary([], and: block.parameters.map(\.name) + LayerReader.blockKeys), in: "block `\(block.name)`")
    guard let arguments = arguments(of: block, &fields) else { return nil }
    let body = substitution.measured(
      DefinedNames(values: definitions.values, parameters: arguments), block.layers)
    guard substitution.charge(1 + body.count, at: around.outermost ?? fields.ownerSpan),
      case .sequence(let items) = body.node.content
    else { return failed() }
    var inner = around
    inner.scope = scope(in: around.scope, input: input)
    inner.uses.append(block.name)
    inner.naming =
      name.map { around.naming.inside(around.naming.name($0)) }
      ?? around.naming.inside(freeName(of: block.name, around.naming), isCounted: true)
    if fields.ownerSpan != block.keySpan {
      inner.steps.append(
        .init(kind: .use(block.name), span: fields.ownerSpan, parameters: arguments.mapValues { $0.node.span }))
    }
    return sequence(items, inner, path: "\(block.path).layers", from: input)
  }

  /// The values of a block's parameters; `nil` after a fault was reported.
  private func arguments(
    of block: Definitions.Block, _ fields: inout FieldReader
  ) -> [String: DefinedValue]? {
    var values: [String: DefinedValue] = [:]
    for parameter in block.parameters {
      if let entry = fields.entry(parameter.name) {
        guard !entry.value.isEmpty else {
          fields.report(
            SpecCode.emptyValue, "`\(parameter.name)` has no value", at: parameter.name,
            help: parameter.defaultValue == nil ? nil : "leave it out for its default")
          continue
        }
        values[parameter.name] = DefinedValue(entry.value)
      } else if let value = parameter.defaultValue {
        values[parameter.name] = value
      } else if !fields.isMistyped(parameter.name) {
        fields.report(
          SpecCode.missingKey, "`\(block.name)` has no `\(parameter.name)`", at: parameter.name,
          label: "`\(parameter.name)` is missing",
          notes: [.init("the parameter has no default", at: parameter.keySpan)],
          help: "write `- \(block.name): {\(parameter.name): VALUE}`")
      }
    }
    return fields.hasFaults ? nil : values
  }
}

extension DefinedValue {
  init(_ node: YAMLNode) {
    let inner: [DefinedValue] =
      switch node.content {
      case .scalar: []
      case .sequence(let items): items.map(DefinedValue.init)
      case .mapping(let entries): entries.map { DefinedValue($0.value) }
      }
    var isScalar = false
    if case .scalar = node.content { isScalar = true }
    self.init(
      node: node, count: inner.reduce(1) { $0 + $1.count },
      height: isScalar ? 0 : 1 + (inner.map(\.height).max() ?? 0))
  }
}
