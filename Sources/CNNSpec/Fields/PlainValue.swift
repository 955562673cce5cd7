package import CNNDiagnostics
package import CNNYAML

/// Trees that are written, not read: the resolved spec.
extension YAMLNode {
  /// A word or a number, as it stands.
  package static func plain(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text, isQuoted: false)), span: .nowhere)
  }

  /// Text that stays text: in quotes where it would read as a number or a boolean.
  package static func text(_ text: String) -> YAMLNode {
    YAMLNode(.scalar(YAMLScalar(text, isQuoted: true)), span: .nowhere)
  }

  package static func list(_ items: [YAMLNode]) -> YAMLNode { YAMLNode(.sequence(items), span: .nowhere) }

  package static func record(_ members: [(String, YAMLNode)]) -> YAMLNode {
    YAMLNode(.mapping(members.map { YAMLEntry(key: $0.0, keySpan: .nowhere, value: $0.1) }), span: .nowhere)
  }

  package static func integer(_ value: Int) -> YAMLNode { .plain("\(value)") }
  package static func boolean(_ value: Bool) -> YAMLNode { .plain(value ? "true" : "false") }

  /// The shortest decimal that reads back as the same number; whole ones without `.0`.
  package static func number(_ value: Double) -> YAMLNode {
    let text = "\(value)"
    return .plain(text.hasSuffix(".0") ? String(text.dropLast(2)) : text)
  }

  /// For messages: the scalar in backquotes, or what kind of collection it is.
  package var described: String {
    switch content {
    case .scalar(let scalar):
      if scalar.text.isEmpty, !scalar.isQuoted { return "nothing" }
      let (most, whole) = (40, scalar.trimmedText)
      let isLong = whole.unicodeScalars.count > most
      let text = Self.visible(isLong ? String(whole.prefix(most)) + "…" : whole)
      if scalar.isBlock { return text.isEmpty ? "an empty text in block style" : "`\(text)` in block style" }
      return scalar.isQuoted ? "`\"\(text)\"`" : "`\(text)`"
    case .sequence(let items): return items.isEmpty ? "an empty list" : "a list"
    case .mapping(let entries): return entries.isEmpty ? "an empty mapping" : "a mapping"
    }
  }

  /// The text with names for blanks that look like a space and are none.
  private static func visible(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 > 0x7F }), text.unicodeScalars.contains(where: UnusualSpaces.isUnusual) else {
      return text
    }
    return text.unicodeScalars.map { UnusualSpaces.isUnusual($0) ? "[\(UnusualSpaces.name($0))]" : "\($0)" }.joined()
  }

  package var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { return scalar }
    return nil
  }

  /// A key whose value was left out.
  package var isEmpty: Bool {
    guard let scalar else { return false }
    return scalar.text.isEmpty && !scalar.isQuoted
  }

  /// `null` or `~`, YAML's other ways to leave a value out.
  package var isNull: Bool {
    guard let scalar, !scalar.isQuoted else { return false }
    return ["null", "~", "Null", "NULL"].contains(scalar.text)
  }
}

extension SourceSpan {
  /// For nodes that no text has.
  package static let nowhere = SourceSpan(
    source: SourceID(index: 0), start: SourcePosition(line: 1, column: 1, byte: 0),
    end: SourcePosition(line: 1, column: 1, byte: 0))
}
