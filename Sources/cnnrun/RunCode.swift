import CNNDiagnostics
import CNNSpec

/// Faults that show only when the data or the files that a spec names are opened.
extension SpecCode {
  static let unusableData = DiagnosticCode("CN4301", "unusable-data")
  static let unusableFile = DiagnosticCode("CN4302", "unusable-file")
}
