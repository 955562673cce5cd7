/// Diagnostics as one JSON object for tools, the same shape when there are none.
///
/// Within `format_version` 1 members are only added. `help`, `fix` and the `file` and `range` of a
/// related note are `null` where there is none.
package struct JSONRenderer: Sendable {
  package static let formatVersion = "1.0"

  private let sources: SourceMap
  private let toolVersion: String

  package init(sources: SourceMap, toolVersion: String) {
    self.sources = sources
    self.toolVersion = toolVersion
  }

  /// - Parameter fileCount: files that were checked, those without faults included.
  /// - Parameter more: members beside the usual ones, such as what a look at the data found.
  package func render(_ diagnostics: [Diagnostic], fileCount: Int, more: [String: JSONText] = [:]) -> String {
    let errors = diagnostics.count { $0.severity == .error }
    let members: [String: JSONText] = [
      "format_version": .string(Self.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "valid": .bool(errors == 0),
      "summary": .object([
        "files": .int(fileCount),
        "errors": .int(errors),
        "warnings": .int(diagnostics.count { $0.severity == .warning }),
        "fixable": .int(diagnostics.count { $0.fix != nil }),
        // Whether there may be more than these.
        "truncated": .bool(DiagnosticBag.isCut(errors: errors, others: diagnostics.count - errors)),
      ]),
      "diagnostics": .array(diagnostics.map(object)),
    ]
    return JSONText.object(members.merging(more) { own, _ in own }).text + "\n"
  }

  private func object(_ diagnostic: Diagnostic) -> JSONText {
    .object([
      "code": .string(diagnostic.code.id),
      "name": .string(diagnostic.code.name),
      "severity": .string(diagnostic.severity.rawValue),
      "message": .string(diagnostic.message),
      "label": .string(diagnostic.label),
      "help": diagnostic.help.map(JSONText.string) ?? .null,
      "file": .string(sources[diagnostic.span.source].name),
      "path": .string(diagnostic.path),
      "range": range(diagnostic.span),
      "fix": diagnostic.fix.map(object) ?? .null,
      "related": .array(diagnostic.notes.map(object)),
    ])
  }

  private func object(_ note: Diagnostic.Note) -> JSONText {
    .object([
      "message": .string(note.message),
      "file": note.span.map { .string(sources[$0.source].name) } ?? .null,
      "range": note.span.map(range) ?? .null,
    ])
  }

  private func object(_ fix: Diagnostic.Fix) -> JSONText {
    .object([
      "applicability": .string(fix.isSafe ? "safe" : "unsafe"),
      "title": .string(fix.title),
      "edits": .array(fix.edits.map { .object(["range": range($0.span), "text": .string($0.text)]) }),
    ])
  }

  private func range(_ span: SourceSpan) -> JSONText {
    .object(["start": position(span.start), "end": position(span.end)])
  }

  private func position(_ position: SourcePosition) -> JSONText {
    .object(["line": .int(position.line), "column": .int(position.column), "byte": .int(position.byte)])
  }
}
