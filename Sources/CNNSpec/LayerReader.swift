internal import CNNDiagnostics
internal import CNNGraph
internal import CNNYAML

/// Reads the items of `layers`: `flatten`, `dense: 10`, `conv2d: {filters: 32}`.
struct LayerReader {
  let catalog: LayerCatalog
  /// Blocks of `define`, for words that are nearly theirs.
  let blockNames: [String]
  private(set) var names = LayerNames()
  private(set) var bag = DiagnosticBag()
  private var faults = RepeatedFaults()
  private var unknownKinds = 0
  /// The unknown kind whose help lists those that there are.
  private var firstUnknown: String?
  /// Names given so far, and where.
  private var taken: [String: SourceSpan] = [:]
  /// Which keys each kind has: the same for all of its layers.
  private var vocabularies: [String: Vocabulary] = [:]

  static let name = Argument<String>(
    "name", .layerName, default: "", doc: "What the layer is called, instead of Keras's automatic name")
  static let trainable = Argument("trainable", .boolean, default: true, doc: "Whether training changes its weights")
  static let inputs = ValueType<[Located<String>]>.places(
    of: .text("a layer's name"), text: "the names of one or more layers", atMost: 1024)
  /// Keys that every layer has beside its own.
  static let commonKeys = [name.name, "inputs", trainable.name]
  /// Keys that every block has beside its own.
  static let blockKeys = [name.name, "inputs"]

  init(catalog: LayerCatalog, blockNames: [String] = []) {
    self.catalog = catalog
    self.blockNames = blockNames
  }

  /// What another reader, which began as a copy of this one, found.
  mutating func takeFaults(of other: LayerReader) {
    (bag, faults) = (other.bag, other.faults)
    firstUnknown = other.firstUnknown
  }

  /// A layer, with its faults explained by where it is used; `nil` for what is no layer.
  mutating func read(_ item: YAMLNode, path: String, _ placement: LayerPlacement) -> LayerSpec? {
    var found = DiagnosticBag()
    swap(&bag, &found)
    self.placement = placement
    let layer = read(item, path: path)
    swap(&bag, &found)
    faults.add(found, from: placement.origin, to: &bag)
    return layer
  }

  /// Of the layer at hand.
  private var placement = LayerPlacement()

  private mutating func read(_ item: YAMLNode, path: String) -> LayerSpec? {
    let word: String
    let keySpan: SourceSpan
    var entries: [YAMLEntry] = []
    var lone: YAMLNode?
    switch item.content {
    case .scalar(let scalar) where !scalar.text.isEmpty:
      (word, keySpan) = (scalar.text, item.span)
    case .mapping(let items) where items.count == 1:
      let entry = items[0]
      (word, keySpan) = (entry.key, entry.keySpan)
      switch entry.value.content {
      case .mapping(let arguments): entries = arguments
      case .scalar, .sequence: lone = entry.value.isEmpty || entry.value.isNull ? nil : entry.value
      }
    default:
      reportNotALayer(item, path: path)
      return nil
    }
    // `Dense` is no kind, and what is meant is beyond doubt: its arguments are read all the same.
    let respelled = catalog[word] == nil ? catalog.kind(spelledLike: word) : nil
    var suggested: String?
    if catalog[word] == nil {
      if respelled == nil, let text = named(word, entries) {
        report(
          SpecCode.notALayer, "an item of `layers` begins with the kind of a layer, not with its name", at: keySpan,
          help: "write `\(text)`", path: path)
      } else {
        suggested = reportUnknownKind(word, respelled: respelled?.kind, at: keySpan, path: path)
      }
    }
    guard let kind = catalog[word] ?? respelled else {
      if let meant = suggested.flatMap({ catalog[$0] }), lone != nil || !entries.isEmpty {
        check(entries, lone, as: meant, at: keySpan, path: path)
      }
      return unknownLayer(word, entries, keySpan: keySpan, path: path)
    }
    if let lone {
      guard let main = kind.mainArgument else {
        report(
          SpecCode.wrongType, "`\(kind.kind)` takes its arguments by name, not \(lone.described)", at: lone.span,
          help: repairOfLone(kind, lone), path: path)
        return layer(kind, nil, fields([], of: word, at: keySpan, path: path), [], path: path)
      }
      if let fault = several(kind, lone, path: path) {
        bag.add(fault)
        return layer(kind, nil, fields([], of: word, at: keySpan, path: path), [], path: path)
      }
      entries = [YAMLEntry(key: main, keySpan: keySpan, value: lone)]
    }
    return read(kind, fields(entries, of: kind.kind, at: keySpan, path: path), entries, path: path)
  }

