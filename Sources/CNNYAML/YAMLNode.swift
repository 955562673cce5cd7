package import CNNDiagnostics

/// A YAML text as a tree: every key and value keeps its place, no scalar has a type yet.
///
/// The field that reads a scalar decides what it is, so a class called `no` stays text and `1e-3`
/// is a number where a number is asked for.
package struct YAMLNode: Sendable {
  package indirect enum Content: Sendable {
    case scalar(YAMLScalar)
    case sequence([YAMLNode])
    case mapping([YAMLEntry])
  }

  package var content: Content
  /// From the first character to behind the last one; of a block collection, to the end of its last item.
  package var span: SourceSpan
  /// Where this node is used, if an alias, a merge key or a block put it there: outermost last.
  package var usedAt: [SourceSpan]

  package init(_ content: Content, span: SourceSpan, usedAt: [SourceSpan] = []) {
    self.content = content
    self.span = span
    self.usedAt = usedAt
  }
}

/// A scalar's text as decoded by YAML, and how it stood there.
package struct YAMLScalar: Sendable, Hashable {
  package var text: String
  /// Whether it stood in quotes, or in block style, and so is text whatever it looks like.
  package var isQuoted: Bool
  /// Whether it stood in block style, behind `|` or `>`.
  package var isBlock: Bool

  package init(_ text: String, isQuoted: Bool, isBlock: Bool = false) {
    self.text = text
    self.isQuoted = isQuoted
    self.isBlock = isBlock
  }

  /// The text without the line breaks that a block ends with.
  package var trimmedText: String {
    guard isBlock, text.hasSuffix("\n") else { return text }
    return String(text.reversed().drop { $0 == "\n" }.reversed())
  }
}

/// A key and its value.
package struct YAMLEntry: Sendable {
  package var key: String
  package var keySpan: SourceSpan
  package var value: YAMLNode

  package init(key: String, keySpan: SourceSpan, value: YAMLNode) {
    self.key = key
    self.keySpan = keySpan
    self.value = value
  }
}
