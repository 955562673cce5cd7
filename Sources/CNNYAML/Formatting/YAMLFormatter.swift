internal import CNNDiagnostics

/// Writes a YAML text in one stable form: two spaces a level, one space behind colons and commas, keys in a given
/// order, one empty line where there were more, comments where they belong.
///
/// Values stay as they are written, block stays block, brackets stay brackets, and lines are not broken. A comment
/// behind a line keeps its column where there is room, so columns of comments stay aligned. A line `---` at the start
/// stays, with what stands above it. What cannot be kept is refused: texts over several lines, tags, directives. The
/// result is read again and must be the same tree.
package struct YAMLFormatter {
  /// A list over several lines is joined if the line gets no longer.
  private static let widestLine = 100

  private struct Line {
    var indent: Int
    var code: String
    var comment: LosslessComment?
  }

  private let reader: LosslessReader
  private let mayReorder: Bool
  private var lines: [Line] = []

  /// - Parameter bytes: a text that `YAMLReader` takes without errors.
  package static func format(_ bytes: [UInt8], order: YAMLKeyOrder) throws(FormatRefusal) -> [UInt8] {
    let result = try formatted(bytes, order: order)
    guard let before = meaning(of: bytes), before == meaning(of: result) else {
      throw FormatRefusal(reason: "what would be read in another way afterwards", line: 1)
    }
    return result
  }

  /// A function of its own, so that tree and lines are gone when others are made to compare.
  @inline(never)
  private static func formatted(_ bytes: [UInt8], order: YAMLKeyOrder) throws(FormatRefusal) -> [UInt8] {
    var reader = try LosslessReader(bytes)
    let tree = try reader.read()
    let head = try reader.takeHead(before: tree)
    let root = try CommentPlacement.place(reader, in: consume tree)
    var formatter = YAMLFormatter(reader: reader, mayReorder: !root.hasAnchors)
    formatter.write(document: root, order)
    formatter.lines = formatter.lines(of: head) + formatter.lines
    return formatter.bytes(like: bytes)
  }

  private init(reader: LosslessReader, mayReorder: Bool) {
    self.reader = reader
    self.mayReorder = mayReorder
  }

  private static func meaning(of bytes: [UInt8]) -> Int? {
    var bag = DiagnosticBag()
    let root = YAMLReader.read(bytes, source: SourceID(index: 0), into: &bag)
    return bag.hasErrors ? nil : root?.meaning
  }

  private func bytes(like original: [UInt8]) -> [UInt8] {
    let hasMark = original.starts(with: UTF8Prescan.byteOrderMark)
    let firstBreak = original.firstIndex(of: UInt8(ascii: "\n")) ?? 0
    let isCRLF = firstBreak > 0 && original[firstBreak - 1] == UInt8(ascii: "\r")
    var text = ""
    for line in lines {
      var part = line.code.isEmpty ? "" : String(repeating: " ", count: line.indent) + line.code
      if let comment = line.comment {
        let width = TextWidth.cells(of: part.split(separator: "\n").last ?? "")
        // Who sets a comment further apart means it to stand in a column.
        let gap = comment.gap > 2 ? max(comment.column - width, 2) : 2
        part += String(repeating: " ", count: gap) + comment.text
      }
      text += part + (isCRLF ? "\r\n" : "\n")
    }
    return (hasMark ? UTF8Prescan.byteOrderMark : []) + Array(text.utf8)
  }

  private func lines(of head: LosslessReader.Head?) -> [Line] {
    guard let head else { return [] }
    var writer = YAMLFormatter(reader: reader, mayReorder: false)
    for comment in head.comments { writer.write(comment, indent: 0, isFirst: writer.lines.isEmpty) }
    return writer.lines + [Line(indent: 0, code: "---", comment: head.trailing)]
  }

  // MARK: Blocks

  private mutating func write(document root: LosslessNode, _ order: YAMLKeyOrder) {
    var root = root
    guard case .mapping(var items) = root.content, let first = items.first else {
      write(block: root, indent: 0, order)
      return
    }
    let sorted = self.sorted(items, order)
    if sorted.first?.start != first.start {
      // What stands at the top stays there: editors look for their line in the first ones.
      let header = Self.headerCount(first)
      for comment in first.comments.prefix(header) { write(comment, indent: 0) }
      items[0].comments.removeFirst(header)
      root.content = .mapping(items)
    }
    write(block: root, indent: 0, order, isDocument: true)
  }

  /// How many comments before the first item speak of the file: those before the last empty line; all, with a line for
  /// an editor among them.
  private static func headerCount(_ item: LosslessItem) -> Int {
    if item.hasGap || item.comments.contains(where: { $0.text.contains("yaml-language-server:") }) {
      return item.comments.count
    }
    return item.comments.lastIndex { $0.hasGap } ?? 0
  }

  private mutating func write(
    block node: LosslessNode, indent: Int, _ order: YAMLKeyOrder?, isDocument: Bool = false
  ) {
    let first = lines.count
    switch node.content {
    case .mapping(let items):
      var wasBlock = false
      for item in sorted(items, order) {
        let isBlock = item.value.isBlockWithItems
        let isFirst = lines.count == first && (!isDocument || lines.isEmpty)
        write(
          item, indent: indent, order?.child(item.word), isFirst: isFirst, needsGap: isDocument && (isBlock || wasBlock)
        )
        wasBlock = isBlock
      }
    case .sequence(let items):
      for item in items {
        write(item, indent: indent, order?.item(), isFirst: lines.count == first, needsGap: false)
      }
    case .scalar, .alias: lines.append(Line(indent: indent, code: text(inline: node, nil, at: indent)))
    }
    for comment in node.tail { write(comment, indent: indent) }
  }

  private mutating func write(
    _ item: LosslessItem, indent: Int, _ order: YAMLKeyOrder?, isFirst: Bool, needsGap: Bool
  ) {
    var isFirst = isFirst
    var needsGap = needsGap
    for comment in item.comments {
      if !isFirst, comment.hasGap || needsGap { addGap() }
      write(comment, indent: indent, isFirst: true)
      (isFirst, needsGap) = (false, false)
    }
    if !isFirst, item.hasGap || needsGap { addGap() }
    let mark = item.key.map { "\($0):" } ?? "-"
    guard item.value.isBlockWithItems else {
      let value = text(inline: item.value, order, at: indent + TextWidth.cells(of: mark) + 1)
      lines.append(Line(indent: indent, code: value.isEmpty ? mark : "\(mark) \(value)", comment: item.trailing))
      return
    }
    let anchor = item.value.anchor.map { " \($0)" } ?? ""
    let isOnOwnLine = item.key != nil || !anchor.isEmpty || item.trailing != nil || item.value.beginsWithComment
    if isOnOwnLine { lines.append(Line(indent: indent, code: mark + anchor, comment: item.trailing)) }
    let start = lines.count
    write(block: item.value, indent: indent + 2, order)
    if !isOnOwnLine, start < lines.count {
      lines[start].code = "- " + lines[start].code
      lines[start].indent = indent
    }
  }

  private mutating func write(_ comment: LosslessComment, indent: Int, isFirst: Bool = false) {
    if !isFirst, comment.hasGap { addGap() }
    lines.append(Line(indent: indent, code: comment.text))
  }

  private mutating func addGap() {
    if let last = lines.last, !last.code.isEmpty { lines.append(Line(indent: 0, code: "")) }
  }

  private func sorted(_ items: [LosslessItem], _ order: YAMLKeyOrder?) -> [LosslessItem] {
    guard mayReorder, let keys = order?.keys, !keys.isEmpty else { return items }
    let ranks = Dictionary(keys.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    return items.enumerated().sorted { left, right in
      (ranks[left.element.word] ?? keys.count, left.offset) < (ranks[right.element.word] ?? keys.count, right.offset)
    }.map(\.element)
  }

  // MARK: In one line

  /// - Parameter column: where the text will begin.
  private func text(inline node: LosslessNode, _ order: YAMLKeyOrder?, at column: Int) -> String {
    let raw = reader.text(node.start..<max(node.start, node.end))
    let isSeveralLines = raw.contains { $0.isNewline }
    let joined = text(joined: node, order)
    let width = column + TextWidth.cells(of: joined)
    if node.hasInnerComment || (isSeveralLines && width > Self.widestLine) {
      return (node.anchor.map { "\($0) " } ?? "") + shifted(raw, by: column - reader.column(of: node.start))
    }
    return joined
  }

  private func text(joined node: LosslessNode, _ order: YAMLKeyOrder?) -> String {
    var text = node.anchor.map { "\($0) " } ?? ""
    switch node.content {
    case .scalar(let scalar): text += scalar
    case .alias(let alias): text += alias
    case .sequence(let items):
      text += "[" + items.map { self.text(joined: $0.value, order?.item()) }.joined(separator: ", ") + "]"
    case .mapping(let items):
      let members = sorted(items, order).map { item in
        let value = self.text(joined: item.value, order?.child(item.word))
        // Without the blank the colon would belong to the key.
        return "\(item.key ?? ""): \(value)"
      }
      text += "{" + members.joined(separator: ", ") + "}"
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// Text over several lines, its lines behind the first moved with it.
  private func shifted(_ raw: String, by columns: Int) -> String {
    let parts = raw.split(omittingEmptySubsequences: false) { $0.isNewline }
    let moved = parts.enumerated().map { index, part -> String in
      if index == 0 || part.allSatisfy({ $0 == " " }) { return index == 0 ? String(part) : "" }
      let blanks = part.prefix { $0 == " " }.count
      return String(repeating: " ", count: max(1, blanks + columns)) + part.dropFirst(blanks)
    }
    return moved.joined(separator: "\n")
  }
}

extension LosslessNode {
  fileprivate var beginsWithComment: Bool {
    switch content {
    case .scalar, .alias: false
    case .sequence(let items), .mapping(let items): items.first.map { !$0.comments.isEmpty } ?? false
    }
  }
}

extension YAMLNode {
  /// A number that two trees share if they stand for the same values, whatever the order of their keys, and that two
  /// others share once in 2^64; within one run of the program. So one tree may go before the other is made.
  fileprivate var meaning: Int {
    var hasher = Hasher()
    switch content {
    case .scalar(let scalar):
      hasher.combine(0)
      hasher.combine(scalar)
    case .sequence(let items):
      hasher.combine(1)
      for item in items { hasher.combine(item.meaning) }
    case .mapping(let entries):
      hasher.combine(2)
      hasher.combine(entries.count)
      // Each entry counts alike wherever it stands.
      hasher.combine(
        entries.reduce(0) { sum, entry in
          var hasher = Hasher()
          hasher.combine(entry.key)
          hasher.combine(entry.value.meaning)
          return sum &+ hasher.finalize()
        })
    }
    return hasher.finalize()
  }
}
