/// What `explain CODE` prints: a code in depth, with a spec that has the fault and one that has not.
package struct CodeExplanation: Sendable, Hashable {
  package let code: DiagnosticCode
  /// One line, without a full stop.
  package let summary: String
  /// What is wrong and why it matters, as one or more sentences.
  package let explanation: String
  /// Text that draws this code; empty if only a size or bytes that cannot be shown would.
  package let wrong: String
  /// The same, mended.
  package let right: String

  package init(_ code: DiagnosticCode, summary: String, explanation: String, wrong: String, right: String) {
    self.code = code
    self.summary = summary
    self.explanation = explanation
    self.wrong = wrong
    self.right = right
  }
}

/// The codes of all modules: each lists its own, the command joins the lists.
package struct CodeRegistry: Sendable {
  /// Sorted by code.
  package let explanations: [CodeExplanation]

  package init(_ lists: [CodeExplanation]...) {
    explanations = lists.flatMap { $0 }.sorted { $0.code.id < $1.code.id }
  }

  /// By code (`CN2103`) or by name (`unknown-key`), in any letter case, `_` for `-` too.
  package subscript(word: String) -> CodeExplanation? {
    let name = String(word.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
    return explanations.first { $0.code.id == word.uppercased() || $0.code.name == name }
  }

  /// Codes or names that more than one rule claims; a test holds this empty.
  package var duplicates: [String] {
    var seen: Set<String> = []
    return explanations.flatMap { [$0.code.id, $0.code.name] }.filter { !seen.insert($0).inserted }
  }
}
