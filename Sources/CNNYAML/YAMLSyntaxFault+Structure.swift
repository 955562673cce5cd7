internal import CNNDiagnostics

/// Faults of keys, colons, indentation and brackets.
extension YAMLSyntaxFault {
  /// `a: b: c`, or a key that is indented below a value.
  func unexpectedColon(_ place: Int) -> Diagnostic {
    let first = locator.firstText(inLineAt: place)
    let before = locator.text(first..<place)
    if let colon = before.firstRange(of: ": ") {
      let value = first + before[..<colon.upperBound].utf8.count
      let rest = locator.excerpt(value..<locator.lineRange(at: place).upperBound)
      return Diagnostic(
        YAMLCode.unexpectedColon, "a second colon in one line", at: locator.span(place, place + 1),
        label: "this value holds `: `", help: "put the value in quotes: `\"\(rest)\"`")
    }
    if let above = keyAbove(first) { return missingColon(above) }
    return Diagnostic(
      YAMLCode.indentation, "`\(SourceLocator.shortened(before))` is indented below a key that has a value already",
      at: locator.span(first, place), help: "indent it like that key, or delete that key's value")
  }

  /// The text of the line above, if this line is indented no deeper and so cannot be part of its value:
  /// then the fault is up there.
  func keyAbove(_ first: Int) -> Int? {
    let column = locator.position(byte: first).column
    var line = locator.lineRange(at: first)
    while line.lowerBound > start {
      line = locator.lineRange(at: line.lowerBound - 1)
      var text = locator.firstText(inLineAt: line.lowerBound)
      if text == line.upperBound || locator.bytes[text] == UInt8(ascii: "#") { continue }
      while locator.byte(at: text) == UInt8(ascii: "-"), locator.byte(at: text + 1) == UInt8(ascii: " ") {
        text = min(text + 2, line.upperBound)
      }
      return locator.position(byte: text).column >= column ? text : nil
    }
    return nil
  }

  func missingColon(_ key: Int) -> Diagnostic {
    let line = locator.lineRange(at: key)
    let end = locator.trimmedEnd(line.upperBound, notBefore: key)
    let text = locator.text(key..<end)
    if let colon = text.firstIndex(of: ":"), colon != text.startIndex {
      let place = key + text[..<colon].utf8.count
      let value = text[text.index(after: colon)...]
      if let next = value.unicodeScalars.first, next != " " {
        let trimmed = value.drop(while: \.isWhitespace)
        let isSpace = next.properties.isWhitespace
        return Diagnostic(
          YAMLCode.missingSpace, "no \(isSpace ? "ordinary " : "")space after the colon",
          at: locator.span(place, place + 1),
          help: "put a space after the colon: `\(SourceLocator.shortened("\(text[..<colon]): \(trimmed)"))`")
      }
    }
    return Diagnostic(
      YAMLCode.missingColon, "no colon after this key", at: locator.span(key, end),
      help: "write `key: value`, or indent the line if it belongs to the text above")
  }

  func expectedKey(_ place: Int, _ context: Int?) -> Diagnostic {
    let notes: [Diagnostic.Note] = context.map { [.init("the map begins here", at: word(at: $0))] } ?? []
    if let closer = closer(at: place) { return closer }
    if locator.byte(at: place) == UInt8(ascii: ":") { return emptyKey(place) }
    if locator.firstText(inLineAt: place) == place {
      let isItem = locator.byte(at: place) == UInt8(ascii: "-")
      if isItem {
        return Diagnostic(
          YAMLCode.indentation, "a list item among the keys of a map", at: word(at: place), notes: notes,
          help: "indent the item below the key of its list")
      }
      return Diagnostic(
        YAMLCode.indentation, "this indentation matches no line above", at: word(at: place), notes: notes,
        help: "indent keys of one map alike")
    }
    let isApostrophe = locator.byte(at: place - 1) == UInt8(ascii: "'")
    return Diagnostic(
      YAMLCode.syntax, "text behind the end of a value", at: word(at: place),
      help: isApostrophe
        ? "write `''` for an apostrophe in single quotes" : "put all of the value in quotes, or begin a new line")
  }

  func expectedItem(_ place: Int, _ context: Int?) -> Diagnostic {
    if let closer = closer(at: place) { return closer }
    return Diagnostic(
      YAMLCode.indentation, "no `-` where the next item of a list is expected", at: word(at: place),
      notes: context.map { [.init("the list begins here", at: word(at: $0))] } ?? [],
      help: "begin the line with `- `, or indent it like what it belongs to")
  }

