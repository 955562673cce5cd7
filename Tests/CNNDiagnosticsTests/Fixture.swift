import CNNDiagnostics

/// One text and spans into it, found by searching for what they cover.
struct Fixture {
  var sources = SourceMap()
  let id: SourceID
  let text: String

  init(_ text: String, name: String = "Specs/tiny.yaml") {
    self.text = text
    id = sources.add(SourceText(name: name, bytes: Array(text.utf8)))
  }

  /// Lines and columns counted by hand from 1.
  func span(_ startLine: Int, _ startColumn: Int, _ endLine: Int, _ endColumn: Int) -> SourceSpan {
    SourceSpan(
      source: id, start: SourcePosition(line: startLine, column: startColumn, byte: 0),
      end: SourcePosition(line: endLine, column: endColumn, byte: 0))
  }
}

let windowTooLarge = DiagnosticCode("CN3104", "window-too-large")
let unknownKey = DiagnosticCode("CN2103", "unknown-key")
let advice = DiagnosticCode("CN9102", "some-advice", severity: .warning)
