package import CNNDiagnostics
package import CNNSpec

/// Faults that show only when what a spec names is opened.
extension SpecCode {
  package static let unusableData = DiagnosticCode("CN4301", "unusable-data")
  package static let unusableFile = DiagnosticCode("CN4302", "unusable-file")
}

extension Located {
  /// A fault of the file that this value names, at its place.
  package func fault(_ message: String, help: String?) -> Diagnostic {
    Diagnostic(SpecCode.unusableFile, message, at: span, help: help, path: path)
  }
}
