internal import CNNDiagnostics
internal import CNNYAML

/// A value that `$name` stands for, with what the limits need to know of it.
struct DefinedValue: Sendable {
  let node: YAMLNode
  /// Nodes in it, itself included.
  let count: Int
  /// Collections on the way to its deepest node, itself included.
  let height: Int
}

/// What a text may name: values of `define`, and inside of a block its parameters, which win.
struct DefinedNames {
  let values: [String: DefinedValue]
  var parameters: [String: DefinedValue] = [:]

  subscript(name: String) -> DefinedValue? { parameters[name] ?? values[name] }
  var isEmpty: Bool { values.isEmpty && parameters.isEmpty }
  func isParameter(_ name: String) -> Bool { parameters[name] != nil }
  var all: [String] { Set(values.keys).union(parameters.keys).sorted() }
}

/// Puts values in the place of `$name`.
///
/// Only a whole scalar without quotes is a name; there are no expressions. A value keeps its type and its
/// place in the text, and notes where it is used.
struct Substitution {
  /// Nodes that all of a spec's blocks and values may come to.
  static let mostNodes = 100_000
  static let mostLevels = 32

  private(set) var bag = DiagnosticBag()
  /// Where a name stood for nothing: what else is said of these places follows from that.
  private(set) var failures: Set<SourceSpan> = []
  private(set) var isExhausted = false
  /// Values of `define` that something stands for.
  private(set) var usedNames: Set<String> = []
  /// Scalars that are a name but for its `$`.
  private(set) var bareNames: [SourceSpan: String] = [:]
  private var nodeCount = 0

  /// Counts what expansion makes; false, with the one report of it, where that is too much.
  mutating func charge(_ count: Int, at span: SourceSpan) -> Bool {
    if isExhausted { return false }
    nodeCount += count
    if nodeCount <= Self.mostNodes { return true }
    exhaust("blocks and values make more than \(Self.mostNodes) keys, values and lists", at: span)
    return false
  }

  mutating func exhaust(_ message: String, _ code: DiagnosticCode = SpecCode.expansionLimit, at span: SourceSpan) {
    if isExhausted { return }
    isExhausted = true
    bag.add(Diagnostic(code, message, at: span, help: "use or repeat a block less often"))
  }

  mutating func report(_ diagnostic: Diagnostic) { bag.add(diagnostic) }

  /// The name that a scalar refers to.
  static func name(_ scalar: YAMLScalar) -> String? {
    guard !scalar.isQuoted, scalar.text.utf8.first == UInt8(ascii: "$"), scalar.text.utf8.count > 1 else { return nil }
    return String(scalar.text.dropFirst())
  }

  /// The node with values for its names; those that stand for nothing are reported, and stay.
  mutating func apply(_ names: DefinedNames, to node: YAMLNode) -> YAMLNode {
    measured(names, node, level: 0).node
  }

  mutating func measured(_ values: DefinedNames, _ node: YAMLNode, level: Int = 0) -> DefinedValue {
    let (changed, count, height) = substituted(values, node, level: level)
    return DefinedValue(node: changed ?? node, count: count, height: height)
  }

  /// The node with values for its names, or `nil` where it has none; and what the limits need to know of it.
  private mutating func substituted(
    _ values: DefinedNames, _ node: YAMLNode, level: Int
  ) -> (node: YAMLNode?, count: Int, height: Int) {
    guard level < 2 * Self.mostLevels else { return (nil, 1, 0) }
    var (count, height) = (1, 0)
    switch node.content {
    case .scalar(let scalar): return substituted(values, node, scalar, level: level)
    case .sequence(let items):
      var changed: [YAMLNode]?
      for index in items.indices {
        let inner = substituted(values, items[index], level: level + 1)
        if let node = inner.node {
          if changed == nil { changed = items }
          changed?[index] = node
        }
        (count, height) = (count + inner.count, max(height, inner.height))
      }
      return (changed.map { YAMLNode(.sequence($0), span: node.span, usedAt: node.usedAt) }, count, height + 1)
    case .mapping(let entries):
      var changed: [YAMLEntry]?
      for index in entries.indices {
        let inner = substituted(values, entries[index].value, level: level + 1)
        if let node = inner.node {
          if changed == nil { changed = entries }
          changed?[index].value = node
        }
        (count, height) = (count + inner.count, max(height, inner.height))
      }
      return (changed.map { YAMLNode(.mapping($0), span: node.span, usedAt: node.usedAt) }, count, height + 1)
    }
  }

