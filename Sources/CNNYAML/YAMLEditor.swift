package import CNNDiagnostics

/// Changes of a tree as edits of its text, so that comments, order and layout stay as they are.
///
/// In: the text and the tree that was read from it. Out: byte-exact edits, or `nil` where the text is laid out
/// in a way that no small edit fits (an alias, a scalar of several lines).
package struct YAMLEditor {
  private let root: YAMLNode
  private let bytes: [UInt8]

  package init(_ root: YAMLNode, bytes: [UInt8]) {
    self.root = root
    self.bytes = bytes
  }

  package func edits(_ changes: [Diagnostic.Proposal.Change]) -> [Diagnostic.Fix.Edit]? {
    let edits = changes.map(edit)
    let whole = edits.compactMap(\.self)
    guard whole.count == edits.count else { return nil }
    return whole.sorted { $0.span.start < $1.span.start }
  }

  /// The text after some edits of it; they must not overlap.
  package func applying(_ edits: [Diagnostic.Fix.Edit]) -> [UInt8] {
    var result = bytes
    for edit in edits.sorted(by: { $0.span.start.byte > $1.span.start.byte }) {
      let range = edit.span.start.byte..<max(edit.span.start.byte, edit.span.end.byte)
      guard range.upperBound <= result.count else { continue }
      result.replaceSubrange(range, with: Array(edit.text.utf8))
    }
    return result
  }

  private func edit(_ change: Diagnostic.Proposal.Change) -> Diagnostic.Fix.Edit? {
    switch change {
    case .replace(let span, let text):
      guard isHere(span), span.start.line == span.end.line else { return nil }
      return .init(span, text: text)
    case .set(let key, let value, let owner, let main):
      guard let place = place(of: owner) else { return nil }
      return set(key, value, place, main: main)
    case .remove(let word): return place(of: word).flatMap(removal)
    case .removeKey(let key, let value): return mapping(with: key, in: root).flatMap { removal(ofKey: key, value, $0) }
    case .insertBefore(let word, let item): return place(of: word).flatMap { insertion(item, $0, isBefore: true) }
    case .insertAfter(let word, let item): return place(of: word).flatMap { insertion(item, $0, isBefore: false) }
    }
  }

  // MARK: Finding words

  private struct Place {
    var word: SourceSpan
    /// What stands behind the word; `nil` for an item that is the word alone.
    var value: YAMLNode?
    /// The list that the word begins an item of.
    var list: YAMLNode?
    var index = 0

    var item: YAMLNode? {
      guard case .sequence(let items)? = list?.content, items.indices.contains(index) else { return nil }
      return items[index]
    }
  }

  private func place(of word: SourceSpan) -> Place? { isHere(word) ? place(of: word, in: root) : nil }

  private func place(of word: SourceSpan, in node: YAMLNode) -> Place? {
    switch node.content {
    case .scalar: return nil
    case .mapping(let entries):
      for entry in entries {
        if entry.keySpan == word { return Place(word: word, value: entry.value) }
        if let found = place(of: word, in: entry.value) { return found }
      }
    case .sequence(let items):
      for (index, item) in items.enumerated() {
        if item.scalar != nil, item.span == word { return Place(word: word, list: node, index: index) }
        if case .mapping(let entries) = item.content, let first = entries.first, first.keySpan == word {
          return Place(word: word, value: first.value, list: node, index: index)
        }
        if let found = place(of: word, in: item) { return found }
      }
    }
    return nil
  }

  private func isHere(_ span: SourceSpan) -> Bool {
    span.source == root.span.source && span.start.byte <= span.end.byte && span.end.byte <= bytes.count
  }

  // MARK: Edits

  private func set(_ key: String, _ value: String, _ place: Place, main: String?) -> Diagnostic.Fix.Edit? {
    guard let node = place.value else { return insert(": {\(key): \(value)}", at: place.word.end, place) }
    guard node.usedAt.isEmpty, isHere(node.span), node.span.start.byte >= place.word.end.byte else { return nil }
    switch node.content {
    case .scalar(let scalar) where scalar.text.isEmpty && !scalar.isQuoted: return nil
    case .scalar, .sequence:
      guard let main, node.span.start.line == node.span.end.line else { return nil }
      let text = String(decoding: bytes[node.span.start.byte..<node.span.end.byte], as: UTF8.self)
      return .init(node.span, text: main == key ? value : "{\(main): \(text), \(key): \(value)}")
    case .mapping(let entries):
      if let entry = entries.first(where: { $0.key == key }) {
        let old = entry.value
        guard old.usedAt.isEmpty, old.span.start.byte < old.span.end.byte, isInside(old.span, node.span) else {
          return nil
        }
        return edit(.replace(old.span, with: value))
      }
      guard let first = entries.first, let last = entries.last else {
        return .init(node.span, text: "{\(key): \(value)}")
      }
      if bytes[node.span.start.byte] != UInt8(ascii: "{") {
        guard isInside(first.keySpan, node.span) else { return nil }
        let indent = String(repeating: " ", count: first.keySpan.start.column - 1)
        return insert("\(key): \(value)\n\(indent)", at: first.keySpan.start, place)
      }
      guard last.value.usedAt.isEmpty, !isEmpty(last.value), isInside(last.value.span, node.span) else { return nil }
      return insert(", \(key): \(value)", at: last.value.span.end, place)
    }
  }

  private func isEmpty(_ node: YAMLNode) -> Bool { node.span.start.byte == node.span.end.byte }

  private func isInside(_ inner: SourceSpan, _ outer: SourceSpan) -> Bool {
    inner.source == outer.source && inner.start.byte >= outer.start.byte && inner.end.byte <= outer.end.byte
  }

  private func insert(_ text: String, at position: SourcePosition, _ place: Place) -> Diagnostic.Fix.Edit {
    .init(SourceSpan(source: place.word.source, start: position, end: position), text: text)
  }

  private func removal(_ place: Place) -> Diagnostic.Fix.Edit? {
    guard let item = place.item, case .sequence(let items)? = place.list?.content, items.count > 1 else { return nil }
    guard item.usedAt.isEmpty, isHere(item.span) else { return nil }
    if let dash = dash(before: item) {
      // Whole lines, with what is remarked on them.
      let start = dash.byte - (dash.column - 1)
      var end = item.span.end.byte
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      let isLast = end == bytes.count
      return .init(
        SourceSpan(
          source: item.span.source, start: SourcePosition(line: dash.line, column: 1, byte: start),
          end: isLast
            ? SourcePosition(
              line: item.span.end.line, column: item.span.end.column + end - item.span.end.byte, byte: end)
            : SourcePosition(line: item.span.end.line + 1, column: 1, byte: end + 1)), text: "")
    }
    guard isFlow(place.list) else { return nil }
    // With the comma behind it, or the one before it.
    let span =
      place.index + 1 < items.count
      ? SourceSpan(source: item.span.source, start: item.span.start, end: items[place.index + 1].span.start)
      : SourceSpan(source: item.span.source, start: items[place.index - 1].span.end, end: item.span.end)
    return isHere(span) ? .init(span, text: "") : nil
  }

  /// The mapping that has a key in this place.
  private func mapping(with key: SourceSpan, in node: YAMLNode) -> YAMLNode? {
    switch node.content {
    case .scalar: return nil
    case .sequence(let items): return items.lazy.compactMap { mapping(with: key, in: $0) }.first
    case .mapping(let entries):
      if entries.contains(where: { $0.keySpan == key }) { return node }
      return entries.lazy.compactMap { mapping(with: key, in: $0.value) }.first
    }
  }

  /// In braces with its comma, else with its lines.
  ///
  /// - Parameter value: may reach over entries behind the key, as a tuple does that YAML takes apart.
  private func removal(ofKey key: SourceSpan, _ value: SourceSpan, _ mapping: YAMLNode) -> Diagnostic.Fix.Edit? {
    guard case .mapping(let entries) = mapping.content, entries.count > 1, mapping.usedAt.isEmpty, isHere(key),
      let index = entries.firstIndex(where: { $0.keySpan == key }), bytes.indices.contains(mapping.span.start.byte)
    else { return nil }
    guard entries[index].value.usedAt.isEmpty, isHere(value), value.end.byte >= key.end.byte else { return nil }
    let next = entries[(index + 1)...].first { $0.keySpan.start.byte >= value.end.byte }
    if bytes[mapping.span.start.byte] == UInt8(ascii: "{") {
      let before = next == nil && index > 0 ? entries[index - 1] : nil
      if let before, !before.value.usedAt.isEmpty { return nil }
      let start = before.map { isEmpty($0.value) ? $0.keySpan.end : $0.value.span.end }
      let span = SourceSpan(source: key.source, start: start ?? key.start, end: next?.keySpan.start ?? value.end)
      return isInside(span, mapping.span) ? .init(span, text: "") : nil
    }
    let start = key.start.byte - (key.start.column - 1)
    guard start >= 0, bytes[start..<key.start.byte].allSatisfy({ $0 == UInt8(ascii: " ") }) else { return nil }
    guard let end = bytes[max(value.end.byte, key.end.byte)...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
    return .init(
      SourceSpan(
        source: key.source, start: SourcePosition(line: key.start.line, column: 1, byte: start),
        end: SourcePosition(line: max(value.end.line, key.end.line) + 1, column: 1, byte: end + 1)), text: "")
  }

  private func insertion(_ text: String, _ place: Place, isBefore: Bool) -> Diagnostic.Fix.Edit? {
    guard let item = place.item, item.usedAt.isEmpty, isHere(item.span) else { return nil }
    if let dash = dash(before: item) {
      let indent = String(repeating: " ", count: dash.column - 1)
      if isBefore { return insert("- \(text)\n\(indent)", at: dash, place) }
      var end = item.span.end
      while end.byte < bytes.count, bytes[end.byte] != UInt8(ascii: "\n"), bytes[end.byte] != UInt8(ascii: "\r") {
        // A continuation byte belongs to the scalar before it.
        if bytes[end.byte] & 0xC0 != 0x80 { end.column += 1 }
        end.byte += 1
      }
      return insert("\n\(indent)- \(text)", at: end, place)
    }
    guard isFlow(place.list) else { return nil }
    let inBraces = text.contains(": ") ? "{\(text)}" : text
    return isBefore
      ? insert("\(inBraces), ", at: item.span.start, place) : insert(", \(inBraces)", at: item.span.end, place)
  }

  private func isFlow(_ list: YAMLNode?) -> Bool {
    guard let list, bytes.indices.contains(list.span.start.byte) else { return false }
    return bytes[list.span.start.byte] == UInt8(ascii: "[")
  }

  /// The `-` of an item that begins its line, with nothing but blanks before and after it.
  private func dash(before item: YAMLNode) -> SourcePosition? {
    var byte = item.span.start.byte
    while byte > 0, bytes[byte - 1] == UInt8(ascii: " ") { byte -= 1 }
    guard byte > 0, byte < item.span.start.byte, bytes[byte - 1] == UInt8(ascii: "-") else { return nil }
    let dash = byte - 1
    var start = dash
    while start > 0, bytes[start - 1] == UInt8(ascii: " ") { start -= 1 }
    guard start == 0 || bytes[start - 1] == UInt8(ascii: "\n") else { return nil }
    return SourcePosition(line: item.span.start.line, column: dash - start + 1, byte: dash)
  }
}

extension YAMLNode {
  fileprivate var scalar: YAMLScalar? {
    if case .scalar(let scalar) = content { return scalar }
    return nil
  }
}
