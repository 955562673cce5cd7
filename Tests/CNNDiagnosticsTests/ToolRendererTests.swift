import CNNDiagnostics
import Testing

/// The formats for tools, against what their specifications ask for, written out by hand.
@Suite struct ToolRendererTests {
  private static let registry = CodeRegistry([
    CodeExplanation(unknownKey, summary: "s", explanation: "e.", wrong: "a: 1\n", right: ""),
    CodeExplanation(windowTooLarge, summary: "t", explanation: "f.", wrong: "", right: ""),
  ])

  /// One unknown key at 2:3 of a file, with a fix.
  private static func report(
    name: String = "specs/a.yaml", message: String = "unknown key", label: String = "", help: String? = nil,
    root: String? = nil, severity: Severity = .error, copies: Int = 1
  ) -> Report {
    var sources = SourceMap()
    let id = sources.add(SourceText(name: name, bytes: Array("model:\n  kernal: 3\n".utf8)))
    let span = SourceSpan(
      source: id, start: SourcePosition(line: 2, column: 3, byte: 9), end: SourcePosition(line: 2, column: 9, byte: 15))
    var diagnostic = Diagnostic(
      DiagnosticCode("CN2103", "unknown-key", severity: severity), message, at: span, label: label, help: help,
      path: "$.model.kernal")
    diagnostic.fix = .init("rename to kernel", isSafe: false, edits: [.init(span, text: "kernel")])
    return Report(
      files: ["clean.yaml", name], diagnostics: Array(repeating: diagnostic, count: copies), sources: sources,
      root: root)
  }

  /// FNV-1a of 64 bits: offset basis for the empty text, and `a`, from the authors' page of test vectors.
  @Test("the hash is FNV-1a") func hash() {
    #expect(FNV.hex(FNV.hash("")) == "cbf29ce484222325")
    #expect(FNV.hex(FNV.hash("a")) == "af63dc4c8601ec8c")
    #expect(FNV.hex(FNV.hash("foobar")) == "85944171f73967e8")
  }

  @Test("SARIF lists all rules, and of a result place, snippet, fingerprint and fix") func sarif() {
    let text = SARIFRenderer(registry: Self.registry, toolVersion: "1.2.3").render(Self.report())
    let hash = FNV.hex(FNV.hash("CN2103\u{0}$.model.kernal\u{0}kernal: 3"))
    let region = #""endColumn":9,"endLine":2,"#
    let artifact = #""artifactLocation":{"uri":"specs/a.yaml","uriBaseId":"%SRCROOT%"}"#
    let parts: [String] = [
      #""results":[{"fixes":[{"artifactChanges":[{\#(artifact),"#,
      #""replacements":[{"deletedRegion":{\#(region)"startColumn":3,"startLine":2},"#,
      #""insertedContent":{"text":"kernel"}}]}],"description":{"text":"rename to kernel"}}],"level":"error","#,
      #""locations":[{"physicalLocation":{\#(artifact),"#,
      #""region":{\#(region)"snippet":{"text":"  kernal: 3"},"startColumn":3,"startLine":2}}}],"#,
      #""message":{"text":"unknown key"},"partialFingerprints":{"primaryLocationLineHash":"\#(hash):1"},"#,
      #""ruleId":"CN2103","ruleIndex":0}]"#,
    ]
    #expect(text.contains(parts.joined()), "\(text)")
    for part in [
      #""$schema":"https://json.schemastore.org/sarif-2.1.0.json""#, #""version":"2.1.0""#, #""id":"CN3104""#,
      #""name":"WindowTooLarge""#, #""columnKind":"unicodeCodePoints""#, #""semanticVersion":"1.2.3""#,
    ] { #expect(text.contains(part), "\(part)") }
  }

  @Test("of a line of a megabyte what stands around a fault is quoted, in whole characters") func longLine() {
    // Three bytes a character: 256 bytes before a fault lies the last third of one, and 1024 behind that the end of one.
    let bytes = Array(String(repeating: "猫", count: 340_000).utf8)
    let quote = String(repeating: "猫", count: 341)
    var sources = SourceMap()
    let id = sources.add(SourceText(name: "a.yaml", bytes: bytes))
    func place(_ byte: Int) -> SourcePosition { SourcePosition(line: 1, column: 1 + byte / 3, byte: byte) }
    let spans = [200_001, 400_002].map { SourceSpan(source: id, start: place($0), end: place($0 + 3)) }
    #expect(sources[id].quote(of: spans[0]) == quote)
    let report = Report(
      files: ["a.yaml"], diagnostics: spans.map { Diagnostic(unknownKey, "unknown key", at: $0, path: "$.a") },
      sources: sources)
    let text = SARIFRenderer(registry: Self.registry, toolVersion: "1").render(report)
    #expect(text.utf8.count < 10_000)
    // What stands there is the same, so the second is told from the first by its number.
    let hash = FNV.hex(FNV.hash("CN2103\u{0}$.a\u{0}\(quote)"))
    #expect(text.contains("\(hash):1") && text.contains("\(hash):2"))
  }

  @Test("a clean check is a report too") func clean() {
    let report = Report(files: ["a.yaml"], diagnostics: [], sources: SourceMap())
    #expect(SARIFRenderer(registry: Self.registry, toolVersion: "1").render(report).contains(#""results":[]"#))
    #expect(GitLabRenderer().render(report) == "[]\n")
    #expect(GitHubRenderer().render(report) == "")
    #expect(
      JUnitRenderer().render(report) == """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="cnnrun" tests="1" failures="0" errors="0" skipped="0" time="0">
          <testsuite name="a.yaml" tests="1" failures="0" errors="0" skipped="0" time="0">
            <testcase classname="a.yaml" name="valid" file="a.yaml" time="0"/>
          </testsuite>
        </testsuites>

        """)
  }

