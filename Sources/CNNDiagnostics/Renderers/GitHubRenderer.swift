/// Diagnostics as workflow commands of GitHub Actions, which become annotations of the files, and as the table of a
/// step's summary.
///
///     ::error title=cnnrun (CN2103),file=specs/lenet.yaml,line=14,col=7,endLine=14,endColumn=18::unknown key …
///
/// Source: GitHub's documentation, "Workflow commands". A step shows ten annotations of a kind; the summary has all.
package struct GitHubRenderer: Sendable {
  /// A summary is refused beyond 1 MiB.
  private static let summaryByteCount = 1 << 20

  package init() {}

  package func render(_ report: Report) -> String {
    report.diagnostics.map { command($0, report) + "\n" }.joined()
  }

  private func command(_ diagnostic: Diagnostic, _ report: Report) -> String {
    let word = diagnostic.severity == .note ? "notice" : diagnostic.severity.rawValue
    var properties = ["title=" + Self.property("cnnrun (\(diagnostic.code.id))")]
    if report.isInFile(diagnostic) {
      let span = diagnostic.span
      properties += [
        "file=" + Self.property(report.path(of: report.name(of: diagnostic))), "line=\(span.start.line)",
        "col=\(span.start.column)", "endLine=\(span.end.line)", "endColumn=\(span.end.column)",
      ]
    }
    let lines = [diagnostic.message] + diagnostic.remedies
    let text = Self.data(lines.map { PrintableText.escaped($0) }.joined(separator: "\n"))
    return "::\(word) \(properties.joined(separator: ","))::\(text)"
  }

  private static func data(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "%": result += "%25"
      case "\r": result += "%0D"
      case "\n": result += "%0A"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func property(_ text: String) -> String {
    var result = ""
    for scalar in data(PrintableText.escaped(text)).unicodeScalars {
      switch scalar {
      case ":": result += "%3A"
      case ",": result += "%2C"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A Markdown table of all that was found, for `$GITHUB_STEP_SUMMARY`.
  package func summary(_ report: Report, total: DiagnosticTotal) -> String {
    var text = "### cnnrun validate\n\n\(total.line)\n"
    if report.diagnostics.isEmpty { return text }
    text += "\n| | place | code | message |\n| --- | --- | --- | --- |\n"
    for (index, diagnostic) in report.diagnostics.enumerated() {
      let start = diagnostic.span.start
      let place = "\(report.path(of: report.name(of: diagnostic))):\(start.line):\(start.column)"
      let row =
        "| \(diagnostic.severity.rawValue) | \(Self.cell(place)) | \(diagnostic.code.id) "
        + "| \(Self.cell(diagnostic.message + (diagnostic.remedy.map { "; \($0)" } ?? ""))) |\n"
      if text.utf8.count + row.utf8.count > Self.summaryByteCount - 64 {
        return text + "\nand \(report.diagnostics.count - index) more\n"
      }
      text += row
    }
    return text
  }

  /// Text that stays in its cell and is not taken for markup.
  private static func cell(_ text: String) -> String {
    var result = ""
    for scalar in PrintableText.escaped(text).unicodeScalars {
      switch scalar {
      case "|": result += "\\|"
      case "<": result += "&lt;"
      case "&": result += "&amp;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
