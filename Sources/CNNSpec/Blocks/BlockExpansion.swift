internal import CNNDiagnostics
internal import CNNYAML

/// From `layers` with blocks to a list of layers, each with what it reads.
///
/// In: the items of `model.layers`, values already in the place of `$name`. Out: layers in the order in which
/// the file reads, a merge behind the paths that it joins. It must not know shapes.
struct BlockExpansion {
  /// Blocks within blocks.
  static let mostLevels = 32

  /// Where the items at hand stand.
  struct Surroundings {
    var scope = 0
    var naming = LayerNaming()
    var steps: [LayerOrigin.Step] = []
    /// Blocks of `define` that are being used, outermost first.
    var uses: [String] = []
    var level = 0
    /// The outermost block, for limits.
    var outermost: SourceSpan?
  }

  let catalog: LayerCatalog
  let definitions: Definitions
  var substitution: Substitution
  var reader: LayerReader
  var layers: [LayerSpec] = []
  var scopes = [LayerScope(parent: nil, input: .modelInput)]
  var used: Set<String> = []
  /// Names that uses of blocks have been given, and from which number on to look for the next.
  private var uses: [String: Int] = [:]
  /// Names that uses of blocks have by hand, as they are written.
  private var writtenNames: Set<String> = []
  /// False after a fault that leaves layers out, so that nothing is called unused for it.
  var isComplete = true
  private var faults = RepeatedFaults()
  private(set) var bag = DiagnosticBag()
  /// Kinds of layers, one of which may stand where a list of them should.
  let layerWords: Set<String>

  init(catalog: LayerCatalog, definitions: Definitions, substitution: Substitution) {
    self.catalog = catalog
    self.definitions = definitions
    self.substitution = substitution
    reader = LayerReader(catalog: catalog, blockNames: definitions.blockNames)
    // `activation` is a key of `residual` too.
    layerWords = Set(catalog.kinds.map { $0.kind }).subtracting(["activation"])
  }

  /// - Parameter items: `nil` for one that is no layer, and reported.
  mutating func expand(_ items: [YAMLNode?], path: String) {
    let texts = items.compactMap(\.self) + definitions.blocks.map(\.layers)
    if !definitions.blocks.isEmpty { writtenNames = Set(texts.flatMap(blockNames)) }
    var current = LayerReading.modelInput
    for (index, item) in items.enumerated() {
      if substitution.isExhausted { break }
      guard let item else { continue }
      current = self.item(item, Surroundings(), path: "\(path)[\(index)]", from: current)
    }
    if substitution.isExhausted { isComplete = false }
    checkUnusedBlocks()
  }

  /// - Returns: what the last of the items gives.
  mutating func sequence(
    _ items: [YAMLNode], _ around: Surroundings, path: String, from input: LayerReading
  ) -> LayerReading {
    var current = input
    for (index, item) in items.enumerated() {
      if substitution.isExhausted { break }
      current = self.item(item, around, path: "\(path)[\(index)]", from: current)
    }
    if substitution.isExhausted { isComplete = false }
    return current
  }

  private mutating func item(
    _ item: YAMLNode, _ around: Surroundings, path: String, from input: LayerReading
  ) -> LayerReading {
    guard let use = BlockUse(item) else { return layer(item, around, path: path, from: [input]) }
    if catalog[use.word] == nil {
      if LayerCatalog.blocks.contains(use.word) || definitions[block: use.word] != nil {
        return block(use, item, around, path: path, from: input)
      }
      if definitions.faultyBlocks.contains(use.word) {
        if let name = item.writtenName { scopes[around.scope].names[name] = .unknown }
        return failed()
      }
    }
    return layer(item, around, path: path, from: [input])
  }

  private mutating func block(
    _ use: BlockUse, _ item: YAMLNode, _ around: Surroundings, path: String, from input: LayerReading
  ) -> LayerReading {
    guard around.level < Self.mostLevels else {
      substitution.exhaust(
        "blocks are nested deeper than \(Self.mostLevels) levels", at: around.outermost ?? use.span)
      return failed()
    }
    let origin = LayerOrigin(item: item, steps: around.steps, isMade: around.level > 0)
    guard var fields = use.fields(path: path, origin, &self),
      substitution.charge(1 + fields.keys.count, at: around.outermost ?? use.span)
    else { return failed() }
    var inner = around
    inner.level += 1
    inner.outermost = around.outermost ?? use.span
    let name = fields.locateIfWritten("name", LayerReader.name.type)
    let input = self.input(&fields, around) ?? input
    let output: LayerReading?
    switch use.word {
    case "repeat": output = repetition(&fields, inner, name?.value, from: input)
    case "residual": output = residual(&fields, inner, name?.value, from: input)
    case "branches": output = branches(&fields, inner, name?.value, from: input)
    default: output = definitions[block: use.word].flatMap { self.use($0, &fields, inner, name?.value, from: input) }
    }
    add(fields.bag, from: origin)
    if let name {
      // One with faults has a name all the same, so that those who read it are not at fault too.
      let full = around.naming.name(name.value)
      reader.claim(full, name.value, at: name.span, isWritten: true, path: path)
      scopes[around.scope].names[name.value] = scopes[around.scope].names[name.value] ?? output ?? .unknown
      if around.scope != 0 { scopes[0].names[full] = scopes[0].names[full] ?? output ?? .unknown }
    }
    return output ?? failed()
  }

