internal import CNNDiagnostics

/// Writes YAML that this module, and any other reader, takes for the same values.
package enum YAMLText {
  /// A text as a scalar: plain where that is safe, else in double quotes.
  package static func scalar(_ text: String) -> String {
    isSafePlain(text) ? text : quoted(text)
  }

  package static func quoted(_ text: String) -> String {
    // YAML 1.2 took JSON's escapes over; of a pair of surrogates libyaml reads neither.
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      case _ where PrintableText.isUnprintable(scalar):
        result += "\\U" + UTF8Prescan.hex(scalar.value, digits: 8)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A tree in block style, ending with a line break; lists of plain scalars stay in one line, and empty lines stand
  /// around what has lines of its own, as `fmt` has it.
  ///
  /// - Parameter indent: blanks before each line.
  package static func document(_ node: YAMLNode, indent: Int = 0) -> String {
    let blanks = String(repeating: " ", count: indent)
    func text(_ lines: [String]) -> String { lines.map { "\(blanks)\($0)\n" }.joined() }
    guard case .mapping(let entries) = node.content, !entries.isEmpty else { return text(lines(of: node)) }
    var result = ""
    var wasBlock = false
    for (index, entry) in entries.enumerated() {
      let isBlock = !isInline(entry.value)
      if index > 0, isBlock || wasBlock { result += "\n" }
      result += text(lines(of: YAMLNode(.mapping([entry]), span: node.span)))
      wasBlock = isBlock
    }
    return result
  }

  private static func lines(of node: YAMLNode) -> [String] {
    guard node.isCollectionWithItems else { return [inline(node)] }
    switch node.content {
    case .scalar: return [inline(node)]
    case .sequence(let items):
      return items.flatMap { item in
        let inner = isInline(item) ? [inline(item)] : lines(of: item)
        return inner.enumerated().map { ($0.offset == 0 ? "- " : "  ") + $0.element }
      }
    case .mapping(let entries):
      return entries.flatMap { entry in
        let key = scalar(entry.key) + ":"
        if isInline(entry.value) { return [(key + " " + inline(entry.value)).trimmingTrailingSpace] }
        return [key] + lines(of: entry.value).map { "  " + $0 }
      }
    }
  }

  private static func isInline(_ node: YAMLNode) -> Bool {
    guard case .sequence(let items) = node.content else { return !node.isCollectionWithItems }
    return items.allSatisfy { item in
      guard case .scalar(let scalar) = item.content else { return false }
      return !scalar.text.isEmpty || scalar.isQuoted
    }
  }

  private static func inline(_ node: YAMLNode) -> String {
    switch node.content {
    case .scalar(let scalar): text(of: scalar)
    case .sequence(let items): "[" + items.map(inline).joined(separator: ", ") + "]"
    case .mapping(let entries):
      "{" + entries.map { scalar($0.key) + ": " + inline($0.value) }.joined(separator: ", ") + "}"
    }
  }

  /// A plain scalar stays plain even where it could be a number; a quoted one stays text.
  private static func text(of scalar: YAMLScalar) -> String {
    if scalar.isQuoted { return self.scalar(scalar.text) }
    return scalar.text.isEmpty || isPlainSyntax(scalar.text) ? scalar.text : quoted(scalar.text)
  }

  private static func isSafePlain(_ text: String) -> Bool {
    // `$name` without quotes stands for a value of the spec's own.
    isPlainSyntax(text) && !looksTyped(text) && text.first != "$"
  }

  /// Whether YAML reads the text back without quotes, in braces as well.
  private static func isPlainSyntax(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
    if first == " " || last == " " || last == ":" || text.hasPrefix("---") || text.hasPrefix("...") { return false }
    if "!&*|>'\"%@`#,[]{}?:".unicodeScalars.contains(first) { return false }
    if first == "-", text.unicodeScalars.dropFirst().first.map({ $0 == " " }) ?? true { return false }
    var previous: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      if PrintableText.isUnprintable(scalar) || ",[]{}\"".unicodeScalars.contains(scalar) { return false }
      if scalar == "#", previous == " " { return false }
      if previous == ":", scalar == " " { return false }
      if scalar.value > 0x7F, scalar.properties.isWhitespace { return false }
      previous = scalar
    }
    return true
  }

  /// Whether some version of YAML takes the text for other than text: digits at the start, booleans,
  /// null, infinities, a merge key.
  private static func looksTyped(_ text: String) -> Bool {
    var word = Substring(text.lowercased())
    if ["true", "false", "yes", "no", "on", "off", "y", "n", "null", "~", "<<", "="].contains(word) { return true }
    if let sign = word.first, sign == "-" || sign == "+" { word = word.dropFirst() }
    if word.first == "." { word = word.dropFirst() }
    if word == "inf" || word == "nan" { return true }
    return word.unicodeScalars.first.map { ("0"..."9").contains($0) } ?? false
  }
}

extension YAMLNode {
  fileprivate var isCollectionWithItems: Bool {
    switch content {
    case .scalar: false
    case .sequence(let items): !items.isEmpty
    case .mapping(let entries): !entries.isEmpty
    }
  }
}

extension String {
  fileprivate var trimmingTrailingSpace: String { hasSuffix(" ") ? String(dropLast()) : self }
}
