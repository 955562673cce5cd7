internal import CNNDiagnostics

/// Says in plain words what libyaml could not read, where, and mostly how to mend it.
struct YAMLSyntaxFault {
  let locator: SourceLocator
  /// Byte and scalar at which the text given to libyaml begins.
  let start: Int
  let firstScalar: Int

  func diagnostic(_ fault: YAMLParserFault) -> Diagnostic {
    let place = locator.byte(ofScalar: firstScalar + fault.problemMark)
    let context = fault.contextMark.map { locator.byte(ofScalar: firstScalar + $0) }
    if let tab = tab(at: place, fault) { return tab }
    if let quote = quoteOverLines(before: place) { return quote }
    switch fault.problem {
    case "mapping values are not allowed in this context": return unexpectedColon(place)
    case "could not find expected ':'": return missingColon(context ?? place)
    case "did not find expected key": return expectedKey(place, context)
    case "did not find expected '-' indicator": return expectedItem(place, context)
    case "did not find expected ',' or ']'": return expectedComma(place, context, closer: "]")
    case "did not find expected ',' or '}'": return expectedComma(place, context, closer: "}")
    case "did not find expected node content": return expectedValue(place)
    case "found unexpected end of stream", "found unexpected document indicator":
      return unclosedQuote(context ?? place)
    case "block sequence entries are not allowed in this context":
      return Diagnostic(
        YAMLCode.syntax, "a list cannot begin here", at: locator.span(place, place + 1),
        help: "begin it on the next line, or write `[a, b]`")
    case "found character that cannot start any token": return reserved(place)
    case "did not find expected comment or line break" where fault.context == "while scanning a block scalar":
      return reserved(context ?? place)
    case "found unknown escape character", "did not find expected hexdecimal number",
      "found invalid Unicode character escape code":
      return Diagnostic(
        YAMLCode.badEscape, "an escape that YAML does not know", at: locator.span(place, place + 2),
        help: "write `\\\\` for a backslash, or use single quotes")
    case "did not find expected <document start>": return textBehindEnd(place)
    case "found incompatible YAML document", "found duplicate %YAML directive", "found duplicate %TAG directive":
      return directive(place, "only `%YAML 1.1` and `%YAML 1.2` are read, once")
    default: return other(fault, place, context)
    }
  }

  private func other(_ fault: YAMLParserFault, _ place: Int, _ context: Int?) -> Diagnostic {
    switch fault.context {
    case _ where fault.problem == "found undefined tag handle":
      return tag(locator.byte(at: place) == UInt8(ascii: "!") ? place : context ?? place)
    case "while scanning an alias", "while scanning an anchor":
      return reserved(context ?? place)
    case "while scanning a directive", "while scanning a %YAML directive", "while scanning a %TAG directive":
      return directive(context ?? place, "a line that begins with `%` is a directive of YAML, and this is none")
    case "while scanning a tag", "while parsing a tag":
      return tag(context ?? place)
    default:
      let problem = fault.problem + (fault.context.isEmpty ? "" : " " + fault.context)
      return Diagnostic(
        YAMLCode.syntax, "not YAML: \(problem)", at: locator.span(place, locator.wordEnd(from: place)),
        notes: context.map { [.init("begun here", at: locator.span($0, $0 + 1))] } ?? [])
    }
  }

  /// A tab among the blanks that a line begins with, or where an item begins.
  private func tab(at place: Int, _ fault: YAMLParserFault) -> Diagnostic? {
    let line = locator.lineRange(at: place)
    let tab = UInt8(ascii: "\t")
    let lead = line.lowerBound..<locator.firstText(inLineAt: place)
    var offset = lead.first { locator.bytes[$0] == tab }
    if offset == nil, locator.byte(at: place) == tab { offset = place }
    if offset == nil, fault.problem.contains("tab character") { offset = line.first { locator.bytes[$0] == tab } }
    guard let offset else { return nil }
    var end = offset
    while locator.byte(at: end) == tab { end += 1 }
    return Diagnostic(
      YAMLCode.tab, "tab used for indentation, line \(locator.position(byte: offset).line)",
      at: locator.span(offset, end), help: "indent with spaces")
  }

