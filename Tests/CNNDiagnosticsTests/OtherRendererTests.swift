import CNNDiagnostics
import Testing

@Suite struct OtherRendererTests {
  @Test("the concise form is gcc's")
  func concise() {
    let fixture = Fixture("x", name: "specs/lenet.yaml")
    let diagnostic = Diagnostic(unknownKey, "unknown key 'kernal_size'", at: fixture.span(14, 7, 14, 18))
    #expect(
      ConciseRenderer(sources: fixture.sources).render([diagnostic])
        == "specs/lenet.yaml:14:7: error: unknown key 'kernal_size' [CN2103]\n")
  }

  @Test("the concise form says what to do: the suggestion, or else the help")
  func conciseRemedy() {
    let fixture = Fixture("x", name: "a.yaml")
    func text(_ label: String, _ help: String?) -> String {
      ConciseRenderer(sources: fixture.sources).render(
        Diagnostic(unknownKey, "unknown key `kernal`", at: fixture.span(1, 1, 1, 2), label: label, help: help))
    }
    #expect(
      text("did you mean `kernel`?", "keys are …")
        == "a.yaml:1:1: error: unknown key `kernal`; did you mean `kernel`? [CN2103]")
    #expect(text("here", "write `kernel`") == "a.yaml:1:1: error: unknown key `kernal`; write `kernel` [CN2103]")
    #expect(text("here", nil) == "a.yaml:1:1: error: unknown key `kernal` [CN2103]")
  }

  @Test("what cannot be printed is spelled as YAML spells it")
  func yamlEscapes() {
    #expect(PrintableText.escaped("a\n\t\r\u{1B}\u{202E}\u{E0001}é") == "a\\n\\t\\r\\x1B\\u202E\\U000E0001é")
  }

  @Test("a clean check is one JSON object too")
  func cleanJSON() {
    #expect(
      JSONRenderer(sources: SourceMap(), toolVersion: "1.0.0").render([], fileCount: 3)
        == #"{"diagnostics":[],"format_version":"1.0","summary":{"errors":0,"files":3,"fixable":0,"truncated":false,"warnings":0},"#
        + #""tool":{"name":"cnnrun","version":"1.0.0"},"valid":true}"# + "\n")
  }

  @Test("a fault in JSON has range, path, fix and related places")
  func fullJSON() {
    var sources = SourceMap()
    let id = sources.add(SourceText(name: "a.yaml", bytes: []))
    let start = SourcePosition(line: 14, column: 7, byte: 312)
    let span = SourceSpan(source: id, start: start, end: SourcePosition(line: 14, column: 18, byte: 323))
    var diagnostic = Diagnostic(
      unknownKey, "unknown key \"kernal_size\"", at: span, notes: [.init("n"), .init("there", at: span)], help: "h",
      path: "$.model.layers[3].kernal_size")
    diagnostic.fix = .init("rename to kernel_size", isSafe: false, edits: [.init(span, text: "kernel_size")])
    let range =
      #"{"end":{"byte":323,"column":18,"line":14},"start":{"byte":312,"column":7,"line":14}}"#
    #expect(
      JSONRenderer(sources: sources, toolVersion: "1").render([diagnostic], fileCount: 1)
        == #"{"diagnostics":[{"code":"CN2103","file":"a.yaml","#
        + #""fix":{"applicability":"unsafe","edits":[{"range":\#(range),"text":"kernel_size"}],"#
        + #""title":"rename to kernel_size"},"help":"h","label":"","message":"unknown key \"kernal_size\"","#
        + #""name":"unknown-key","path":"$.model.layers[3].kernal_size","range":\#(range),"#
        + #""related":[{"file":null,"message":"n","range":null},{"file":"a.yaml","message":"there","range":\#(range)}],"#
        + #""severity":"error"}],"format_version":"1.0","#
        + #""summary":{"errors":1,"files":1,"fixable":1,"truncated":false,"warnings":0},"tool":{"name":"cnnrun","version":"1"},"valid":false}"#
        + "\n")
  }

  @Test("JSON text escapes quotes, controls and what is invisible")
  func escapes() {
    #expect(JSONText.quoted("a\"b\\c\n\u{1}\u{1B}\u{2028}é🐕") == #""a\"b\\c\n\u0001\u001b\u2028é🐕""#)
    #expect(
      JSONText.array([.number(.infinity), .number(0.5), .int(-3), .bool(true), .null]).text == "[null,0.5,-3,true,null]"
    )
  }

  @Test("totals are in plain words")
  func totals() {
    #expect(
      DiagnosticTotal(errors: 2, warnings: 1, faultyFiles: 1, files: 3).line == "2 errors, 1 warning in 1 of 3 files")
    #expect(DiagnosticTotal(errors: 1, warnings: 0, faultyFiles: 1, files: 1).line == "1 error in 1 file")
    #expect(DiagnosticTotal(errors: 0, warnings: 2, faultyFiles: 2, files: 2).line == "2 warnings in 2 of 2 files")
    #expect(DiagnosticTotal(errors: 0, warnings: 0, faultyFiles: 0, files: 1).line == "no faults in 1 file")
  }
}
