/// Diagnostics as a JUnit report: a suite a file, a failed case a fault, and one passed case in a file without faults.
package struct JUnitRenderer: Sendable {
  /// Whether warnings fail as errors do.
  private let isStrict: Bool

  package init(isStrict: Bool = false) {
    self.isStrict = isStrict
  }

  package func render(_ report: Report) -> String {
    let byName = Dictionary(grouping: report.diagnostics, by: report.name(of:))
    // Faults of a `--set` lie in no file, and get suites behind those of the files.
    let others = report.diagnostics.map(report.name(of:)).filter { !report.files.contains($0) }
    var names: [String] = []
    for name in report.files + others where !names.contains(name) { names.append(name) }
    let suites = names.map { suite($0, byName[$0] ?? [], report) }
    let failures = report.diagnostics.count(where: isFailure)
    let tests = names.map { max(1, byName[$0]?.count ?? 0) }.reduce(0, +)
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="cnnrun" tests="\(tests)" failures="\(failures)" errors="0" skipped="0" time="0">
      \(suites.joined())</testsuites>

      """
  }

  private func isFailure(_ diagnostic: Diagnostic) -> Bool {
    diagnostic.severity == .error || (isStrict && diagnostic.severity == .warning)
  }

  private func suite(_ name: String, _ diagnostics: [Diagnostic], _ report: Report) -> String {
    let file = XMLText.escaped(report.path(of: name))
    let failures = diagnostics.count(where: isFailure)
    var text = "  <testsuite name=\"\(file)\" tests=\"\(max(1, diagnostics.count))\" failures=\"\(failures)\""
    text += " errors=\"0\" skipped=\"0\" time=\"0\">\n"
    if diagnostics.isEmpty {
      text += "    <testcase classname=\"\(file)\" name=\"valid\" file=\"\(file)\" time=\"0\"/>\n"
    }
    for diagnostic in diagnostics { text += testCase(diagnostic, file: file, report) }
    return text + "  </testsuite>\n"
  }

  private func testCase(_ diagnostic: Diagnostic, file: String, _ report: Report) -> String {
    let start = diagnostic.span.start
    let body = XMLText.escaped(FullRenderer(sources: report.sources).render(diagnostic), keepsLines: true)
    let element =
      isFailure(diagnostic)
      ? "<failure type=\"\(diagnostic.severity.rawValue)\" message=\"\(XMLText.escaped(diagnostic.message))\">\(body)</failure>"
      : "<system-out>\(body)</system-out>"
    return """
          <testcase classname="\(file)" name="\(diagnostic.code.id) (\(start.line):\(start.column))" file="\(file)" \
      line="\(start.line)" time="0">
            \(element)
          </testcase>

      """
  }
}