  private func fields(_ entries: [YAMLEntry], of owner: String, at span: SourceSpan, path: String) -> FieldReader {
    FieldReader(entries, of: owner, at: span, path: path, keepsResolved: false)
  }

  /// `- flatten` for what needs no arguments, else those it needs, with what is written there:
  /// `- conv2d: {filters: 32, kernel_size: …}`, `- add: {inputs: [a, b]}`.
  private func repairOfLone(_ kind: any Layer.Type, _ lone: YAMLNode) -> String {
    var words: [String]
    switch lone.content {
    case .sequence(let items): words = items.compactMap { $0.scalar?.text }
    default: words = Self.words(lone.scalar?.text ?? "")
    }
    if kind.inputCount != .one, words.count > 1 {
      // A name that is none is told where it is given, with what it may be.
      let names = words.map { LayerNames.isValid($0) ? $0 : LayerNames.mended($0) }
      return "write `- \(kind.kind): {inputs: [\(names.joined(separator: ", "))]}`"
    }
    var item = ForeignLayer()
    item.complete(kind, Self.arguments(of: kind, words))
    return item.items == [kind.kind]
      ? "write `- \(kind.kind)` alone, or its arguments by name" : "write `- \(item.items[0])`"
  }

  /// `dense: 10 softmax`, `dense: 128, relu`: the main argument with an activation behind it.
  private func several(_ kind: any Layer.Type, _ lone: YAMLNode, path: String) -> Diagnostic? {
    guard let scalar = lone.scalar, !scalar.isQuoted, !scalar.isBlock else { return nil }
    let words = Self.words(scalar.text)
    let given = Self.arguments(of: kind, words)
    guard words.count == 2, given.count == 2, given.contains(where: { $0.0 == "activation" }) else { return nil }
    var item = ForeignLayer()
    item.complete(kind, given)
    let text = item.items[0]
    var fault = Diagnostic(
      SpecCode.wrongType, "`\(kind.kind)` takes one value without a name, not \(lone.described)", at: lone.span,
      help: "write `- \(text)`", path: path)
    let value = String(text.dropFirst(kind.kind.count + 2))
    if item.isWhole { fault.fix = .init("write \(text)", isSafe: false, edits: [.init(lone.span, text: value)]) }
    return fault
  }

  /// `32, 3, relu` and `32 3 relu`
  private static func words(_ text: String) -> [String] {
    text.split { ", \t".contains($0) }.map(String.init)
  }

  /// The arguments that words stand for by their place, an activation wherever it stands.
  private static func arguments(of kind: any Layer.Type, _ words: [String]) -> [(String, String)] {
    var needed = kind.arguments.filter { $0.defaultNode == nil }.map(\.name)[...]
    let takesActivation = kind.arguments.contains { $0.name == "activation" } && kind.kind != "activation"
    return words.compactMap { word in
      if takesActivation, let activation = ValueType<Activation>.activation(word) {
        return ("activation", activation.rawValue)
      }
      return needed.popFirst().map { ($0, word) }
    }
  }

  private mutating func read(
    _ kind: any Layer.Type, _ given: FieldReader, _ arguments: [YAMLEntry], path: String
  ) -> LayerSpec {
    var fields = given
    fields.reportUnknownKeys(vocabulary(of: kind), in: placeText(kind.kind, given))
    let layer = Self.readLayer(kind, &fields)
    return self.layer(kind, fields.hasFaults ? nil : layer, fields, arguments, path: path)
  }

  /// Whether it is frozen first, which its arguments may depend on.
  static func readLayer(_ kind: any Layer.Type, _ fields: inout FieldReader) -> (any Layer)? {
    fields.isTrainable = fields.locateIfWritten("trainable", trainable.type)?.value ?? true
    return kind.init(&fields)
  }

  private mutating func vocabulary(of kind: any Layer.Type) -> Vocabulary {
    if let known = vocabularies[kind.kind] { return known }
    let (catalog, arguments) = (catalog, kind.arguments)
    let vocabulary = Vocabulary(
      arguments, and: Self.commonKeys, elsewhere: catalog.ownersOfArguments,
      mainKey: kind.mainArgument ?? arguments.first?.name)
    vocabularies[kind.kind] = vocabulary
    return vocabulary
  }

