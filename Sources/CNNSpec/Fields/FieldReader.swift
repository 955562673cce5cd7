package import CNNDiagnostics
package import CNNYAML

/// Reads the keys of one mapping by their descriptions, reports what is wrong with them, and keeps
/// what was read in the form of the resolved spec.
///
///     var fields = FieldReader(entries, of: "sgd", at: span, path: "$.training.optimizer")
///     fields.reportUnknownKeys(Vocabulary(SGD.arguments))
///     let momentum = fields.read(SGD.momentum)     // nil after a fault was reported
///
/// Read all keys before giving up on one, so that each fault is reported.
package struct FieldReader: Sendable {
  /// Whose keys these are, for messages: `conv2d`, `training`.
  package let owner: String
  /// The word that the defaults stand for: a kind, the key of a section.
  package let ownerSpan: SourceSpan
  package let path: String
  package private(set) var bag = DiagnosticBag()
  /// Every value read, defaults too; empty where they are not kept.
  package private(set) var resolved: [YAMLEntry] = []
  private let keepsResolved: Bool
  /// Of a layer: false if `trainable: false` freezes it.
  package var isTrainable = true
  /// Keys whose items stand beside them, as reported.
  var misplaced: Set<String> = []
  /// The keys that may be here, once unknown ones were reported: none of them is a misspelling of another.
  var acceptedKeys: Set<String> = []

  private var entries: [YAMLEntry]
  /// Keys under which is read what is written under a name of other tools.
  private var foreignKeys: Set<String> = []
  /// Keys whose values are Python's tuples, which are no text either.
  private let tuples: Set<String>
  /// Where each key is; of a few entries, looking through them is faster.
  private var places: [String: Int]?

  /// More entries than these have an index.
  private static let mostUnindexed = 32
  private static let mostSoundItems = 64
  /// Of more keys than these none is taken for a misspelling of one that is missing.
  private static let mostCompared = 1000

  /// - Parameter keepsResolved: whether `resolved` is asked for.
  package init(
    _ entries: [YAMLEntry], of owner: String, at span: SourceSpan, path: String, keepsResolved: Bool = true
  ) {
    let whole = BrokenTuples.mended(entries)
    tuples = BrokenTuples.keys(entries, mended: whole)
    self.entries = whole
    self.keepsResolved = keepsResolved
    self.owner = owner
    ownerSpan = span
    self.path = path
    places =
      whole.count <= Self.mostUnindexed
      ? nil : Dictionary(whole.indices.map { (whole[$0].key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Puts other values in the place of those that are written.
  mutating func replaceValues(_ replacement: (YAMLEntry) -> YAMLNode) {
    for index in entries.indices { entries[index].value = replacement(entries[index]) }
  }

  /// Puts the value of a key below another one.
  mutating func wrap(_ name: String, in key: String) {
    for index in entries.indices where entries[index].key == name {
      let entry = entries[index]
      entries[index].value.content = .mapping([YAMLEntry(key: key, keySpan: entry.keySpan, value: entry.value)])
    }
  }

  /// Puts entries below a key that is not there.
  mutating func gather(_ keys: [String], into name: String) {
    let gathered = entries.filter { keys.contains($0.key) }
    guard let first = gathered.first, let last = gathered.last else { return }
    var span = first.keySpan
    span.end = max(span.end, last.value.span.end)
    entries.removeAll { keys.contains($0.key) }
    entries.append(YAMLEntry(key: name, keySpan: first.keySpan, value: YAMLNode(.mapping(gathered), span: span)))
    places = nil
  }

  /// Reads on under the names that are meant by keys which differ from them in letter case alone, once that is said.
  mutating func respell(_ known: [String], in place: String) {
    for index in entries.indices {
      let (key, lower) = (entries[index].key, entries[index].key.lowercased())
      guard key != lower, known.contains(lower), !has(lower) else { continue }
      var diagnostic = Diagnostic(
        SpecCode.unknownKey, "unknown key `\(key)` in \(place)", at: entries[index].keySpan,
        label: "did you mean `\(lower)`?", help: "write `\(lower)`: keys are in small letters", path: "\(path).\(key)")
      diagnostic.fix = .init("rename to \(lower)", isSafe: true, edits: [.init(entries[index].keySpan, text: lower)])
      bag.add(diagnostic)
      entries[index].key = lower
      places = nil
    }
  }

  /// Reads the value of a key that was reported under the one that it was meant for.
  mutating func readOn(_ key: String, as meant: String, isForeign: Bool) {
    guard let index = places?[key] ?? entries.firstIndex(where: { $0.key == key }) else { return }
    entries[index].key = meant
    places?[meant] = index
    if isForeign { foreignKeys.insert(meant) }
  }

  /// Keys that take lists of words.
  private static let lists: Set<String> = ["inputs", "metrics", "callbacks", "class_names"]

  /// Puts together a list without brackets, which YAML takes for text, or in braces apart at its commas:
  /// `inputs: a, b` and `{inputs: a, b}`.
  mutating func reportOpenLists(_ accepted: Set<String>) {
    for index in entries.indices.reversed() where Self.lists.contains(entries[index].key) {
      let (key, value) = (entries[index].key, entries[index].value)
      guard let first = value.scalar, !first.isQuoted, !first.text.isEmpty else { continue }
      let rest = entries[(index + 1)...].prefix { $0.value.isEmpty && !accepted.contains($0.key) }
      let words = Self.words(first.text)
      guard words.count > 1 || !rest.isEmpty else { continue }
      let items =
        (words.count > 1 ? words.map { YAMLNode(.scalar(YAMLScalar($0, isQuoted: false)), span: value.span) } : [value])
        + rest.map { YAMLNode(.scalar(YAMLScalar($0.key, isQuoted: false)), span: $0.keySpan) }
      var node = YAMLNode(.sequence(items), span: value.span)
      if let last = rest.last { node.span.end = last.keySpan.end }
      let text = "[\(items.compactMap { $0.scalar?.text }.joined(separator: ", "))]"
      entries[index].value = node
      entries.removeSubrange(rest.indices)
      places = nil
      report(
        SpecCode.tuple, "`\(key)` takes a list, and a list needs its brackets", at: key, label: "write `\(text)`",
        help: "write `\(key): \(text)`",
        fix: Diagnostic.Fix("write \(text)", isSafe: false, edits: [.init(node.span, text: text)]))
    }
  }

  /// The words of `a, b`; none of a text that is no list of words.
  private static func words(_ text: String) -> [String] {
    let words = text.split(separator: ",").map { $0.drop { $0 == " " } }.filter { !$0.isEmpty }
    let isList = words.allSatisfy { $0.allSatisfy { $0.isLetter || $0.isNumber || "_.-".contains($0) } }
    return isList ? words.map(String.init) : []
  }

  package var keys: [String] { entries.map(\.key) }
  package var hasFaults: Bool { bag.hasErrors }

  package func entry(_ name: String) -> YAMLEntry? {
    guard let places else { return entries.first { $0.key == name } }
    return places[name].map { entries[$0] }
  }

  package func has(_ name: String) -> Bool { entry(name) != nil }

  func hasKey(outside known: Set<String>) -> Bool { entries.contains { !known.contains($0.key) } }

  /// A key's value in the text, or the owner where it is not written.
  package func span(of name: String) -> SourceSpan {
    guard let entry = entry(name) else { return ownerSpan }
    return entry.value.isEmpty ? entry.keySpan : entry.value.span
  }

  /// The value or its default; `nil` after a fault was reported.
  package mutating func read<Value>(_ argument: Argument<Value>) -> Value? {
    var value = argument.defaultValue
    if let entry = entry(argument.name) {
      value = convert(entry, argument.type)
    } else if value == nil {
      reportMissing(argument)
    }
    guard let value else { return nil }
    keep(argument.name, argument.type, value)
    return value
  }

  package mutating func locate<Value>(_ argument: Argument<Value>) -> Located<Value>? {
    guard let value = read(argument) else { return nil }
    guard has(argument.name) else { return Located(value, at: ownerSpan, path: path, isWritten: false) }
    return Located(value, at: span(of: argument.name), path: "\(path).\(argument.name)")
  }

  /// The value if its key is there; no fault if it is not.
  package mutating func locateIfWritten<Value>(_ name: String, _ type: ValueType<Value>) -> Located<Value>? {
    guard let entry = entry(name), let value = convert(entry, type) else { return nil }
    keep(name, type, value)
    return Located(value, at: span(of: name), path: "\(path).\(name)")
  }

  /// The sound items of a list in which others are not; what is wrong with those is reported where all of it is read.
  func soundItems<Item>(_ name: String, of item: ValueType<Item>) -> [Located<Item>] {
    guard case .sequence(let nodes)? = entry(name)?.value.content else { return [] }
    return nodes.prefix(Self.mostSoundItems).enumerated().compactMap { index, node in
      var reader = ValueReader(name: name, in: path)
      reader.isItem = true
      guard let value = item.read(node, &reader), !reader.hasFaults else { return nil }
      return Located(value, at: node.span, path: "\(path).\(name)[\(index)]")
    }
  }

  private mutating func convert<Value>(_ entry: YAMLEntry, _ type: ValueType<Value>) -> Value? {
    var node = entry.value
    // Nothing stands where the value should: point at the key.
    if node.isEmpty { node.span = entry.keySpan }
    // `- dropout: 0.5` has the kind where the key would be.
    let isMainArgument = entry.keySpan == ownerSpan && entry.key != owner
    var reader = ValueReader(
      name: entry.key, writtenName: isMainArgument ? owner : nil, in: path, schema: type.schema)
    let value = type.read(node, &reader)
    // What another tool calls so may be of another form there, and then it is the key alone that is wrong.
    if foreignKeys.contains(entry.key),
      reader.bag.diagnostics.contains(where: { $0.code == SpecCode.wrongType && $0.span == node.span })
    {
      return nil
    }
    if !reader.bag.hasErrors, tuples.contains(entry.key) { reader.reportWrongType(node, expected: type.text) }
    bag.add(contentsOf: reader.bag)
    return reader.bag.hasErrors ? nil : value
  }

  /// Adds a key to the resolved spec that was read by other means.
  package mutating func keep(_ name: String, _ node: @autoclosure () -> YAMLNode) {
    if keepsResolved { resolved.append(YAMLEntry(key: name, keySpan: .nowhere, value: node())) }
  }

  private mutating func keep<Value>(_ name: String, _ type: ValueType<Value>, _ value: Value) {
    if keepsResolved { keep(name, type.write(value)) }
  }

  package mutating func report(
    _ code: DiagnosticCode, _ message: String, at name: String, label: String = "",
    notes: [Diagnostic.Note] = [], help: String? = nil, fix: Diagnostic.Fix? = nil,
    proposals: [Diagnostic.Proposal] = []
  ) {
    var diagnostic = Diagnostic(
      code, message, at: span(of: name), label: label, notes: notes, help: help,
      path: has(name) ? "\(path).\(name)" : path, proposals: proposals)
    diagnostic.fix = fix
    bag.add(diagnostic)
  }

  package mutating func take(_ other: DiagnosticBag) { bag.add(contentsOf: other) }

  /// Whether a key that may not be there is nearly this one: a fault of its own.
  func isMistyped(_ name: String) -> Bool {
    if misplaced.contains(name) { return true }
    return entries.prefix(Self.mostCompared).map(\.key).contains { key in
      key != name && !acceptedKeys.contains(key)
        && (ForeignNames.meanings(of: key).contains(name) || Spelling.closest(to: key, among: [name]) != nil
          || Self.split(key)?.name == name)
    }
  }

  private mutating func reportMissing(_ argument: some ArgumentDescription) {
    // A near miss that is reported as unknown is the same fault.
    if isMistyped(argument.name) { return }
    bag.add(
      Diagnostic(
        SpecCode.missingKey, "`\(owner)` has no `\(argument.name)`", at: ownerSpan,
        label: "`\(argument.name)` is missing",
        help: "add `\(argument.name)`, \(argument.typeText)", path: path))
  }
}
