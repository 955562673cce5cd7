internal import CNNDiagnostics
internal import CNNYAML

/// A mapping of a `--set` that took the place of a whole one: `--set 'training={epochs: 1}'` where the spec has more
/// to say of training.
struct OverrideReplacement {
  /// `$.training`
  let path: String
  let entries: [YAMLEntry]
  /// The option's text.
  let source: SourceID

  /// The keys that are missing since, as one fault that says why.
  func explained(_ faults: DiagnosticBag) -> DiagnosticBag {
    let missing = faults.diagnostics.filter(isMine)
    guard let first = missing.first else { return faults }
    let names = missing.compactMap { $0.label.split(separator: "`").first.map { "`\($0)`" } }
    let key = path.dropFirst(2)
    let example = entries.first.map { "\($0.key)=\($0.value.scalar?.text ?? "VALUE")" } ?? "KEY=VALUE"
    let fault = Diagnostic(
      SpecCode.missingKey, "this takes the place of all of `\(key)`, and leaves out \(names.joined(separator: ", "))",
      at: first.span, help: "to change single keys, name them: `--set \(key).\(example)`", path: path)
    var result = DiagnosticBag()
    var isTold = false
    for diagnostic in faults.diagnostics {
      if !isMine(diagnostic) {
        result.add(diagnostic)
      } else if !isTold {
        isTold = true
        result.add(fault)
      }
    }
    return result
  }

  private func isMine(_ diagnostic: Diagnostic) -> Bool {
    diagnostic.code == SpecCode.missingKey && diagnostic.span.source == source && diagnostic.path == path
  }
}