  @Test("paths are relative to the checkout, and escaped") func paths() {
    let renderer = SARIFRenderer(registry: Self.registry, toolVersion: "1")
    #expect(
      renderer.render(Self.report(name: "/home/me/x/sp ecs/ä.yaml", root: "/home/me/x"))
        .contains(#"{"uri":"sp%20ecs/%C3%A4.yaml","uriBaseId":"%SRCROOT%"}"#))
    #expect(
      renderer.render(Self.report(name: "/other/a.yaml", root: "/home")).contains(#"{"uri":"file:///other/a.yaml"}"#))
    #expect(GitLabRenderer().render(Self.report(name: "./a.yaml")).contains(#""path":"a.yaml""#))
  }

  @Test("GitHub's commands escape what would end them") func github() {
    let report = Self.report(name: "a,b:c.yaml", message: "100% wrong", help: "write\nthis", severity: .warning)
    #expect(
      GitHubRenderer().render(report)
        == "::warning title=cnnrun (CN2103),file=a%2Cb%3Ac.yaml,line=2,col=3,endLine=2,endColumn=9::"
        + "100%25 wrong%0Ahelp: write\\nthis\n")
    #expect(
      GitHubRenderer().summary(
        Self.report(message: "a | b"), total: DiagnosticTotal(errors: 1, warnings: 0, faultyFiles: 1, files: 2))
          == """
          ### cnnrun validate

          1 error in 1 of 2 files

          | | place | code | message |
          | --- | --- | --- | --- |
          | error | specs/a.yaml:2:3 | CN2103 | a \\| b |

          """)
  }

  @Test("no two entries for GitLab have one fingerprint") func gitlab() {
    let text = GitLabRenderer().render(Self.report(copies: 2))
    let first = FNV.hex(FNV.hash("CN2103\u{0}$.model.kernal\u{0}kernal: 3\u{0}specs/a.yaml"))
    let second = FNV.hex(FNV.hash("\(first):2"))
    let entry = { (hash: String) in
      #"{"check_name":"CN2103","description":"CN2103: unknown key","fingerprint":"\#(hash)","#
        + #""location":{"lines":{"begin":2,"end":2},"path":"specs/a.yaml"},"severity":"major"}"#
    }
    #expect(text == "[\(entry(first)),\(entry(second))]\n")
  }

  @Test("every format says what to do") func remedies() {
    let report = Self.report(label: "did you mean `kernel`?", help: "there are others")
    #expect(
      GitHubRenderer().render(report).hasSuffix("::unknown key%0Adid you mean `kernel`?%0Ahelp: there are others\n"))
    #expect(GitLabRenderer().render(report).contains("\"CN2103: unknown key; did you mean `kernel`?\""))
    #expect(
      GitHubRenderer().summary(report, total: DiagnosticTotal(errors: 1, warnings: 0, faultyFiles: 1, files: 1))
        .contains("| unknown key; did you mean `kernel`? |"))
    #expect(
      SARIFRenderer(registry: Self.registry, toolVersion: "1").render(report)
        .contains(#""text":"unknown key\ndid you mean `kernel`?\nhelp: there are others""#))
    #expect(
      JSONRenderer(sources: report.sources, toolVersion: "1").render(report.diagnostics, fileCount: 1)
        .contains("\"label\":\"did you mean `kernel`?\""))
    #expect(
      GitHubRenderer().render(Self.report(label: "write `3`", help: "write `kernel: 3`"))
        .hasSuffix("::unknown key%0Ahelp: write `kernel: 3`\n"))
    // A label that only says what is there is no advice.
    #expect(GitLabRenderer().render(Self.report(label: "3x3 here")).contains("\"CN2103: unknown key\""))
  }

  @Test("JUnit has a failed case a fault; warnings fail if they are errors") func junit() {
    let report = Self.report(message: "a < \"b\" \u{1}")
    let text = JUnitRenderer().render(report)
    #expect(text.contains(#"tests="2" failures="1" errors="0" skipped="0""#))
    #expect(
      text.contains(
        #"<testcase classname="specs/a.yaml" name="CN2103 (2:3)" file="specs/a.yaml" line="2" time="0">"#))
    #expect(text.contains("<failure type=\"error\" message=\"a &lt; &quot;b&quot; \u{FFFD}\">"))
    #expect(!text.unicodeScalars.contains("\u{1}"))
    let warning = Self.report(severity: .warning)
    #expect(JUnitRenderer().render(warning).contains("<system-out>warning[CN2103]"))
    #expect(JUnitRenderer(isStrict: true).render(warning).contains("<failure type=\"warning\""))
  }
}
