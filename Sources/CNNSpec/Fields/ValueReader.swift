package import CNNDiagnostics
package import CNNYAML

/// What the reading of one value knows and reports: whose value it is, and where.
package struct ValueReader: Sendable {
  /// The key, `kernel_size`.
  package let name: String
  /// The word that stands before the value in the text, which repairs go on with: the key, or the layer's kind in
  /// `- dropout: 0.5`, whose value is its `rate`.
  package let writtenName: String
  private let base: String
  package private(set) var bag = DiagnosticBag()
  /// What the key takes, if that is known: repairs are of this form.
  package let schema: ValueSchema?
  /// Whether the value at hand is one of a list, and no key stands before it.
  package var isItem = false

  /// - Parameter base: the path of the mapping that has the key.
  package init(name: String, writtenName: String? = nil, in base: String, schema: ValueSchema? = nil) {
    self.name = name
    self.writtenName = writtenName ?? name
    self.base = base
    self.schema = schema
  }

  /// Put together when asked for, which of most values nobody does.
  package var path: String { "\(base).\(name)" }

  package mutating func report(
    _ code: DiagnosticCode, _ message: String, at span: SourceSpan, label: String = "",
    notes: [Diagnostic.Note] = [], help: String? = nil, fix: Diagnostic.Fix? = nil
  ) {
    var diagnostic = Diagnostic(code, message, at: span, label: label, notes: notes, help: help, path: path)
    diagnostic.fix = fix
    bag.add(diagnostic)
  }

  /// How a repair is written: with the key before it, but for one of a list's items.
  package func written(_ text: String) -> String { isItem ? text : "\(writtenName): \(text)" }

  package var hasFaults: Bool { bag.hasErrors }

  package mutating func take(_ other: DiagnosticBag) { bag.add(contentsOf: other) }

  /// Reports that a node is not what the key takes.
  package mutating func reportWrongType(
    _ node: YAMLNode, expected: String, help: String? = nil, fix: Diagnostic.Fix? = nil
  ) {
    if node.isEmpty {
      report(
        SpecCode.emptyValue, "`\(name)` has no value, and takes \(expected)", at: node.span, help: help)
      return
    }
    if reportList(node, expected: expected) { return }
    var (help, fix) = (help, fix)
    if help == nil, case .sequence(let items) = node.content, items.count == 1, let lone = items[0].scalar {
      help = "write `\(writtenName): \(lone.text)`, without brackets"
      if !lone.isQuoted, node.span.start.line == node.span.end.line {
        fix = replacing(node, with: lone.text, isSafe: false)
      }
    }
    if help == nil, let scalar = node.scalar, !scalar.isBlock,
      let meant = ForeignNumber.meant(scalar.text, for: schema, key: name)
    {
      help = "write `\(written(meant))`"
      fix = replacing(node, with: meant, isSafe: false)
    }
    if let scalar = node.scalar, scalar.isQuoted, scalar.text.hasPrefix("$") {
      help = "without quotes, `\(scalar.text)` stands for a value of `define` or a parameter"
    }
    report(
      SpecCode.wrongType, "`\(name)` takes \(expected), not \(node.described)", at: node.span, help: help, fix: fix)
  }

  /// Reports a list that is written as in other languages; whether it is one.
  private mutating func reportList(_ node: YAMLNode, expected: String) -> Bool {
    guard let scalar = node.scalar, !scalar.isQuoted else { return false }
    let list = ForeignList(scalar.text)
    let isTuple = scalar.text.hasPrefix("(")
    guard isTuple || list != nil else { return false }
    let meant = isItem ? nil : list?.meant(for: schema)
    guard isTuple || meant != nil else { return false }
    report(
      SpecCode.tuple,
      "`\(name)` takes \(expected), and \(node.described) \(isTuple ? "is Python's form" : "is text without brackets")",
      at: node.span, label: meant.map { "write `\($0.text)`" } ?? "",
      help: meant.map { "write `\(written($0.text))`" } ?? "lists are in brackets: `[3, 3]`",
      fix: meant.map { replacing(node, with: $0.text) })
    return true
  }

  /// Reports why a scalar is no number or boolean.
  package mutating func report(_ fault: ScalarFault, of node: YAMLNode, expected: String) {
    if case .quoted = fault.kind {} else if reportList(node, expected: expected) { return }
    let code: DiagnosticCode
    switch fault.kind {
    case .empty, .notANumber, .notABoolean: return reportWrongType(node, expected: expected)
    case .null: code = SpecCode.emptyValue
    case .quoted, .block: code = SpecCode.quotedValue
    case .oldBoolean, .otherCase: code = SpecCode.booleanForm
    case .notWhole: code = SpecCode.wrongType
    case .leadingZeros, .digitSeparator, .sexagesimal, .otherBase, .notFinite, .tooLarge, .tooSmall:
      code = SpecCode.numberForm
    }
    // What is out of its range is no repair.
    let plain = fault.suggestion.flatMap { text in
      Double(text) == nil || schema?.takesNumber(text) ?? true ? text : nil
    }
    let suggestion =
      plain ?? node.scalar.flatMap { ForeignNumber.meant($0.text, for: schema, key: name) }
    report(
      code, "`\(name)` takes \(expected), and \(node.described) \(fault.reason)", at: node.span,
      label: suggestion.map { "write `\($0)`" } ?? "", help: suggestion.map { "write `\(written($0))`" },
      fix: suggestion.map { replacing(node, with: $0, isSafe: plain != nil && fault.kind.hasOneMeaning) })
  }

  /// Reports a word that is none of those the key takes.
  ///
  /// What differs in letter case or separators alone, or is another name of the same, is mended safely.
  /// - Parameter isName: whether arguments may stand behind the word, or it is one of several.
  /// - Returns: the word that was meant, for reading what stands behind it.
  @discardableResult
  package mutating func reportUnknownWord(
    _ node: YAMLNode, _ word: String, among words: [String], aliases: [String: String] = [:], isName: Bool = false
  ) -> String? {
    let folded = Self.folded(word)
    let same = aliases[word.lowercased()] ?? words.first { Self.folded($0) == folded }
    let close = same ?? Spelling.closest(to: word, among: words)
    if close == nil, reportCall(node, word, among: words, aliases: aliases) { return nil }
    report(
      SpecCode.unknownWord, "`\(name)` takes \(Self.alternatives(words)), not \(node.described)", at: node.span,
      label: close.map { "did you mean `\($0)`?" } ?? "",
      help: isName ? nil : close.map { "write `\(written($0))`" },
      fix: close.map { replacing(node, with: $0, isSafe: same != nil) })
    return close
  }

  /// Reports a name with arguments in Python's form, `Adam(0.01)`; whether it is one.
  private mutating func reportCall(
    _ node: YAMLNode, _ word: String, among words: [String], aliases: [String: String]
  ) -> Bool {
    guard word.contains("(") || word.contains("="), let call = ForeignCall(word) else { return false }
    let folded = Self.folded(call.name)
    guard let name = aliases[call.name.lowercased()] ?? words.first(where: { Self.folded($0) == folded }),
      let text = call.call(name, of: schema)
    else { return false }
    report(
      SpecCode.unknownWord, "`\(self.name)` takes \(Self.alternatives(words)), and \(node.described) is Python's form",
      at: node.span, label: "write `\(text)`",
      notes: call.reduction.map { [.init("losses are means over the samples here, not `\($0)`")] } ?? [],
      help: "write `\(written(text))`"
        + (call.isOfLogits
          ? ", and end the model with `- activation: \(name.hasPrefix("binary") ? "sigmoid" : "softmax")`" : ""),
      fix: replacing(node, with: text, isSafe: false))
    return true
  }

  /// - Parameter isSafe: whether nothing else can have been meant.
  package func replacing(_ node: YAMLNode, with text: String, isSafe: Bool = true) -> Diagnostic.Fix {
    Diagnostic.Fix("write \(text)", isSafe: isSafe, edits: [.init(node.span, text: text)])
  }

  /// `Leaky-ReLU`, `“leaky_relu”` and `leaky_relu` are one word.
  private static func folded(_ word: String) -> String {
    word.lowercased().filter { !"_- \n“”‘’'\"".contains($0) }
  }

  /// `` `a`, `b` or `c` ``
  package static func alternatives(_ words: [String]) -> String {
    let quoted = words.map { "`\($0)`" }
    guard let last = quoted.last, quoted.count > 1 else { return quoted.first ?? "nothing" }
    return quoted.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension ScalarFault.Kind {
  /// Whether the suggestion is what every reader takes the scalar for: `010` is 8 for some.
  fileprivate var hasOneMeaning: Bool {
    switch self {
    case .leadingZeros, .sexagesimal, .otherBase, .notFinite, .tooLarge, .tooSmall: false
    default: true
    }
  }
}
