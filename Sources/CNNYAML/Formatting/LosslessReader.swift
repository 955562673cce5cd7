internal import CNNDiagnostics

/// Builds the tree that looks like the text, from libyaml's events and the bytes between them.
///
/// Every byte outside of scalars, aliases and anchors is punctuation, blank or comment; so a `#` there, at the start
/// of a line or behind a blank, begins a comment.
struct LosslessReader {
  private let bytes: [UInt8]
  private let locator: SourceLocator
  private let firstScalar: Int
  private var events: [YAMLEvent] = []
  private var next = 0
  private(set) var comments: [LosslessComment] = []
  /// Where the document's mark, `---`, is.
  private(set) var mark: Int?

  /// - Parameter bytes: a text without faults.
  init(_ bytes: [UInt8]) throws(FormatRefusal) {
    self.bytes = bytes
    locator = SourceLocator(bytes, source: SourceID(index: 0))
    let start = bytes.starts(with: UTF8Prescan.byteOrderMark) ? UTF8Prescan.byteOrderMark.count : 0
    firstScalar = locator.scalarIndex(of: start)
    guard var parser = YAMLEventParser(bytes[start...]) else {
      throw FormatRefusal(reason: "a text that there is no memory for", line: 1)
    }
    do throws(YAMLParserFault) {
      while let event = try parser.next() { events.append(event) }
    } catch {
      throw FormatRefusal(reason: "what is not YAML", line: 1)
    }
    comments = findComments(from: start)
  }

  /// The root; reads once.
  mutating func read() throws(FormatRefusal) -> LosslessNode {
    // The tree takes their place.
    defer { events = [] }
    while next < events.count {
      switch events[next].kind {
      case .streamStart: next += 1
      case .documentStart(let version, _):
        // `%YAML` would be lost.
        let start = byte(events[next].start)
        if version != nil { throw refusal("a directive", at: start) }
        if bytes[start...].starts(with: "---".utf8) { mark = start }
        next += 1
      default: return try node()
      }
    }
    throw FormatRefusal(reason: "nothing", line: 1)
  }

  /// The document's mark with the comments before it and behind it in its line.
  struct Head {
    var comments: [LosslessComment]
    var trailing: LosslessComment?
  }

  /// Takes what stands down to the document's mark, which belongs to no item; `nil` without a mark.
  mutating func takeHead(before root: LosslessNode) throws(FormatRefusal) -> Head? {
    guard let mark else { return nil }
    if line(of: root.start) == line(of: mark) { throw refusal("a value in the line of `---`", at: mark) }
    var head = Head(comments: comments.filter { $0.start < mark })
    comments.removeFirst(head.comments.count)
    if let comment = comments.first, line(of: comment.start) == line(of: mark) {
      head.trailing = comment
      comments.removeFirst()
    }
    return head
  }

  func line(of byte: Int) -> Int { bytes[..<min(byte, bytes.count)].count { $0 == UInt8(ascii: "\n") } + 1 }

  func refusal(_ reason: String, at byte: Int) -> FormatRefusal { FormatRefusal(reason: reason, line: line(of: byte)) }

  private func byte(_ mark: Int) -> Int { locator.byte(ofScalar: firstScalar + mark) }

  private mutating func node() throws(FormatRefusal) -> LosslessNode {
    let event = events[next]
    next += 1
    let (start, end) = (byte(event.start), byte(event.end))
    if event.hasTag { throw refusal("a tag", at: start) }
    let anchor = event.anchor.map { "&\($0)" }
    switch event.kind {
    case .alias(let name): return LosslessNode(content: .alias("*\(name)"), start: start, end: end)
    case .scalar(_, _, _, let isBlock):
      if isBlock { throw refusal("a text in block style (`|` or `>`)", at: start) }
      let content = behindAnchor(start, anchor, notBehind: end)
      if bytes[content..<end].contains(UInt8(ascii: "\n")) { throw refusal("a text over several lines", at: content) }
      let text = String(decoding: bytes[content..<end], as: UTF8.self)
      return LosslessNode(content: .scalar(text), anchor: anchor, start: content, end: end)
    case .sequenceStart(let isFlow): return try collection(event, anchor, isFlow: isFlow, isMapping: false)
    case .mappingStart(let isFlow): return try collection(event, anchor, isFlow: isFlow, isMapping: true)
    default: throw refusal("an unexpected end", at: start)
    }
  }

