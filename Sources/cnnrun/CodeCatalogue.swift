import CNNDiagnostics
import CNNSpec
import CNNYAML

extension CodeRegistry {
  /// Every code that any command can report.
  static let standard = CodeRegistry(YAMLCode.explanations, SpecExplanations.all, RunCode.explanations)
}
