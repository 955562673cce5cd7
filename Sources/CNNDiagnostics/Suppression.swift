/// The trailing comment that silences advice on its line: `# cnnrun: ignore[CN9102]`.
///
/// Several codes stand with commas between them, and a reason may follow the bracket. Only warnings
/// and notes can be silenced: what is wrong with an error stays wrong. The raw line is looked at, since
/// a YAML parser drops comments.
package enum Suppression {
  private static let marker = "cnnrun: ignore["

  package static func isSuppressed(_ diagnostic: Diagnostic, in sources: SourceMap) -> Bool {
    guard diagnostic.severity < .error else { return false }
    let line = sources[diagnostic.span.source].line(diagnostic.span.start.line)
    return codes(inLine: line).contains(diagnostic.code.id)
  }

  /// The codes that a line's comment names; none if there is no such comment.
  package static func codes(inLine line: String) -> [String] {
    let scalars = Array(line.unicodeScalars)
    for (index, scalar) in scalars.enumerated() where scalar == "#" {
      guard index == 0 || scalars[index - 1] == " " || scalars[index - 1] == "\t" else { continue }
      let comment = scalars[(index + 1)...].drop { $0 == " " }
      guard comment.starts(with: marker.unicodeScalars) else { continue }
      let list = comment.dropFirst(marker.unicodeScalars.count)
      guard let end = list.firstIndex(of: "]") else { continue }
      let next = list.index(after: end)
      guard next == list.endIndex || list[next] == " " || list[next] == "\t" else { continue }
      return list[..<end].split(whereSeparator: { $0 == "," || $0 == " " }).map { code in
        var text = String.UnicodeScalarView()
        text.append(contentsOf: code)
        return String(text)
      }
    }
    return []
  }
}

extension DiagnosticBag {
  /// The bag without what comments in the text silence.
  package func withoutSuppressed(in sources: SourceMap) -> DiagnosticBag {
    var result = DiagnosticBag()
    for diagnostic in diagnostics where !Suppression.isSuppressed(diagnostic, in: sources) {
      result.add(diagnostic)
    }
    return result
  }
}