  private func placeText(_ kind: String, _ fields: FieldReader) -> String? {
    guard let name = fields.entry("name")?.value.scalar?.text, LayerNames.isValid(name) else { return nil }
    return "`\(kind)` layer `\(name)`"
  }

  private mutating func layer(
    _ kind: any Layer.Type, _ layer: (any Layer)?, _ given: FieldReader, _ arguments: [YAMLEntry], path: String
  ) -> LayerSpec {
    var fields = given
    let written = fields.locateIfWritten("name", Self.name.type)
    let inputs = fields.locateIfWritten("inputs", Self.inputs)
    bag.add(contentsOf: fields.bag)
    // A name that is not allowed is reported; the layer still has none of Keras's.
    let name =
      fields.has("name")
      ? written.map { placement.naming.name($0.value) } ?? "" : placement.name ?? names.next(kind.automaticName)
    let nameSpan = written?.span ?? fields.ownerSpan
    claim(name, written?.value, at: nameSpan, isWritten: written != nil || placement.name != nil, path: path)
    return LayerSpec(
      kind: kind.kind, className: kind.className, layer: layer, inputCount: kind.inputCount, name: name,
      hasExplicitName: written != nil, nameSpan: nameSpan, localName: written?.value, inputs: inputs?.value,
      isTrainable: fields.isTrainable, keySpan: fields.ownerSpan, path: path, arguments: arguments,
      placement: placement)
  }

  /// What is wrong with the arguments of an unknown kind, if it is the one that was suggested.
  private mutating func check(
    _ entries: [YAMLEntry], _ lone: YAMLNode?, as kind: any Layer.Type, at keySpan: SourceSpan, path: String
  ) {
    var entries = entries
    if let lone {
      guard let main = kind.mainArgument else { return }
      entries = [YAMLEntry(key: main, keySpan: keySpan, value: lone)]
    }
    var fields = fields(entries, of: kind.kind, at: keySpan, path: path)
    fields.reportUnknownKeys(vocabulary(of: kind))
    _ = Self.readLayer(kind, &fields)
    bag.add(contentsOf: fields.bag)
  }

  /// A layer of no known kind keeps its name and inputs, so that those who read it are not at fault too.
  private mutating func unknownLayer(
    _ word: String, _ entries: [YAMLEntry], keySpan: SourceSpan, path: String
  ) -> LayerSpec {
    var fields = fields(entries, of: word, at: keySpan, path: path)
    // As with what is reported: behind the first nobody looks for what was meant.
    let isLookedInto = unknownKinds <= DiagnosticBag.mostReported && !LayerCatalog.isKerasLayer(word)
    let meant = isLookedInto ? catalog.suggestion(for: word).flatMap { catalog[$0] } : nil
    let written = fields.locateIfWritten("name", Self.name.type)
    let inputs = fields.locateIfWritten("inputs", Self.inputs)
    let name =
      written.map { placement.naming.name($0.value) } ?? placement.name
      ?? names.next(meant?.automaticName ?? (LayerNames.isValid(word) ? word : "layer"))
    claim(name, written?.value, at: written?.span ?? keySpan, isWritten: written != nil, path: path)
    return LayerSpec(
      kind: word, className: word, layer: nil, inputCount: .atLeast(1), name: name, hasExplicitName: written != nil,
      nameSpan: written?.span ?? keySpan, localName: written?.value, inputs: inputs?.value, isTrainable: true,
      keySpan: keySpan, path: path, arguments: entries, placement: placement)
  }

  /// - Parameters:
  ///   - name: in full.
  ///   - local: as written; inside of a block, `name` has more to it.
  mutating func claim(_ name: String, _ local: String?, at span: SourceSpan, isWritten: Bool, path: String) {
    if name.isEmpty { return }
    if !LayerNames.isValid(name) {
      report(
        SpecCode.badName, "the name becomes `\(name)` here, of \(name.utf8.count) characters, and may have 64",
        at: span,
        help: "shorten it, or the names of the blocks around it", path: path)
      return
    }
    let isTaken = name == LayerNames.modelInput || name == LayerNames.outermostInput
    if local == LayerNames.modelInput || isWritten && isTaken {
      let word = name == LayerNames.outermostInput ? name : LayerNames.modelInput
      report(
        SpecCode.badName, "`\(word)` is what the input of the model, or of the block around it, is called", at: span,
        help: "give the layer another name, such as `name: \(LayerNames.modelInput)_layer`", path: path)
      return
    }
    if let first = taken[name] {
      report(
        SpecCode.duplicateName, "two layers are called `\(name)`", at: span,
        notes: [Diagnostic.Note("the first `\(name)` is here", at: first)],
        help: isWritten ? "write `name: \(freeName(like: name))`" : "give the first another name than an automatic one",
        path: path)
      return
    }
    taken[name] = span
  }

