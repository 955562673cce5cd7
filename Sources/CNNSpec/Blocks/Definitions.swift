internal import CNNDiagnostics
internal import CNNYAML

/// The section `define`: values, and blocks of layers with parameters.
struct Definitions {
  struct Parameter {
    let name: String
    let keySpan: SourceSpan
    /// `nil` for one that each use must give.
    let defaultValue: DefinedValue?
  }

  struct Block {
    let name: String
    let keySpan: SourceSpan
    let parameters: [Parameter]
    /// As written, with its `$name`s.
    let layers: YAMLNode
    let path: String
  }

  static let mostParameters = 64

  private(set) var values: [String: DefinedValue] = [:]
  /// The keys of values and where they are, in the order of the file.
  private(set) var valueNames: [(name: String, keySpan: SourceSpan)] = []
  /// In the order of the file.
  private(set) var blocks: [Block] = []
  private var byName: [String: Int] = [:]
  /// Blocks with faults: their uses are not at fault too.
  private(set) var faultyBlocks: Set<String> = []

  subscript(block name: String) -> Block? { byName[name].map { blocks[$0] } }
  var blockNames: [String] { blocks.map(\.name) }

  init() {}

  init(_ node: YAMLNode, at keySpan: SourceSpan, catalog: LayerCatalog, _ substitution: inout Substitution) {
    guard case .mapping(let entries) = node.content else {
      let isEmpty = node.isEmpty
      substitution.report(
        Diagnostic(
          isEmpty ? SpecCode.emptyValue : SpecCode.wrongType,
          "`define` takes values and `blocks` by name, not \(node.described)", at: isEmpty ? keySpan : node.span,
          help: "write `define: {width: 64}`, or leave it out", path: "$.define"))
      return
    }
    readValues(entries.filter { $0.key != "blocks" }, &substitution)
    if let entry = entries.first(where: { $0.key == "blocks" }) { readBlocks(entry, catalog, &substitution) }
  }

  /// Values may use each other, in any order and in no circle.
  private mutating func readValues(_ entries: [YAMLEntry], _ substitution: inout Substitution) {
    let byName = Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var open: [String] = []
    func read(
      _ entry: YAMLEntry, _ values: inout [String: DefinedValue], _ substitution: inout Substitution
    ) {
      if values[entry.key] != nil || substitution.failedNames.contains(entry.key) { return }
      guard open.count < Substitution.mostLevels else {
        substitution.exhaust("values of `define` use each other over more than \(open.count) steps", at: entry.keySpan)
        substitution.failedNames.insert(entry.key)
        return
      }
      open.append(entry.key)
      defer { open.removeLast() }
      for (name, span) in entry.value.references {
        guard let used = byName[name] else { continue }
        if let start = open.firstIndex(of: name) {
          let circle = (open[start...] + [name]).map { "`\($0)`" }.joined(separator: " uses ")
          substitution.report(
            Diagnostic(
              SpecCode.recursiveDefinition, "values are defined in a circle: \(circle)", at: span,
              help: "give one of them a value of its own", path: "$.define.\(entry.key)"))
          substitution.failedNames.insert(entry.key)
          return
        }
        read(used, &values, &substitution)
      }
      guard Self.checkName(entry, "a value", path: "$.define", &substitution), !entry.value.isEmpty else {
        if entry.value.isEmpty { Self.reportEmpty(entry, "$.define", "write `\(entry.key): 64`", &substitution) }
        substitution.failedNames.insert(entry.key)
        return
      }
      // Apart from the assignment, which then finds the values in one place and copies none.
      let value = substitution.measured(DefinedNames(values: values), entry.value)
      values[entry.key] = value
      valueNames.append((entry.key, entry.keySpan))
    }
    for entry in entries { read(entry, &values, &substitution) }
    valueNames.sort { $0.keySpan.start < $1.keySpan.start }
  }

  private mutating func readBlocks(
    _ entry: YAMLEntry, _ catalog: LayerCatalog, _ substitution: inout Substitution
  ) {
    guard case .mapping(let entries) = entry.value.content else {
      if entry.value.isEmpty {
        Self.reportEmpty(entry, "$.define", "write `blocks: {stem: {layers: [flatten]}}`", &substitution)
      } else {
        substitution.report(
          Diagnostic(
            SpecCode.wrongType, "`blocks` takes blocks by name, not \(entry.value.described)", at: entry.value.span,
            help: "write `blocks: {stem: {layers: [flatten]}}`", path: "$.define.blocks"))
      }
      return
    }
    for entry in entries {
      if let block = Self.block(entry, values, catalog, &substitution) {
        byName[block.name] = blocks.count
        blocks.append(block)
      } else {
        faultyBlocks.insert(entry.key)
      }
    }
  }

