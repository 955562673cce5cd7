internal import CNNDiagnostics

/// Faults of keys, colons, indentation and brackets.
extension YAMLSyntaxFault {
  /// `a: b: c`, or a key that is indented below a value.
  func unexpectedColon(_ place: Int) -> Diagnostic {
    let first = locator.firstText(inLineAt: place)
    let before = locator.text(first..<place)
    if let bare = wordBeforeBracket(first, before) { return bare }
    if let colon = before.firstRange(of: ": ") {
      return secondColon(place, first, value: first + before[..<colon.upperBound].utf8.count)
    }
    if let item = deeperItem(first) { return item }
    if let above = keyAbove(first) { return missingColon(above) }
    return belowValue(first, before, place)
  }

  /// `name: net: v2`, `- conv2d: filters: 3`: a text with a colon, or a map without its braces.
  private func secondColon(_ place: Int, _ first: Int, value: Int) -> Diagnostic {
    let start = textBehindDashes(first)
    let key = locator.text(start..<value).prefix { $0 != ":" }
    let inner = locator.text(value..<place)
    let rest = locator.excerpt(value..<valueEnd(from: value))
    var help = "put the value in quotes: `\"\(rest)\"`"
    if key == "name" {
      // Quoted, it would still be no name.
      let name = rest.map { $0.isLetter || $0.isNumber || "._-".contains($0) ? $0 : "_" }
      help = "write `name: \(String(name).replacing("__", with: "_"))`"
    } else if inner.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) {
      help = "write `\(key): {\(rest)}`"
    }
    return Diagnostic(
      YAMLCode.unexpectedColon, "a second colon in one line", at: locator.span(place, place + 1),
      label: "this value holds `: `", help: help)
  }

  /// A key below one that has its value in the same line, or no colon.
  private func belowValue(_ first: Int, _ before: String, _ place: Int) -> Diagnostic {
    let shown = SourceLocator.shortened(before)
    var help = "indent it like that key, or delete that key's value"
    if let above = textAbove(first) {
      let key = textBehindDashes(above)
      let line = locator.text(key..<valueEnd(from: key))
      guard let colon = line.firstRange(of: ": ") else { return missingColon(key) }
      let (word, value) = (line[..<colon.lowerBound], line[colon.upperBound...].drop { $0 == " " })
      let isWord = value.first?.isLetter ?? false
      help =
        isWord
        ? "to say more of `\(value)`, write `\(word): {\(value): {\(shown): …}}`; else begin the line like that of `\(word)`"
        : "write `\(word): {…: \(value), \(shown): …}`, or begin the line like that of `\(word)`"
    }
    return Diagnostic(
      YAMLCode.indentation, "`\(shown)` is indented below a key that has a value already",
      at: locator.span(first, place),
      help: help)
  }

  /// `conv2d {filters: 3}`: no colon before a bracket.
  private func wordBeforeBracket(_ first: Int, _ before: String) -> Diagnostic? {
    let start = textBehindDashes(first)
    let text = String(before.dropFirst(locator.text(first..<start).count))
    guard let bracket = text.firstIndex(where: { "{[".contains($0) }), !text[..<bracket].contains(":") else {
      return nil
    }
    let word = text[..<bracket].filter { $0 != " " && $0 != "=" }
    let end = start + text[..<bracket].utf8.count
    guard !word.isEmpty, end < locator.lineRange(at: start).upperBound else { return nil }
    let rest = locator.excerpt(end..<locator.trimmedEnd(locator.lineRange(at: start).upperBound, notBefore: end))
    return noColon(word, start, start + word.utf8.count, "write `\(word): \(rest)`")
  }

  private func noColon(_ word: String, _ start: Int, _ end: Int, _ help: String) -> Diagnostic {
    Diagnostic(
      YAMLCode.missingColon, "no colon behind `\(SourceLocator.shortened(word))`", at: locator.span(start, end),
      help: help)
  }

  /// Past `- `, which may stand there several times.
  private func textBehindDashes(_ start: Int) -> Int {
    var text = start
    let end = locator.lineRange(at: start).upperBound
    while locator.byte(at: text) == UInt8(ascii: "-"), locator.byte(at: text + 1) == UInt8(ascii: " ") {
      text = min(text + 2, end)
    }
    return text
  }

  /// `-dense: 10`: an item whose dash has no blank behind it.
  private func bareDash(_ place: Int) -> Diagnostic? {
    guard locator.byte(at: place) == UInt8(ascii: "-"), let next = locator.byte(at: place + 1),
      Character(Unicode.Scalar(next)).isLetter
    else { return nil }
    let line = locator.lineRange(at: place)
    let text = locator.excerpt(place + 1..<locator.trimmedEnd(line.upperBound, notBefore: place + 1))
    var diagnostic = Diagnostic(
      YAMLCode.missingSpace, "no blank behind the dash", at: locator.span(place, place + 1),
      help: "begin an item with a dash and a blank: `- \(text)`")
    diagnostic.fix = .init(
      "put a blank behind the dash", isSafe: true, edits: [.init(locator.span(place + 1, place + 1), text: " ")])
    return diagnostic
  }

  /// A list's item that stands deeper than the one above it, which YAML takes for more of that one's text.
  private func deeperItem(_ first: Int) -> Diagnostic? {
    guard isDash(first), let above = textAbove(first), isDash(above) else { return nil }
    guard isDeeper(first, than: above) else { return nil }
    return misplaced(first, "this item is indented deeper than the one above it", like: above, "the item above is here")
  }

  /// A line that should begin in the column of another one.
  private func misplaced(_ first: Int, _ message: String, like other: Int, _ note: String) -> Diagnostic {
    let lineStart = locator.lineRange(at: first).lowerBound
    let blanks = locator.position(byte: other).column - 1
    var diagnostic = Diagnostic(
      YAMLCode.indentation, message, at: word(at: first), notes: [.init(note, at: word(at: other))],
      help:
        "begin the line with \(blanks == 0 ? "no blanks" : blanks == 1 ? "1 blank" : "\(blanks) blanks"), like that one"
    )
    let edit = Diagnostic.Fix.Edit(locator.span(lineStart, first), text: String(repeating: " ", count: blanks))
    diagnostic.fix = .init("indent it alike", isSafe: false, edits: [edit])
    return diagnostic
  }

  private func isDeeper(_ place: Int, than other: Int) -> Bool {
    locator.position(byte: place).column > locator.position(byte: other).column
  }

  private func isDash(_ place: Int) -> Bool {
    guard locator.byte(at: place) == UInt8(ascii: "-") else { return false }
    return locator.byte(at: place + 1).map(SourceLocator.isBlank) ?? true
  }

  /// Where the text of the nearest line above begins that is neither empty nor a comment.
  private func textAbove(_ place: Int) -> Int? {
    var line = locator.lineRange(at: place)
    while line.lowerBound > start {
      line = locator.lineRange(at: line.lowerBound - 1)
      let text = locator.firstText(inLineAt: line.lowerBound)
      if text < line.upperBound, locator.bytes[text] != UInt8(ascii: "#") { return text }
    }
    return nil
  }

  /// The text of the line above, if this line is indented no deeper and so cannot be part of its value:
  /// then the fault is up there.
  func keyAbove(_ first: Int) -> Int? {
    guard let text = textAbove(first).map(textBehindDashes) else { return nil }
    return locator.position(byte: text).column >= locator.position(byte: first).column ? text : nil
  }

  func missingColon(_ key: Int) -> Diagnostic {
    if let dash = bareDash(key) { return dash }
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
    // `epochs 5`, `input = [28, 28, 1]`, or a word alone.
    let word = String(text.prefix { $0 != " " && $0 != "=" })
    let rest = text.dropFirst(word.count).drop { $0 == " " || $0 == "=" }
    let isKey = word.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
    return noColon(
      word, key, rest.isEmpty || !isKey ? end : key + word.utf8.count,
      rest.isEmpty || !isKey
        ? "write `\(SourceLocator.shortened(word)):` if it is a key, `- \(SourceLocator.shortened(text))` if it is an item of a list"
        : "write `\(word): \(SourceLocator.shortened(String(rest)))`")
  }

  func expectedKey(_ place: Int, _ context: Int?) -> Diagnostic {
    let notes: [Diagnostic.Note] = context.map { [.init("the map begins here", at: word(at: $0))] } ?? []
    if let closer = closer(at: place) { return closer }
    if locator.byte(at: place) == UInt8(ascii: ":") { return emptyKey(place) }
    if locator.firstText(inLineAt: place) == place {
      if let item = deeperItem(place) { return item }
      if isDash(place) {
        return Diagnostic(
          YAMLCode.indentation, "a list item among the keys of a map", at: word(at: place), notes: notes,
          help: "indent the item below the key of its list")
      }
      if let context, let above = textAbove(place), isDeeper(place, than: context), !isDeeper(above, than: place) {
        return misplaced(
          place, "this key is indented deeper than the others of its map", like: context, "the map begins here")
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
    if let dash = bareDash(place) ?? deeperItem(place) { return dash }
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
    if let open = openBrackets(from: context ?? start, isWhole: context == nil).last { return unclosed(open) }
    return Diagnostic(
      YAMLCode.missingComma, "no `,` or `\(closer)` before this", at: word(at: place),
      notes: context.map { [.init("the bracket was opened here", at: locator.span($0, $0 + 1))] } ?? [],
      help: "put a comma between items")
  }

  func expectedValue(_ place: Int) -> Diagnostic {
    if let open = openBrackets(from: start, isWhole: true).last { return unclosed(open) }
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

  /// Behind the value that begins here in one line: before a comment, and in brackets before what ends an item.
  func valueEnd(from place: Int) -> Int {
    let line = locator.lineRange(at: place)
    let isInBrackets = !openBrackets(from: start, to: place, isWhole: true).isEmpty
    var end = place + 1
    while end < line.upperBound {
      let byte = locator.bytes[end]
      if isInBrackets, SourceLocator.closers.contains(byte) { break }
      if byte == UInt8(ascii: "#"), SourceLocator.isBlank(locator.bytes[end - 1]) { break }
      end += 1
    }
    return locator.trimmedEnd(end, notBefore: min(place + 1, locator.bytes.count))
  }

  /// The brackets still open at a place, by default the end of the text, innermost last.
  ///
  /// A quote or bracket counts only where a value may begin, or inside brackets; `don't` and
  /// `train[:10]` do not.
  /// - Parameters:
  ///   - first: a bracket, or the start of the text.
  ///   - isWhole: false to look at the first bracket alone, whose end ends the search.
  private func openBrackets(from first: Int, to end: Int? = nil, isWhole: Bool) -> [Int] {
    var open: [Int] = []
    var quote: UInt8?
    var mayBegin = true
    for offset in first..<max(first, end ?? locator.bytes.count) {
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
        if open.isEmpty, !isWhole { return [] }
      default: break
      }
      mayBegin =
        SourceLocator.isBlank(byte) || byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{")
        || byte == UInt8(ascii: ",")
    }
    return open
  }
}