  private func freeName(like name: String) -> String {
    let stem = String(name.prefix(58))
    return (2...).lazy.map { "\(stem)_\($0)" }.first { taken[$0] == nil } ?? "other"
  }

  /// - Returns: the kind that it was said to be meant for.
  private mutating func reportUnknownKind(
    _ word: String, respelled: String?, at span: SourceSpan, path: String
  ) -> String? {
    if let deeper = deeperItem(in: word, span) {
      report(
        SpecCode.notALayer, "`\(deeper.word)` is indented deeper than the item above it, which reads on here",
        at: deeper.span, help: "begin the line with \(deeper.blanks) blanks, like that one", path: path)
      return nil
    }
    // No more suggestions are looked for than are shown.
    unknownKinds += 1
    if respelled == nil, unknownKinds <= DiagnosticBag.mostReported, let meant = ForeignCall(word)?.layer(catalog) {
      bag.add(foreign(word, meant, at: span, path: path))
      return nil
    }
    if respelled == nil, let activation = ValueType<Activation>.activation(word) {
      let text = "activation: \(activation.rawValue)"
      var diagnostic = Diagnostic(
        SpecCode.unknownKind, "there is no layer `\(word)`", at: span, help: "write `- \(text)`", path: path)
      diagnostic.fix = .init("write \(text)", isSafe: false, edits: [.init(span, text: text)])
      bag.add(diagnostic)
      return nil
    }
    let call = ForeignCall(word)
    let name = word.contains("(") ? call?.name ?? word : word
    let isKeras = respelled == nil && LayerCatalog.isKerasLayer(name)
    let close =
      unknownKinds > DiagnosticBag.mostReported || isKeras
      ? nil : respelled ?? Spelling.closest(to: word, among: blockNames) ?? catalog.suggestion(for: word)
    var diagnostic = Diagnostic(
      SpecCode.unknownKind,
      isKeras ? "`\(name)` is a layer of Keras that there is none of here" : "there is no layer `\(name)`", at: span,
      label: close.map { "did you mean `\($0)`?" } ?? "", path: path)
    if let close {
      diagnostic.fix = Diagnostic.Fix(
        "write \(close)", isSafe: close == respelled, edits: [.init(span, text: close)])
    } else {
      diagnostic.help = unknownKindHelp(name)
    }
    bag.add(diagnostic)
    return close
  }

  /// A layer in the form of another language.
  private func foreign(_ word: String, _ meant: ForeignLayer, at span: SourceSpan, path: String) -> Diagnostic {
    var diagnostic = Diagnostic(
      SpecCode.unknownKind, "`\(word)` is not how a layer is written here", at: span,
      notes: meant.notes.map { .init($0) }, path: path)
    if let advice = meant.advice {
      diagnostic.message = "there is no layer `\(word)`"
      diagnostic.help = advice
      return diagnostic
    }
    diagnostic.help = "write " + meant.items.map { "`- \($0)`" }.joined(separator: " and behind it ")
    if meant.items.count == 1, let text = meant.items.first, meant.isWhole {
      diagnostic.label = "write `\(text)`"
      diagnostic.fix = .init("write \(text)", isSafe: false, edits: [.init(span, text: text)])
    }
    return diagnostic
  }

  /// The last of the items that are one word for YAML, since they are indented deeper than the first.
  private func deeperItem(in word: String, _ span: SourceSpan) -> (word: String, span: SourceSpan, blanks: Int)? {
    guard span.end.line > span.start.line, let dash = word.ranges(of: " - ").last else { return nil }
    let last = word[word.index(after: dash.lowerBound)...]
    var start = span.end
    (start.column, start.byte) = (start.column - last.unicodeScalars.count, start.byte - last.utf8.count)
    guard start.column > 0 else { return nil }
    return (
      String(last.dropFirst(2)), SourceSpan(source: span.source, start: start, end: span.end),
      max(0, span.start.column - 3)
    )
  }

