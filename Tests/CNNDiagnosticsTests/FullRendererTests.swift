import CNNDiagnostics
import Testing

@Suite struct FullRendererTests {
  @Test("a fault is shown with place, carets, note and help")
  func complete() {
    let layers = (1...13).map { "# line \($0)\n" }.joined() + "    - max_pooling2d: {pool_size: 3}\n"
    let fixture = Fixture(layers)
    let diagnostic = Diagnostic(
      windowTooLarge, "a 3x3 window does not fit the 2x2 input of `max_pooling2d_2`",
      at: fixture.span(14, 34, 14, 35), label: "3x3 here",
      notes: [.init("its input is [N, 2, 2, 64], from `conv2d_4` at line 13")],
      help: "use `padding: same`, or drop one pooling layer before it")
    #expect(
      FullRenderer(sources: fixture.sources).render(diagnostic) == """
        error[CN3104]: a 3x3 window does not fit the 2x2 input of `max_pooling2d_2`
          --> Specs/tiny.yaml:14:34
           |
        14 |     - max_pooling2d: {pool_size: 3}
           |                                  ^ 3x3 here
           |
           = note: its input is [N, 2, 2, 64], from `conv2d_4` at line 13
           = help: use `padding: same`, or drop one pooling layer before it

        """)
  }

  @Test("a note that points somewhere is a snippet of its own, in the same gutter")
  func secondary() {
    let fixture = Fixture("epochs: 4\n\n\n\n\n\n\n\n\nepochs: 40\n", name: "a.yaml")
    let diagnostic = Diagnostic(
      unknownKey, "key `epochs` is given twice", at: fixture.span(10, 1, 10, 7),
      notes: [.init("first given here", at: fixture.span(1, 1, 1, 7))])
    #expect(
      FullRenderer(sources: fixture.sources).render(diagnostic) == """
        error[CN2103]: key `epochs` is given twice
          --> a.yaml:10:1
           |
        10 | epochs: 40
           | ^^^^^^
        note: first given here
          --> a.yaml:1:1
           |
         1 | epochs: 4
           | ^^^^^^

        """)
  }

  @Test("carets count cells: wide characters two, combining marks none, a tab one")
  func cells() {
    let fixture = Fixture("\t犬e\u{301}: 🐕x\n", name: "a.yaml")
    // Scalars: tab 1, 犬 2, e 3, mark 4, colon 5, space 6, dog 7, x 8.
    let diagnostic = Diagnostic(unknownKey, "m", at: fixture.span(1, 7, 1, 9), label: "here")
    #expect(
      FullRenderer(sources: fixture.sources).render(diagnostic) == """
        error[CN2103]: m
         --> a.yaml:1:7
          |
        1 |  犬e\u{301}: 🐕x
          |       ^^^ here

        """)
  }

  @Test("a span of several lines is underlined to the end of its first")
  func severalLines() {
    let fixture = Fixture("model:\n  input: 3\n", name: "a.yaml")
    let text = FullRenderer(sources: fixture.sources).render(
      Diagnostic(unknownKey, "m", at: fixture.span(1, 3, 2, 5)))
    #expect(text.hasSuffix("1 | model:\n  |   ^^^^\n"))
  }

  @Test("an empty span, one behind the last line included, has one caret")
  func emptySpan() {
    let fixture = Fixture("a: 1\n", name: "a.yaml")
    let renderer = FullRenderer(sources: fixture.sources)
    #expect(renderer.render(Diagnostic(unknownKey, "m", at: fixture.span(1, 5, 1, 5))).hasSuffix("  |     ^\n"))
    #expect(renderer.render(Diagnostic(unknownKey, "m", at: fixture.span(9, 3, 9, 3))).hasSuffix("9 |\n  | ^\n"))
  }

  @Test("a long line is cut around the span")
  func longLine() {
    let line = String(repeating: "a", count: 300) + "XYZ" + String(repeating: "b", count: 300)
    let fixture = Fixture(line, name: "a.yaml")
    let text = FullRenderer(sources: fixture.sources).render(
      Diagnostic(unknownKey, "m", at: fixture.span(1, 301, 1, 304)))
    let shown = "…" + String(repeating: "a", count: 40) + "XYZ" + String(repeating: "b", count: 115) + "…"
    #expect(text.hasSuffix("1 | \(shown)\n  | " + String(repeating: " ", count: 41) + "^^^\n"))
  }

  @Test("control characters never reach the terminal")
  func controlCharacters() {
    let fixture = Fixture("a: \u{1B}[31m \u{202E}x\r\n", name: "\u{1B}]0;a.yaml")
    let text = FullRenderer(sources: fixture.sources).render(
      Diagnostic(unknownKey, "key '\u{1B}[2J\n'", at: fixture.span(1, 1, 1, 2)))
    #expect(
      text == """
        error[CN2103]: key '\\x1B[2J\\n'
         --> \\x1B]0;a.yaml:1:1
          |
        1 | a: \u{FFFD}[31m \u{FFFD}x
          | ^

        """)
  }

  @Test("the byte order mark is not part of the first line")
  func byteOrderMark() {
    let fixture = Fixture("\u{FEFF}a: 1\n", name: "a.yaml")
    let text = FullRenderer(sources: fixture.sources).render(
      Diagnostic(unknownKey, "m", at: fixture.span(1, 4, 1, 5)))
    #expect(text.hasSuffix("1 | a: 1\n  |    ^\n"))
  }

  @Test("colour changes nothing but escape sequences")
  func colour() {
    let fixture = Fixture("a: 1\n", name: "a.yaml")
    let diagnostic = Diagnostic(unknownKey, "m", at: fixture.span(1, 4, 1, 5), label: "l", help: "h")
    let coloured = FullRenderer(sources: fixture.sources, style: .ansi).render(diagnostic)
    #expect(coloured.hasPrefix("\u{1B}[1;31merror[CN2103]\u{1B}[0m\u{1B}[1m: m\u{1B}[0m\n"))
    let bare = coloured.split(separator: "\u{1B}[").map { part in
      part.first == "\n" ? part : part.drop { $0 != "m" }.dropFirst()
    }.joined()
    #expect(bare == FullRenderer(sources: fixture.sources).render(diagnostic))
  }

  @Test("a report ends with its total")
  func total() {
    let fixture = Fixture("a: 1\nb: 2\n", name: "a.yaml")
    var bag = DiagnosticBag()
    bag.add(Diagnostic(advice, "second", at: fixture.span(2, 1, 2, 2)))
    bag.add(Diagnostic(unknownKey, "first", at: fixture.span(1, 1, 1, 2)))
    let text = FullRenderer(sources: fixture.sources).render(
      bag, total: DiagnosticTotal(bag.diagnostics, files: 3))
    #expect(
      text == """
        error[CN2103]: first
         --> a.yaml:1:1
          |
        1 | a: 1
          | ^

        warning[CN9102]: second
         --> a.yaml:2:1
          |
        2 | b: 2
          | ^
        1 error, 1 warning in 1 of 3 files

        """)
  }
}
