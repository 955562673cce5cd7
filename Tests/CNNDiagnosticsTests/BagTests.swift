import CNNDiagnostics
import Testing

@Suite struct BagTests {
  @Test("faults are reported by place, fifty at most, errors before warnings")
  func capped() {
    let fixture = Fixture("")
    var bag = DiagnosticBag()
    for line in stride(from: 60, through: 1, by: -1) {
      bag.add(Diagnostic(advice, "warning \(line)", at: fixture.span(line, 1, line, 2)))
    }
    bag.add(Diagnostic(unknownKey, "error", at: fixture.span(99, 1, 99, 2)))
    let (reported, omitted) = bag.reported()
    #expect(reported.count == 50 && omitted == 11)
    #expect(reported.map(\.span.start.line) == Array(1...49) + [99])
    #expect(
      FullRenderer(sources: fixture.sources).render(bag, total: .init(bag.diagnostics, files: 1))
        .hasSuffix("\nand 11 more\n1 error, 60 warnings in 1 file\n"))
  }

  @Test("the same fault is one report")
  func once() {
    let fixture = Fixture("")
    var bag = DiagnosticBag()
    for _ in 0..<2 { bag.add(Diagnostic(unknownKey, "m", at: fixture.span(1, 1, 1, 2))) }
    #expect(bag.diagnostics.count == 1)
  }

  @Test(
    "a misspelt word finds its one neighbour",
    arguments: [
      ("kernal_size", "kernel_size"), ("kernelsize", "kernel_size"), ("fitlers", "filters"), ("Filters", "filters"),
      ("stride", "strides"), ("units", nil), ("x", nil), ("", nil), ("padd", nil),
    ] as [(String, String?)])
  func spelling(word: String, expected: String?) {
    #expect(Spelling.closest(to: word, among: ["filters", "kernel_size", "strides", "padding"]) == expected)
  }

  @Test("two equally close names are no hint")
  func tie() {
    #expect(Spelling.closest(to: "l3", among: ["l1", "l2"]) == nil)
    #expect(Spelling.closest(to: "l1_l", among: ["l1_l2", "l1"]) == "l1_l2")
  }

  @Test("a trailing comment silences advice on its line, never an error")
  func suppression() {
    let fixture = Fixture("a: 1  # cnnrun: ignore[CN9102, CN9103] on purpose\nb: 2 #cnnrun: ignore[CN2103]\nc: 3\n")
    var bag = DiagnosticBag()
    bag.add(Diagnostic(advice, "m", at: fixture.span(1, 1, 1, 2)))
    bag.add(Diagnostic(advice, "m", at: fixture.span(3, 1, 3, 2)))
    bag.add(Diagnostic(unknownKey, "m", at: fixture.span(2, 1, 2, 2)))
    var sources = fixture.sources
    let source = SourceID(index: 0)
    sources.add(Suppression.ignores(in: source, of: sources[source]) { _ in false }.ignores)
    #expect(bag.withoutSuppressed(in: sources).diagnostics.map(\.span.start.line) == [3, 2])
  }

  @Test("a flood of faults is cut off, and never hides that there are errors")
  func flood() {
    let fixture = Fixture("a: 1\n")
    var bag = DiagnosticBag()
    for number in 0..<2 * DiagnosticBag.mostKept {
      bag.add(Diagnostic(advice, "m \(number)", at: fixture.span(1, 1, 1, 2)))
    }
    #expect(bag.diagnostics.count == DiagnosticBag.mostKept && !bag.hasErrors && bag.isCut)
    let total = DiagnosticTotal(bag.diagnostics, files: 1)
    #expect(total.line == "at least 500 warnings in 1 file")
    let text = FullRenderer(sources: fixture.sources).render(bag, total: total)
    #expect(text.hasSuffix("\nand at least 450 more\nat least 500 warnings in 1 file\n"))
    for number in 0..<2 * DiagnosticBag.mostKept {
      bag.add(Diagnostic(unknownKey, "m \(number)", at: fixture.span(1, 1, 1, 2)))
    }
    #expect(bag.diagnostics.count == 2 * DiagnosticBag.mostKept && bag.hasErrors)
  }

  @Test("comments are found where they begin, with their codes and the line that they are about")
  func ignores() {
    func found(_ text: String, isText: (Int) -> Bool = { _ in false }) -> [String] {
      let source = SourceText(name: "a.yaml", bytes: Array(text.utf8))
      return Suppression.ignores(in: SourceID(index: 0), of: source, isText: isText).ignores.map { ignore in
        "\(ignore.code) \(ignore.span.start.line):\(ignore.span.start.column)-\(ignore.span.end.column) \(ignore.line)"
      }
    }
    #expect(found("a: x# cnnrun: ignore[CN9102]") == [])
    #expect(found("a: 1 # cnnrun: ignore[CN9102,CN9103]") == ["CN9102 1:23-29 1", "CN9103 1:30-36 1"])
    #expect(found("é: 1 # cnnrun: ignore[CN9102]") == ["CN9102 1:23-29 1"])
    #expect(found("# cnnrun: ignore[CN9102]\n\n# b\na: 1\n") == ["CN9102 1:18-24 4"])
    #expect(found("a: 1\n# cnnrun: ignore[CN9102]") == ["CN9102 2:18-24 2"])
    #expect(found("a: 1 # cnnrun: ignore[CN9102") == [])
    #expect(found("a: 1 # cnnrun: ignore[CN9102]x") == [])
    #expect(found("a: 1 # cnnrun: ignore[]") == [])
    #expect(found("a: \"b # cnnrun: ignore[CN9102]\"", isText: { $0 > 2 }) == [])
  }

  @Test(
    "a comment that is nearly one that silences is told",
    arguments: [
      ("cnnrun: ignore CN9102", "the codes are not in square brackets"),
      ("cnnrun: ignore", "the codes are not in square brackets"),
      ("cnnrun: ignore (CN9102)", "the codes are not in square brackets"),
      ("cnnrun: ignore [CN9102]", "no blank is allowed before the bracket"),
      ("cnnrun: ignored[CN9102]", "`ignored` is not `ignore`"), ("cnnrun: ingore[CN9102]", "`ingore` is not `ignore`"),
      ("cnnrun: disable=CN9102", "`disable` is not `ignore`"),
      ("cnnrun:ignore[CN9102]", "it does not begin with `cnnrun: ignore`"),
      ("cnnrun ignore[CN9102]", "it does not begin with `cnnrun: ignore`"),
      ("CNNrun: ignore[CN9102]", "it does not begin with `cnnrun: ignore`"),
      ("cnnrun: ignore[CN9102", "the bracket is never closed"), ("cnnrun: ignore[]", "no code is named"),
      ("cnnrun: ignore[CN9102]x", "a blank is missing behind the bracket"),
      ("cnnrun is fast", nil), ("cnnrun ignores the order", nil), ("cnnrun: see the README", nil),
      ("cnnrun: ignore[CN9102] why", nil), ("ignore[CN9102]", nil),
    ] as [(String, String?)])
  func malformed(comment: String, reason: String?) {
    let text = "a: 1  # \(comment)  \n"
    let source = SourceText(name: "a.yaml", bytes: Array(text.utf8))
    let found = Suppression.ignores(in: SourceID(index: 0), of: source) { _ in false }
    #expect(found.malformed.map(\.reason) == [reason].compactMap(\.self))
    guard let place = found.malformed.first?.span else { return }
    #expect(place.start.column == 9 && place.end.column == 9 + comment.count)
    #expect(Suppression.ignores(in: SourceID(index: 0), of: source) { _ in true }.malformed == [])
  }

  @Test("codes are found by id and by name")
  func registry() {
    let entry = CodeExplanation(unknownKey, summary: "s", explanation: "e", wrong: "w", right: "r")
    let other = CodeExplanation(advice, summary: "s", explanation: "e", wrong: "w", right: "r")
    let registry = CodeRegistry([other], [entry])
    #expect(registry.explanations.map(\.code.id) == ["CN2103", "CN9102"])
    #expect(registry["cn2103"] == entry && registry["unknown-key"] == entry && registry["CN1"] == nil)
    #expect(registry.duplicates.isEmpty && CodeRegistry([entry, entry]).duplicates == ["CN2103", "unknown-key"])
  }

  @Test("cells of a text")
  func width() {
    #expect(TextWidth.cells(of: "abc") == 3)
    #expect(TextWidth.cells(of: "日本") == 4)
    #expect(TextWidth.cells(of: "e\u{301}\u{200D}") == 1)
    #expect(TextWidth.cells(of: "한🙂") == 4)
    #expect(TextWidth.cells(of: "ｱ…") == 2)
  }
}