  private static func block(
    _ entry: YAMLEntry, _ values: [String: DefinedValue], _ catalog: LayerCatalog, _ substitution: inout Substitution
  ) -> Block? {
    let path = "$.define.blocks.\(entry.key)"
    if catalog.isTaken(entry.key) {
      substitution.report(
        Diagnostic(
          SpecCode.badDefinition, "`\(entry.key)` is a layer already", at: entry.keySpan,
          help: "call the block something else, such as `\(entry.key)_block`", path: path))
      return nil
    }
    guard checkName(entry, "a block", path: "$.define.blocks", &substitution) else { return nil }
    guard case .mapping(let members) = entry.value.content else {
      if entry.value.isEmpty {
        reportEmpty(entry, "$.define.blocks", "write `\(entry.key): {layers: [flatten]}`", &substitution)
      } else {
        substitution.report(
          Diagnostic(
            SpecCode.wrongType, "a block takes `parameters` and `layers`, not \(entry.value.described)",
            at: entry.value.span, help: "write `\(entry.key): {layers: [flatten]}`", path: path))
      }
      return nil
    }
    var fields = FieldReader(members, of: entry.key, at: entry.keySpan, path: path)
    fields.reportUnknownKeys(Vocabulary([], and: ["parameters", "layers"]), in: "block `\(entry.key)`")
    let parameters = parameters(&fields, values, &substitution)
    let layers = BlockExpansion.items(of: "layers", in: &fields)
    for diagnostic in fields.bag.diagnostics { substitution.report(diagnostic) }
    guard let parameters, layers != nil, let node = fields.entry("layers")?.value else { return nil }
    return Block(name: entry.key, keySpan: entry.keySpan, parameters: parameters, layers: node, path: path)
  }

  private static func parameters(
    _ fields: inout FieldReader, _ values: [String: DefinedValue], _ substitution: inout Substitution
  ) -> [Parameter]? {
    guard let entry = fields.entry("parameters") else { return [] }
    guard case .mapping(let entries) = entry.value.content else {
      fields.report(
        entry.value.isEmpty ? SpecCode.emptyValue : SpecCode.wrongType,
        "`parameters` takes names with their defaults, not \(entry.value.described)", at: "parameters",
        help: "write `parameters: {filters: 64}`")
      return nil
    }
    guard entries.count <= mostParameters else {
      fields.report(
        SpecCode.wrongLength, "a block may have \(mostParameters) parameters, not \(entries.count)", at: "parameters")
      return nil
    }
    var parameters: [Parameter] = []
    for entry in entries {
      guard checkName(entry, "a parameter", path: "\(fields.path).parameters", &substitution) else { return nil }
      if LayerReader.blockKeys.contains(entry.key) {
        substitution.report(
          Diagnostic(
            SpecCode.badDefinition, "every use of a block has a key `\(entry.key)`", at: entry.keySpan,
            help: "call the parameter something else", path: "\(fields.path).parameters"))
        return nil
      }
      parameters.append(
        Parameter(
          name: entry.key, keySpan: entry.keySpan,
          defaultValue: entry.value.isEmpty ? nil : substitution.measured(DefinedNames(values: values), entry.value)))
    }
    return parameters
  }

  private static func checkName(
    _ entry: YAMLEntry, _ what: String, path: String, _ substitution: inout Substitution
  ) -> Bool {
    if LayerNames.isValid(entry.key) { return true }
    substitution.report(
      Diagnostic(
        SpecCode.badName, "`\(entry.key)` is not a name for \(what): letters, digits, `_`, `.` and `-`, at most 64",
        at: entry.keySpan, help: "write `\(LayerNames.mended(entry.key))`", path: path))
    return false
  }

  private static func reportEmpty(
    _ entry: YAMLEntry, _ path: String, _ help: String, _ substitution: inout Substitution
  ) {
    substitution.report(
      Diagnostic(
        SpecCode.emptyValue, "`\(entry.key)` has no value", at: entry.keySpan, help: help, path: "\(path).\(entry.key)")
    )
  }
}

extension YAMLNode {
  /// The names that it uses, and where.
  fileprivate var references: [(name: String, span: SourceSpan)] {
    switch content {
    case .scalar(let scalar): Substitution.name(scalar).map { [($0, span)] } ?? []
    case .sequence(let items): items.flatMap(\.references)
    case .mapping(let entries): entries.flatMap(\.value.references)
    }
  }
}
