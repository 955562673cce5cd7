/// Diagnostics in the shape of gcc, one a line, so that editors and `grep` find the place.
///
///     specs/lenet.yaml:14:7: error: unknown key `kernal_size` in `conv2d`; did you mean `kernel_size`? [CN2103]
package struct ConciseRenderer: Sendable {
  private let sources: SourceMap

  package init(sources: SourceMap) {
    self.sources = sources
  }

  package func render(_ diagnostics: [Diagnostic]) -> String {
    diagnostics.map { render($0) + "\n" }.joined()
  }

  package func render(_ diagnostic: Diagnostic) -> String {
    let file = PrintableText.escaped(sources[diagnostic.span.source].name)
    let start = diagnostic.span.start
    let remedy = diagnostic.remedy.map { "; \($0)" } ?? ""
    let message = PrintableText.escaped(diagnostic.message + remedy)
    return "\(file):\(start.line):\(start.column): \(diagnostic.severity.rawValue): \(message) [\(diagnostic.code.id)]"
  }
}