  /// `*.csv`, or `> 3`, which begins a text over several lines but for what stands behind it.
  private func reserved(_ place: Int) -> Diagnostic {
    let end = valueEnd(from: place)
    let text = locator.text(place..<end)
    let name = text.hasPrefix("`") ? "a backquote" : "`\(text.prefix(1))`"
    var diagnostic = Diagnostic(
      YAMLCode.reservedCharacter, "\(name) cannot begin a value: YAML reserves it",
      at: locator.span(place, min(place + 1, end)),
      help: "put the value in quotes: `\(YAMLText.quoted(SourceLocator.shortened(text)))`")
    let edit = Diagnostic.Fix.Edit(locator.span(place, end), text: YAMLText.quoted(text))
    diagnostic.fix = .init("put it in quotes", isSafe: true, edits: [edit])
    return diagnostic
  }

  private func tag(_ place: Int) -> Diagnostic {
    Diagnostic(
      YAMLCode.tag, "a tag: the field decides what its value is", at: locator.span(place, locator.wordEnd(from: place)),
      help: "delete the tag, or put the text in quotes")
  }

  private func directive(_ place: Int, _ message: String) -> Diagnostic {
    let line = locator.lineRange(at: place)
    return Diagnostic(
      YAMLCode.directive, message, at: locator.span(line.lowerBound, line.upperBound), help: "delete this line")
  }

  private func unclosedQuote(_ place: Int) -> Diagnostic {
    Diagnostic(
      YAMLCode.unclosed, "this quote is never closed", at: locator.span(place, place + 1),
      help: "close it with `\(locator.text(place..<place + 1))`")
  }

  /// A quote that was left open, and so closes where the next one of its kind was meant to open: what stands behind that
  /// is the fault that YAML finds.
  private func quoteOverLines(before place: Int) -> Diagnostic? {
    guard place > start, let mark = locator.byte(at: place - 1), "\"'".utf8.contains(mark) else { return nil }
    guard let open = opening(ofQuoteAt: place - 1), locator.byte(at: open) == mark else { return nil }
    let line = locator.lineRange(at: open)
    guard line.upperBound < place else { return nil }
    // A text over several lines is allowed; keys and items in it were not meant to be text.
    let swallowed = locator.text(line.upperBound..<place).split(separator: "\n")
    let hasStructure = swallowed.contains { line in
      let text = line.drop { $0 == " " }
      return text.hasPrefix("- ") || text.contains(": ") || text.hasSuffix(":")
    }
    guard hasStructure else { return nil }
    var diagnostic = unclosedQuote(open)
    diagnostic.message = "this quote is not closed in its line"
    diagnostic.notes = [.init("the next one closes it", at: locator.span(place - 1, place))]
    return diagnostic
  }

  /// Where the quoted text began that ends with a quote; `nil` if that ends none.
  private func opening(ofQuoteAt end: Int) -> Int? {
    var open: Int?
    var mayBegin = true
    var offset = start
    while offset <= end, let byte = locator.byte(at: offset) {
      if let begun = open {
        let mark = locator.bytes[begun]
        if byte == UInt8(ascii: "\\"), mark == UInt8(ascii: "\"") {
          offset += 1
        } else if byte == mark {
          if mark == UInt8(ascii: "'"), locator.byte(at: offset + 1) == mark {
            offset += 1
          } else if offset == end {
            return begun
          } else {
            open = nil
          }
        }
      } else if byte == UInt8(ascii: "#"), mayBegin {
        offset = locator.lineRange(at: offset).upperBound
      } else if mayBegin, byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") {
        open = offset
      }
      mayBegin = open == nil && (SourceLocator.isBlank(byte) || "[{,".utf8.contains(byte))
      offset += 1
    }
    return nil
  }

  private func textBehindEnd(_ place: Int) -> Diagnostic {
    let isFirst = locator.firstText(inLineAt: place) == place
    // A word alone is a document; what follows it shows that it was meant as a key.
    if isFirst, let above = keyAbove(place), let byte = locator.byte(at: above), !"[{\"'".utf8.contains(byte) {
      return missingColon(above)
    }
    return Diagnostic(
      isFirst ? YAMLCode.indentation : YAMLCode.syntax, "this stands behind the end of the document",
      at: locator.span(place, locator.wordEnd(from: place)),
      help: isFirst ? "indent it like the lines that it belongs to" : nil)
  }
}