  /// All there is, once.
  private mutating func unknownKindHelp(_ word: String) -> String {
    if ["Input", "InputLayer", "input", "input_layer"].contains(word) {
      return "leave it out: the input's shape is a key of `model`, `input: [28, 28, 1]`"
    }
    if word.contains("(") { return "write arguments as `- dense: 10` or `- dense: {units: 10}`" }
    if let firstUnknown { return "what layers there are is said at `\(firstUnknown)`" }
    firstUnknown = word
    return "the layers are \(catalog.kinds.map { $0.kind }.joined(separator: ", "))"
  }

  private mutating func reportNotALayer(_ item: YAMLNode, path: String) {
    if case .mapping(let entries) = item.content, let first = entries.first, entries.count > 1 {
      let isKind = catalog[first.key] != nil
      report(
        SpecCode.notALayer, "an item of `layers` is one layer, and this has \(entries.count) keys",
        at: isKind ? entries[1].keySpan : first.keySpan, help: "write `\(joined(entries))`", path: path)
    } else {
      report(
        SpecCode.notALayer, "an item of `layers` is a layer, not \(item.described)", at: item.span,
        help: "write `- flatten`, `- dense: 10` or `- dense: {units: 10}`", path: path)
    }
  }

  /// One layer of the keys that stand side by side: `dense: 10` and `activation: relu`, `type: dense` and `units: 10`.
  private func joined(_ entries: [YAMLEntry]) -> String {
    let first = entries[0]
    var rest = entries.dropFirst()
    let word = first.value.scalar?.text ?? ""
    // Two layers, each an item of its own.
    let own = Set(catalog[first.key]?.arguments.map(\.name) ?? [])
    if entries.allSatisfy({ catalog[$0.key] != nil && !own.contains($0.key) }) {
      return entries.map { entry in
        "- \(entry.key)" + (entry.value.isEmpty ? "" : ": \(entry.value.scalar?.text ?? "…")")
      }.joined(separator: "` and `")
    }
    if LayerCatalog.blocks.contains(first.key) || blockNames.contains(first.key) {
      let main = first.key == "repeat" && !word.isEmpty ? [("times", word)] : []
      let keys = main.map { "\($0.0): \($0.1)" } + rest.map { "\($0.key): \($0.value.scalar?.text ?? "[…]")" }
      return "- \(first.key): {\(keys.joined(separator: ", "))}"
    }
    var arguments: [YAMLEntry] = []
    var kind = catalog[first.key]
    if let kind, let main = kind.mainArgument, !word.isEmpty {
      arguments = [YAMLEntry(key: main, keySpan: first.keySpan, value: first.value)]
      rest.removeAll { $0.key == main }
    } else if kind == nil, Self.kindWords.contains(first.key) {
      kind = catalog[word] ?? catalog.suggestion(for: word).flatMap { catalog[$0] }
    }
    arguments += rest
    let texts = arguments.compactMap { entry in entry.value.scalar.map { "\(entry.key): \($0.text)" } }
    guard let kind, texts.count == arguments.count else { return "- dense: {units: 10, activation: relu}" }
    return "- \(kind.kind): {\(texts.joined(separator: ", "))}"
  }

  /// `stem: {type: conv2d, filters: 3}`: the layer's name where its kind should be.
  private func named(_ word: String, _ arguments: [YAMLEntry]) -> String? {
    guard arguments.contains(where: { Self.kindWords.contains($0.key) }) else { return nil }
    let text = joined(
      arguments.sorted { Self.kindWords.contains($0.key) && !Self.kindWords.contains($1.key) })
    guard text.contains("{"), LayerNames.isValid(word) else { return nil }
    return "\(text.dropLast()), name: \(word)}"
  }

  private static let kindWords: Set<String> = ["type", "kind", "class_name", "layer", "class"]

  private mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, notes: [Diagnostic.Note] = [],
    help: String? = nil, path: String
  ) {
    bag.add(Diagnostic(code, message, at: span, notes: notes, help: help, path: path))
  }
}

/// Where a layer stands: what it reads, what it is called, and whence it came.
struct LayerPlacement {
  var scope = 0
  var naming = LayerNaming()
  /// What it reads where `inputs` is not written.
  var reads: [LayerReading] = []
  /// In place of Keras's automatic name.
  var name: String?
  /// See `LayerSpec`.
  var shortcutOwner: SourceSpan?
  var origin = LayerOrigin(item: nil, steps: [])
}