  func expectedComma(_ place: Int, _ context: Int?, closer: String) -> Diagnostic {
    if let slice = unquotedSlice(at: place) { return slice }
    if let byte = locator.byte(at: place), byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
      return Diagnostic(
        YAMLCode.unclosed, "`\(locator.text(place..<place + 1))` where `\(closer)` is expected", at: word(at: place),
        notes: context.map { [.init("the bracket was opened here", at: locator.span($0, $0 + 1))] } ?? [],
        help: "close it with `\(closer)` first")
    }
    if let open = unclosedBracket(from: context ?? start) { return unclosed(open) }
    return Diagnostic(
      YAMLCode.missingComma, "no `,` or `\(closer)` before this", at: word(at: place),
      notes: context.map { [.init("the bracket was opened here", at: locator.span($0, $0 + 1))] } ?? [],
      help: "put a comma between items")
  }

  func expectedValue(_ place: Int) -> Diagnostic {
    if let open = unclosedBracket(from: start) { return unclosed(open) }
    if let closer = closer(at: place) { return closer }
    if locator.byte(at: place) == UInt8(ascii: ":") { return emptyKey(place) }
    let isComma = locator.byte(at: place) == UInt8(ascii: ",")
    return Diagnostic(
      YAMLCode.syntax, "a value is expected here", at: locator.span(place, min(place + 1, locator.bytes.count)),
      help: isComma ? "delete this comma, or write a value before it" : nil)
  }

  private func emptyKey(_ place: Int) -> Diagnostic {
    Diagnostic(
      YAMLCode.emptyKey, "an empty key", at: locator.span(place, place + 1), help: "write a name before the colon")
  }

  private func word(at place: Int) -> SourceSpan { locator.span(place, locator.wordEnd(from: place)) }

  private func unclosed(_ place: Int) -> Diagnostic {
    let closer = locator.byte(at: place) == UInt8(ascii: "[") ? "]" : "}"
    return Diagnostic(
      YAMLCode.unclosed, "`\(locator.text(place..<place + 1))` is never closed", at: locator.span(place, place + 1),
      help: "close it with `\(closer)`")
  }

  private func closer(at place: Int) -> Diagnostic? {
    guard let byte = locator.byte(at: place), byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") else { return nil }
    return Diagnostic(
      YAMLCode.unclosed, "`\(locator.text(place..<place + 1))` closes nothing", at: locator.span(place, place + 1),
      help: "delete it, or open the bracket that it closes")
  }

  /// `{train: train[:1000]}`: in flow style a bracket ends the word before it.
  private func unquotedSlice(at place: Int) -> Diagnostic? {
    guard locator.byte(at: place) == UInt8(ascii: "["), place > start else { return nil }
    var first = place
    while first > start, let byte = locator.byte(at: first - 1), !SourceLocator.isBlank(byte),
      !SourceLocator.closers.contains(byte), byte != UInt8(ascii: "["), byte != UInt8(ascii: "{")
    { first -= 1 }
    let line = locator.lineRange(at: place)
    guard first < place, let close = (place..<line.upperBound).first(where: { locator.bytes[$0] == UInt8(ascii: "]") })
    else { return nil }
    let text = locator.text(first..<close + 1)
    let excerpt = SourceLocator.shortened(text)
    var diagnostic = Diagnostic(
      YAMLCode.unquotedSlice, "`\(excerpt)` needs quotes inside braces and brackets",
      at: locator.span(first, close + 1), help: "write `\"\(excerpt)\"`")
    let edit = Diagnostic.Fix.Edit(locator.span(first, close + 1), text: "\"\(text)\"")
    diagnostic.fix = .init("put it in quotes", isSafe: true, edits: [edit])
    return diagnostic
  }

  /// The innermost bracket still open at the end of the text, from a bracket or the start on.
  ///
  /// A quote or bracket counts only where a value may begin, or inside brackets; `don't` and
  /// `train[:10]` do not.
  private func unclosedBracket(from first: Int) -> Int? {
    var open: [Int] = []
    var quote: UInt8?
    var mayBegin = true
    for offset in first..<max(first, locator.bytes.count) {
      let byte = locator.bytes[offset]
      if let mark = quote {
        if byte == mark, mark == UInt8(ascii: "'") || locator.byte(at: offset - 1) != UInt8(ascii: "\\") { quote = nil }
        continue
      }
      switch byte {
      case UInt8(ascii: "#") where offset > 0 && SourceLocator.isBlank(locator.bytes[offset - 1]):
        // The comment is stepped over by taking it for a quote that a line break ends.
        quote = UInt8(ascii: "\n")
      case UInt8(ascii: "\""), UInt8(ascii: "'"): if mayBegin { quote = byte }
      case UInt8(ascii: "["), UInt8(ascii: "{"): if mayBegin || !open.isEmpty { open.append(offset) }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        _ = open.popLast()
        if open.isEmpty, first != start { return nil }
      default: break
      }
      mayBegin =
        SourceLocator.isBlank(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
        || byte == UInt8(ascii: ",")
    }
    return open.last
  }
}
