/// Diagnostics as a code quality report of GitLab: a JSON array, empty when all is well.
///
/// Source: GitLab's documentation, "Code Quality", report format. Of two entries with one fingerprint only the first is
/// shown, so they are made to differ.
package struct GitLabRenderer: Sendable {
  package init() {}

  package func render(_ report: Report) -> String {
    let entries = zip(report.diagnostics, report.fingerprints(includingFile: true)).map { entry($0, $1, report) }
    return JSONText.array(entries).text + "\n"
  }

  private func entry(
    _ diagnostic: Diagnostic, _ fingerprint: (hash: UInt64, number: Int), _ report: Report
  ) -> JSONText {
    let number = fingerprint.number
    let hash = number == 1 ? fingerprint.hash : FNV.hash("\(FNV.hex(fingerprint.hash)):\(number)")
    let severity =
      switch diagnostic.severity {
      case .error: "major"
      case .warning: "minor"
      case .note: "info"
      }
    return .object([
      // The only text that is shown.
      "description": .string(
        "\(diagnostic.code.id): \(diagnostic.message)" + (diagnostic.remedy.map { "; \($0)" } ?? "")),
      "check_name": .string(diagnostic.code.id),
      "fingerprint": .string(FNV.hex(hash)),
      "severity": .string(severity),
      "location": .object([
        "path": .string(report.path(of: report.name(of: diagnostic))),
        "lines": .object(["begin": .int(diagnostic.span.start.line), "end": .int(diagnostic.span.end.line)]),
      ]),
    ])
  }
}
