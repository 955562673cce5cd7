internal import CNNDiagnostics
internal import CNNYAML

/// Which proposals hold: each is put into the text, and the whole spec is checked again with it.
///
/// In: faults with proposals. Out: the same faults without; those that a proposal mends, and that it mends
/// without a new error, have it as `fix` (changes of meaning, so none is safe) and all that hold as `help`.
struct RepairProof {
  private let editor: YAMLEditor
  /// Codes of the errors, each as often as it is there.
  private let errors: [String]
  /// How many warnings there are of each code.
  private let warnings: [String: Int]
  private let check: ([UInt8]) -> [Diagnostic]
  /// Checks that are left.
  private var budget: Int

  /// Bytes and layers that are checked again at most, for all proposals together: a repair must not cost more than
  /// the fault, and each is held beside what was read first.
  private static let mostBytes = 128 << 10
  private static let mostLayers = 3000
  private static let mostProofs = 40

  /// - Parameters:
  ///   - silence: what of it nobody will see, and needs no repair.
  ///   - check: the faults of a text.
  static func prove(
    _ bag: DiagnosticBag, silence: Silence, text: YAMLNode, bytes: [UInt8], layerCount: Int,
    check: @escaping ([UInt8]) -> [Diagnostic]
  ) -> DiagnosticBag {
    guard bag.diagnostics.contains(where: { !$0.proposals.isEmpty }) else { return bag }
    var proof = RepairProof(
      editor: YAMLEditor(text, bytes: bytes), errors: codes(bag.diagnostics),
      warnings: Dictionary(
        bag.diagnostics.filter { $0.severity == .warning }.map { ($0.code.id, 1) }, uniquingKeysWith: +), check: check,
      budget: min(mostProofs, mostBytes / max(1, bytes.count), mostLayers / max(1, layerCount)))
    var result = DiagnosticBag()
    // In the order of the text, as they are shown: whoever mends the first comes back for the others.
    let order = bag.sorted
    for diagnostic in order {
      result.add(proof.proved(diagnostic, isSilenced: silence.ignore(of: diagnostic) != nil))
    }
    return result
  }

  private mutating func proved(_ diagnostic: Diagnostic, isSilenced: Bool) -> Diagnostic {
    if diagnostic.proposals.isEmpty { return diagnostic }
    var result = diagnostic
    result.proposals = []
    if isSilenced { return result }
    var titles: [String] = []
    for proposal in diagnostic.proposals {
      guard budget > 0 else { break }
      guard let edits = editor.edits(proposal.changes) else { continue }
      budget -= 1
      guard mends(diagnostic, check(editor.applying(edits))) else { continue }
      if titles.isEmpty { result.fix = Diagnostic.Fix("use \(proposal.title)", isSafe: false, edits: edits) }
      titles.append(proposal.title)
    }
    if !titles.isEmpty { result.help = "use " + titles.joined(separator: ", or ") }
    return result
  }

  /// Whether one fault is gone and no other has come: codes are compared, since names and places move.
  private func mends(_ diagnostic: Diagnostic, _ after: [Diagnostic]) -> Bool {
    var rest = errors
    if diagnostic.severity == .error {
      guard let index = rest.firstIndex(of: diagnostic.code.id) else { return false }
      rest.remove(at: index)
    } else if after.count(where: { $0.code == diagnostic.code }) >= warnings[diagnostic.code.id, default: 0] {
      return false
    }
    for code in Self.codes(after) {
      guard let index = rest.firstIndex(of: code) else { return false }
      rest.remove(at: index)
    }
    return true
  }

  private static func codes(_ diagnostics: [Diagnostic]) -> [String] {
    diagnostics.filter { $0.severity == .error }.map(\.code.id)
  }
}