  private mutating func substituted(
    _ values: DefinedNames, _ node: YAMLNode, _ scalar: YAMLScalar, level: Int
  ) -> (node: YAMLNode?, count: Int, height: Int) {
    guard let name = Self.name(scalar) else {
      if !scalar.isQuoted, !values.isEmpty, values[scalar.text] != nil { bareNames[node.span] = scalar.text }
      return (nil, 1, 0)
    }
    guard let value = values[name] else {
      reportUnknown(name, values, at: node)
      return (nil, 1, 0)
    }
    if !values.isParameter(name) { usedNames.insert(name) }
    guard charge(value.count, at: node.span) else {
      failures.insert(node.span)
      return (nil, 1, 0)
    }
    guard level + value.height <= Self.mostLevels else {
      exhaust("`$\(name)` makes nesting deeper than \(Self.mostLevels) levels", at: node.span)
      failures.insert(node.span)
      return (nil, 1, 0)
    }
    return (value.node.used(at: node.span), value.count, value.height)
  }

  private mutating func reportUnknown(_ name: String, _ names: DefinedNames, at node: YAMLNode) {
    failures.insert(node.span)
    // Faulty definitions are reported; their names are known.
    if failedNames.contains(name) { return }
    // No more suggestions are looked for than are shown.
    let known = bag.diagnostics.count < DiagnosticBag.mostReported ? names.all : []
    // `${width}`, as a shell has it.
    let inner =
      name.hasPrefix("{") && name.hasSuffix("}") ? String(name.dropFirst().dropLast().filter { $0 != " " }) : name
    let close = known.contains(inner) ? inner : Spelling.closest(to: inner, among: known)
    let isExpression = name.contains { " *+/-".contains($0) } && !inner.allSatisfy { $0.isLetter || $0 == "-" }
    var diagnostic = Diagnostic(
      SpecCode.unknownDefinition, "`\(node.described.filter { $0 != "`" })` stands for nothing", at: node.span,
      label: close.map { "did you mean `$\($0)`?" } ?? "",
      help: isExpression && close == nil
        ? "a name stands alone, without expressions: give the result a name in `define`"
        : close == nil
          ? known.isEmpty
            ? "define it, `define: {\(LayerNames.mended(name)): 64}`, or put it in quotes if it is text"
            : "there are \(known.prefix(16).map { "`$\($0)`" }.joined(separator: ", "))" : nil)
    if let close {
      diagnostic.fix = Diagnostic.Fix("write $\(close)", isSafe: false, edits: [.init(node.span, text: "$\(close)")])
    }
    bag.add(diagnostic)
  }

  /// The faults, with what would be right where a value is the name of one without its `$`.
  func named(_ faults: DiagnosticBag) -> DiagnosticBag {
    if bareNames.isEmpty { return faults }
    var result = DiagnosticBag()
    for var fault in faults.diagnostics {
      let name = [SpecCode.wrongType, SpecCode.unknownWord].contains(fault.code) ? bareNames[fault.span] : nil
      if let name, fault.fix == nil {
        fault.label = "did you mean `$\(name)`?"
        fault.help = "the value of `define` is `$\(name)`, with its sign"
        fault.fix = Diagnostic.Fix("write $\(name)", isSafe: false, edits: [.init(fault.span, text: "$\(name)")])
      }
      result.add(fault)
    }
    return result
  }

  /// Names whose definitions have faults.
  var failedNames: Set<String> = []
}
