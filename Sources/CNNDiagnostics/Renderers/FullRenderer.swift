/// Diagnostics as people read them: place, source line, carets, notes and help.
///
///     error[CN3104]: a 3x3 window does not fit the 2x2 input of `max_pooling2d_2`
///       --> Specs/tiny.yaml:14:34
///        |
///     14 |     - max_pooling2d: {pool_size: 3}
///        |                                  ^ 3x3 here
///        |
///        = note: its input is [N, 2, 2, 64], from `conv2d_4` at line 13
///        = help: use `padding: same`, or drop one pooling layer before it
///
/// A span of several lines is underlined on its first line. Notes that point somewhere follow as
/// snippets of their own.
package struct FullRenderer: Sendable {
  private let sources: SourceMap
  private let style: TerminalStyle

  package init(sources: SourceMap, style: TerminalStyle = .plain) {
    self.sources = sources
    self.style = style
  }

  /// All of them, an empty line between two; ends with a line break unless empty.
  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map(render).joined(separator: "\n")
  }

  /// The 50 that matter most, how many more there are, and the total as last line.
  package func render(_ bag: DiagnosticBag, total: DiagnosticTotal) -> String {
    let (reported, omitted) = bag.reported()
    var text = render(reported)
    if omitted > 0 { text += "\nand \(bag.isCut ? "at least " : "")\(omitted) more\n" }
    return text + total.line + "\n"
  }

  package func render(_ diagnostic: Diagnostic) -> String {
    let lines = [diagnostic.span.start.line] + diagnostic.notes.compactMap { $0.span?.start.line }
    let margin = lines.map { String(max($0, 1)).count }.max() ?? 1

    var text = style(diagnostic.severity.role, "\(diagnostic.severity.rawValue)[\(diagnostic.code.id)]")
    text += style(.message, ": " + PrintableText.escaped(diagnostic.message)) + "\n"
    text += snippet(at: diagnostic.span, label: diagnostic.label, role: diagnostic.severity.role, margin: margin)

    let gutter = String(repeating: " ", count: margin + 1)
    let remarks =
      diagnostic.notes.filter { $0.span == nil }.map { ("note", TerminalStyle.Role.note, $0.message) }
      + (diagnostic.help.map { [("help", TerminalStyle.Role.help, $0)] } ?? [])
    if !remarks.isEmpty { text += style(.frame, gutter + "|") + "\n" }
    for (word, role, message) in remarks {
      text += style(.frame, gutter + "=") + " " + style(role, word + ":")
      text += " " + PrintableText.escaped(message) + "\n"
    }

    for note in diagnostic.notes {
      guard let span = note.span else { continue }
      text += style(.note, "note") + style(.message, ": " + PrintableText.escaped(note.message)) + "\n"
      text += snippet(at: span, label: "", role: .note, margin: margin)
    }
    return text
  }

  private func snippet(at span: SourceSpan, label: String, role: TerminalStyle.Role, margin: Int) -> String {
    let source = sources[span.source]
    let number = span.start.line
    let indent = String(repeating: " ", count: margin)
    let place = "\(PrintableText.escaped(source.name)):\(number):\(span.start.column)"
    let start = max(span.start.column - 1, 0)
    let end = span.end.line > number ? Int.max : max(span.end.column - 1, start)
    let snippet = SourceSnippet(source.visibleLine(number), columns: start..<end)
    let padded = String(repeating: " ", count: max(0, margin - String(number).count)) + String(number)

    var text = style(.frame, indent + "-->") + " " + place + "\n"
    text += style(.frame, indent + " |") + "\n"
    text += style(.frame, padded + " |") + (snippet.line.isEmpty ? "" : " " + snippet.line) + "\n"
    let caption = label.isEmpty ? snippet.underline : snippet.underline + " " + PrintableText.escaped(label)
    let carets = caption.drop { $0 == " " }
    text += style(.frame, indent + " |") + " " + String(caption.prefix(caption.count - carets.count))
    return text + style(role, String(carets)) + "\n"
  }
}

extension SourceText {
  /// A line as an editor shows it: without the byte order mark that the first may begin with.
  package func visibleLine(_ number: Int) -> String {
    let text = line(number)
    guard number == 1, text.unicodeScalars.first == "\u{FEFF}" else { return text }
    return String(text.unicodeScalars.dropFirst())
  }
}