  /// What a block reads, where `inputs` says so.
  private mutating func input(_ fields: inout FieldReader, _ around: Surroundings) -> LayerReading? {
    guard let inputs = fields.locateIfWritten("inputs", LayerReader.inputs) else { return nil }
    guard inputs.value.count == 1, let input = inputs.value.first else {
      fields.report(
        SpecCode.inputCount, "a block reads one input, and is given \(inputs.value.count)", at: "inputs",
        help: "join them before it with a layer such as `concatenate`")
      return nil
    }
    return .named(input, scope: around.scope)
  }

  /// - Parameters:
  ///   - name: full; in place of one that is written, or of Keras's.
  ///   - shortcutOwner: the word of a block that may be given a `shortcut`, if the last input is what the block reads.
  mutating func layer(
    _ item: YAMLNode, _ around: Surroundings, path: String, from inputs: [LayerReading], name: String? = nil,
    shortcutOwner: SourceSpan? = nil
  ) -> LayerReading {
    if layers.count >= ModelReader.mostLayers {
      substitution.exhaust(
        "blocks make more than the limit of \(ModelReader.mostLayers) layers", SpecCode.tooManyLayers,
        at: around.outermost ?? item.span)
      return failed()
    }
    guard around.level == 0 || substitution.charge(item.nodeCount, at: around.outermost ?? item.span) else {
      return failed()
    }
    let index = layers.count
    let placement = LayerPlacement(
      scope: around.scope, naming: around.naming, reads: inputs, name: name, shortcutOwner: shortcutOwner,
      origin: LayerOrigin(item: item, steps: around.steps, isMade: around.level > 0))
    let layer = reader.read(item, path: path, placement) ?? .unreadable(item, path: path, placement)
    // A list that stands where it should not may hold names: nothing is called unused for it.
    if layer.layer == nil, layer.inputs == nil, item.hasListAlone { isComplete = false }
    // What is no layer may still be what others mean to read.
    if layer.kind.isEmpty, let name = item.writtenName { scopes[around.scope].names[name] = .unknown }
    if let local = layer.localName, scopes[around.scope].names[local] == nil {
      scopes[around.scope].names[local] = .layer(index)
    }
    layers.append(layer)
    return .layer(index)
  }

  /// A name for a use of a block that has none of its own: not one that another use is given by hand.
  mutating func freeName(of block: String, _ naming: LayerNaming) -> String {
    let name = naming.name(block)
    var count = uses[name, default: 0]
    func candidate() -> String { count == 0 ? name : "\(name)_\(count)" }
    func isTaken(_ free: String) -> Bool {
      uses[free] != nil && (free != name || count > 0)
        || writtenNames.contains(String(free.dropFirst(naming.prefix.count)))
    }
    while isTaken(candidate()) { count += 1 }
    let free = candidate()
    uses[name] = count + 1
    if free != name { uses[free] = max(1, uses[free, default: 0]) }
    return free
  }

  /// The names that blocks are given in a tree of layers.
  private func blockNames(in node: YAMLNode) -> [String] {
    switch node.content {
    case .scalar: return []
    case .sequence(let items): return items.flatMap(blockNames)
    case .mapping(let entries):
      return entries.flatMap { entry -> [String] in
        let isBlock = LayerCatalog.blocks.contains(entry.key) || definitions[block: entry.key] != nil
        guard isBlock, case .mapping(let keys) = entry.value.content else { return blockNames(in: entry.value) }
        return keys.flatMap { key in
          key.key == "name" ? [key.value.scalar?.text ?? ""] : blockNames(in: key.value)
        }
      }
    }
  }

  mutating func scope(in parent: Int, input: LayerReading) -> Int {
    scopes.append(LayerScope(parent: parent, input: input))
    return scopes.count - 1
  }

  mutating func failed() -> LayerReading {
    isComplete = false
    return .unknown
  }

  mutating func add(_ other: DiagnosticBag, from origin: LayerOrigin) { faults.add(other, from: origin, to: &bag) }

  /// Layers of blocks that nothing uses are read too, for their faults.
  private mutating func checkUnusedBlocks() {
    guard definitions.blocks.contains(where: { !used.contains($0.name) }), !substitution.isExhausted else { return }
    var trial = self
    trial.layers = []
    for block in definitions.blocks
    where !trial.used.contains(block.name) && block.parameters.allSatisfy({ $0.defaultValue != nil }) {
      if trial.substitution.isExhausted { break }
      var fields = FieldReader([], of: block.name, at: block.keySpan, path: block.path)
      _ = trial.use(block, &fields, Surroundings(level: 1, outermost: block.keySpan), nil, from: .modelInput)
    }
    bag = trial.bag
    reader.takeFaults(of: trial.reader)
    substitution = trial.substitution
  }

