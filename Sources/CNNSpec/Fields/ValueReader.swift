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

  /// - Parameter base: the path of the mapping that has the key.
  package init(name: String, writtenName: String? = nil, in base: String) {
    self.name = name
    self.writtenName = writtenName ?? name
    self.base = base
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
    if let scalar = node.scalar, !scalar.isQuoted, scalar.text.hasPrefix("(") {
      let inner = scalar.text.dropFirst().prefix { $0 != ")" }
      let isWhole = scalar.text.hasSuffix(")") && !inner.isEmpty
      let suggestion = "[\(inner)]"
      report(
        SpecCode.tuple, "`\(name)` takes \(expected), and `\(scalar.text)` is not YAML for a list", at: node.span,
        label: isWhole ? "write `\(suggestion)`" : "",
        help: isWhole ? "lists are in brackets: `\(name): \(suggestion)`" : "lists are in brackets: `\(name): [3, 3]`",
        fix: isWhole ? replacing(node, with: suggestion) : nil)
      return
    }
    var (help, fix) = (help, fix)
    if help == nil, case .sequence(let items) = node.content, items.count == 1, let lone = items[0].scalar {
      help = "write `\(writtenName): \(lone.text)`, without brackets"
      if !lone.isQuoted, node.span.start.line == node.span.end.line {
        fix = replacing(node, with: lone.text, isSafe: false)
      }
    }
    if let scalar = node.scalar, scalar.isQuoted, scalar.text.hasPrefix("$") {
      help = "without quotes, `\(scalar.text)` stands for a value of `define` or a parameter"
    }
    report(
      SpecCode.wrongType, "`\(name)` takes \(expected), not \(node.described)", at: node.span, help: help, fix: fix)
  }

  /// Reports why a scalar is no number or boolean.
  package mutating func report(_ fault: ScalarFault, of node: YAMLNode, expected: String) {
    let code: DiagnosticCode
    switch fault.kind {
    case .empty, .notANumber, .notABoolean: return reportWrongType(node, expected: expected)
    case .null: code = SpecCode.emptyValue
    case .quoted: code = SpecCode.quotedValue
    case .oldBoolean, .otherCase: code = SpecCode.booleanForm
    case .notWhole: code = SpecCode.wrongType
    case .leadingZeros, .digitSeparator, .sexagesimal, .otherBase, .notFinite, .tooLarge, .tooSmall:
      code = SpecCode.numberForm
    }
    let suggestion = fault.suggestion
    report(
      code, "`\(name)` takes \(expected), and \(node.described) \(fault.reason)", at: node.span,
      label: suggestion.map { "write `\($0)`" } ?? "", help: suggestion.map { "write `\(writtenName): \($0)`" },
      fix: suggestion.map { replacing(node, with: $0, isSafe: fault.kind.hasOneMeaning) })
  }

  /// Reports a word that is none of those the key takes.
  ///
  /// What differs in letter case or separators alone, or is another name of the same, is mended safely.
  /// - Parameter isName: whether arguments may stand behind the word, or it is one of several.
  package mutating func reportUnknownWord(
    _ node: YAMLNode, _ word: String, among words: [String], aliases: [String: String] = [:], isName: Bool = false
  ) {
    let folded = Self.folded(word)
    let same = aliases[word.lowercased()] ?? words.first { Self.folded($0) == folded }
    let close = same ?? Spelling.closest(to: word, among: words)
    report(
      SpecCode.unknownWord, "`\(name)` takes \(Self.alternatives(words)), not \(node.described)", at: node.span,
      label: close.map { "did you mean `\($0)`?" } ?? "",
      help: isName ? nil : close.map { "write `\(writtenName): \($0)`" },
      fix: close.map { replacing(node, with: $0, isSafe: same != nil) })
  }

  /// - Parameter isSafe: whether nothing else can have been meant.
  package func replacing(_ node: YAMLNode, with text: String, isSafe: Bool = true) -> Diagnostic.Fix {
    Diagnostic.Fix("write \(text)", isSafe: isSafe, edits: [.init(node.span, text: text)])
  }

  /// `Leaky-ReLU` and `leaky_relu` are one word.
  private static func folded(_ word: String) -> String {
    word.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
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