  private mutating func collection(
    _ event: YAMLEvent, _ anchor: String?, isFlow: Bool, isMapping: Bool
  ) throws(FormatRefusal) -> LosslessNode {
    let start = behindAnchor(byte(event.start), anchor, notBehind: bytes.count)
    var items: [LosslessItem] = []
    while next < events.count {
      switch events[next].kind {
      case .sequenceEnd, .mappingEnd:
        let end = isFlow ? byte(events[next].end) : items.last.map { max($0.value.end, $0.start) } ?? start
        next += 1
        let comment = firstComment(from: start)
        let inner = isFlow && comment < comments.count && comments[comment].start < end
        return LosslessNode(
          content: isMapping ? .mapping(items) : .sequence(items), anchor: anchor, isFlow: isFlow, start: start,
          end: end, hasInnerComment: inner)
      default: items.append(try isMapping ? entry() : item(isFlow: isFlow))
      }
    }
    throw refusal("an unexpected end", at: start)
  }

  private mutating func item(isFlow: Bool) throws(FormatRefusal) -> LosslessItem {
    let value = try node()
    return LosslessItem(value: value, start: isFlow ? value.start : dash(before: value))
  }

  private mutating func entry() throws(FormatRefusal) -> LosslessItem {
    guard case .scalar(let word, _, _, _) = events[next].kind else {
      throw refusal("a key that is no text", at: byte(events[next].start))
    }
    let key = try node()
    guard case .scalar(let text) = key.content, key.anchor == nil, !text.isEmpty else {
      throw refusal("a key with an anchor, or without a name", at: key.start)
    }
    // `? key` would need the mark again.
    var before = key.start
    while before > 0, bytes[before - 1] == UInt8(ascii: " ") { before -= 1 }
    if before > 0, bytes[before - 1] == UInt8(ascii: "?") { throw refusal("a key with a question mark", at: key.start) }
    return LosslessItem(key: text, word: word, value: try node(), start: key.start)
  }

  /// The dash of a list's item; libyaml says only where the value begins.
  private func dash(before value: LosslessNode) -> Int {
    var place = min(value.start, bytes.count)
    while place > 0 {
      place -= 1
      if bytes[place] != UInt8(ascii: "-") { continue }
      let next = firstComment(from: place + 1)
      guard next > 0, place < comments[next - 1].end else { return place }
      place = comments[next - 1].start
    }
    return value.start
  }

  /// The number of the first comment that begins at a byte or behind it.
  private func firstComment(from place: Int) -> Int {
    var (low, high) = (0, comments.count)
    while low < high {
      let middle = (low + high) / 2
      if comments[middle].start < place { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func behindAnchor(_ start: Int, _ anchor: String?, notBehind end: Int) -> Int {
    guard let anchor else { return start }
    var place = min(start + anchor.utf8.count, end)
    while place < end, [UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r")].contains(bytes[place]) { place += 1 }
    return place
  }

  // MARK: Comments

  private func findComments(from start: Int) -> [LosslessComment] {
    var result: [LosslessComment] = []
    var place = start
    var upcoming = opaqueRanges()[...]
    while place < bytes.count {
      while let range = upcoming.first, range.upperBound <= place { upcoming.removeFirst() }
      if let range = upcoming.first, range.contains(place) {
        place = range.upperBound
        continue
      }
      let isStart = place == start || " \t\n\r".utf8.contains(bytes[place - 1])
      if bytes[place] == UInt8(ascii: "#"), isStart {
        let comment = comment(at: place)
        result.append(comment)
        place += comment.text.utf8.count
      }
      place += 1
    }
    return result
  }

  /// Bytes of scalars, aliases and anchors.
  private func opaqueRanges() -> [Range<Int>] {
    events.compactMap { event in
      switch event.kind {
      case .scalar, .alias:
        let (start, end) = (byte(event.start), byte(event.end))
        return start < end ? start..<end : nil
      default: return nil
      }
    }
  }

  private func comment(at start: Int) -> LosslessComment {
    let lineStart = bytes[..<start].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    while end > start, " \t\r".utf8.contains(bytes[end - 1]) { end -= 1 }
    return LosslessComment(
      text: String(decoding: bytes[start..<end], as: UTF8.self), start: start,
      column: TextWidth.cells(of: String(decoding: bytes[lineStart..<start], as: UTF8.self)),
      gap: bytes[lineStart..<start].reversed().prefix { $0 == UInt8(ascii: " ") }.count,
      isAlone: bytes[lineStart..<start].allSatisfy { " \t".utf8.contains($0) }, hasGap: hasGap(before: start))
  }

  /// Whether an empty line stands before the line of a byte.
  func hasGap(before place: Int) -> Bool {
    guard let lineEnd = bytes[..<min(place, bytes.count)].lastIndex(of: UInt8(ascii: "\n")) else { return false }
    let before = bytes[..<lineEnd]
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return before[lineStart...].allSatisfy { " \t\r".utf8.contains($0) }
  }

  /// Cells from the start of its line.
  func column(of place: Int) -> Int {
    let lineStart = bytes[..<place].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return place - lineStart
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