  /// The items of a list of layers; `nil` after a fault was reported.
  static func items(of key: String, in fields: inout FieldReader, mayBeEmpty: Bool = false) -> [YAMLNode]? {
    let owner = fields.owner
    guard let entry = fields.entry(key) else {
      if fields.isMistyped(key) { return nil }
      fields.report(
        SpecCode.missingKey, "`\(owner)` has no `\(key)`", at: key, label: "`\(key)` is missing",
        help: "add `\(key): [{dense: 10}]`")
      return nil
    }
    guard case .sequence(let items) = entry.value.content else {
      fields.report(
        entry.value.isEmpty || entry.value.isNull ? SpecCode.emptyValue : SpecCode.wrongType,
        "`\(key)` of `\(owner)` takes a list of layers, not \(entry.value.described)", at: key,
        help: mayBeEmpty
          ? "begin each layer with a dash, or write `\(key): []` for none" : "begin each layer with a dash: `- flatten`"
      )
      return nil
    }
    if items.isEmpty, !mayBeEmpty {
      fields.report(SpecCode.noLayers, "`\(key)` of `\(owner)` is empty", at: key, help: "add a layer: `- flatten`")
      return nil
    }
    return items
  }
}

/// An item of `layers` with the word that says what it is.
struct BlockUse {
  let word: String
  let span: SourceSpan
  let argument: YAMLNode?

  init?(_ item: YAMLNode) {
    switch item.content {
    case .scalar(let scalar) where !scalar.text.isEmpty: (word, span, argument) = (scalar.text, item.span, nil)
    case .mapping(let entries) where entries.count == 1:
      (word, span) = (entries[0].key, entries[0].keySpan)
      argument = entries[0].value.isEmpty || entries[0].value.isNull ? nil : entries[0].value
    default: return nil
    }
  }

  /// The block's keys; `nil` after a fault was reported.
  func fields(path: String, _ origin: LayerOrigin, _ expansion: inout BlockExpansion) -> FieldReader? {
    let inside = "\(path).\(word)"
    switch argument?.content {
    case nil: return FieldReader([], of: word, at: span, path: inside)
    case .mapping(let entries): return FieldReader(entries, of: word, at: span, path: inside)
    case .scalar, .sequence:
      var bag = DiagnosticBag()
      bag.add(
        Diagnostic(
          SpecCode.wrongType, "`\(word)` takes its keys by name, not \(argument?.described ?? "nothing")",
          at: argument?.span ?? span, help: listed ?? byParameter(expansion) ?? example, path: inside))
      expansion.add(bag, from: origin)
      return nil
    }
  }

  /// A list behind the word is the one that a key of it takes.
  private var listed: String? {
    guard case .sequence(let items)? = argument?.content, !items.isEmpty else { return nil }
    let texts = items.map { $0.scalar?.text ?? "…" }
    let list = texts.contains("…") ? "[…]" : "[\(texts.joined(separator: ", "))]"
    switch word {
    case "repeat": return "name the list: `repeat: {times: 3, layers: \(list)}`"
    case "residual": return "name the list: `residual: {layers: \(list)}`"
    case "branches": return "name the list: `branches: {merge: concatenate, paths: \(list)}`"
    default: return nil
    }
  }

  /// A value behind a block of the author's own is most likely its first parameter's.
  private func byParameter(_ expansion: BlockExpansion) -> String? {
    guard let value = argument?.scalar?.text, let first = expansion.definitions[block: word]?.parameters.first else {
      return nil
    }
    return "write `- \(word): {\(first.name): \(value)}`"
  }

  private var example: String {
    switch word {
    case "repeat": "write `repeat: {times: 3, layers: [{dense: 10}]}`"
    case "residual": "write `residual: {layers: [{dense: 10}]}`"
    case "branches": "write `branches: {merge: add, paths: [[{dense: 10}], [{dense: 10}]]}`"
    default: "write `- \(word)`, or `- \(word): {PARAMETER: VALUE}`"
    }
  }
}

extension YAMLNode {
  /// The `name` among the keys of an item, or of what stands behind its first key.
  fileprivate var writtenName: String? {
    guard case .mapping(let entries) = content else { return nil }
    if let name = entries.first(where: { $0.key == "name" })?.value.scalar?.text { return name }
    guard case .mapping(let arguments)? = entries.first?.value.content else { return nil }
    return arguments.first { $0.key == "name" }?.value.scalar?.text
  }

  /// Whether a list stands behind the word of an item, in brackets or without: `add: [a, b]`, `add: a, b`.
  fileprivate var hasListAlone: Bool {
    guard case .mapping(let entries) = content, entries.count == 1, let value = entries.first?.value else {
      return false
    }
    switch value.content {
    case .sequence: return true
    case .scalar(let scalar): return scalar.text.contains(",")
    case .mapping: return false
    }
  }

  /// Nodes in it, itself included.
  fileprivate var nodeCount: Int {
    switch content {
    case .scalar: 1
    case .sequence(let items): items.reduce(1) { $0 + $1.nodeCount }
    case .mapping(let entries): entries.reduce(1) { $0 + $1.value.nodeCount }
    }
  }
}
