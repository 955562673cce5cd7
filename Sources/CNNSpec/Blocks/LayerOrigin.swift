package import CNNDiagnostics
internal import CNNYAML

/// Where a layer stands in the text, and through which uses of blocks it came to be.
package struct LayerOrigin: Sendable {
  /// A use of a block that the layer came through.
  package struct Step: Sendable {
    enum Kind: Sendable {
      /// Of so many.
      case repetition(Int, of: Int)
      /// Of a block of `define`.
      case use(String)
    }

    let kind: Kind
    /// The word that uses it.
    let span: SourceSpan
    /// Where the values of a block's parameters stand.
    var parameters: [String: SourceSpan] = [:]

    var text: String {
      switch kind {
      case .repetition(let number, let count): "in repetition \(number) of \(count)"
      case .use(let block): "in block `\(block)`, used here"
      }
    }

    /// A use less, for what shrinks too far: of a repetition those before it, of a block none here.
    var repair: Diagnostic.Proposal? {
      switch kind {
      case .repetition(1, _): nil
      case .repetition(let number, _):
        Diagnostic.Proposal("`times: \(number - 1)`", .set(key: "times", value: "\(number - 1)", of: span))
      case .use(let block): Diagnostic.Proposal("one `\(block)` less: drop line \(span.start.line)", .remove(span))
      }
    }
  }

  /// As read, with values in the place of `$name`.
  let item: YAMLNode?
  /// From the model inwards.
  let steps: [Step]
  /// Whether a block makes the layer: the text may stand for several.
  var isMade = false

  private static let mostNotes = 4

  /// The diagnostics with notes of where their text is used; the item is looked through once for all of them.
  package func explained(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    if diagnostics.isEmpty { return [] }
    let used = item?.used ?? []
    return diagnostics.map { explained($0, used) }
  }

  private func explained(_ diagnostic: Diagnostic, _ used: [YAMLNode]) -> Diagnostic {
    var result = diagnostic
    let node = used.first { $0.span.contains(diagnostic.span) }
    var notes = (node?.usedAt ?? []).map { Diagnostic.Note("used here", at: $0) }
    notes += steps.reversed().map { Diagnostic.Note($0.text, at: $0.span) }
    if notes.count > Self.mostNotes {
      let left = notes.count - Self.mostNotes
      notes =
        notes.prefix(Self.mostNotes) + [Diagnostic.Note("and \(left) more \(left == 1 ? "use" : "uses") around it")]
    }
    result.notes += notes
    return result
  }
}

/// Lets a fault of a block's text pass once, however often the block is used.
struct RepeatedFaults {
  private struct Place: Hashable {
    let code: DiagnosticCode
    let span: SourceSpan
    /// Of a layer that no block makes; that of one in a block has its name in it.
    let message: String
  }

  private var seen: Set<Place> = []

  mutating func add(_ faults: DiagnosticBag, from origin: LayerOrigin, to bag: inout DiagnosticBag) {
    // One layer may have several faults in one place.
    var found: [Place] = []
    var fresh: [Diagnostic] = []
    for diagnostic in faults.diagnostics {
      let place = Place(
        code: diagnostic.code, span: diagnostic.span, message: origin.isMade ? "" : diagnostic.message)
      found.append(place)
      if !seen.contains(place) { fresh.append(diagnostic) }
    }
    for diagnostic in origin.explained(fresh) { bag.add(diagnostic) }
    seen.formUnion(found)
  }
}

extension YAMLNode {
  /// What an alias or a `$name` put here, inner nodes before those around them.
  fileprivate var used: [YAMLNode] {
    var found: [YAMLNode] = []
    collectUsed(into: &found)
    return found
  }

  private func collectUsed(into found: inout [YAMLNode]) {
    switch content {
    case .scalar: break
    case .sequence(let items): for item in items { item.collectUsed(into: &found) }
    case .mapping(let entries): for entry in entries { entry.value.collectUsed(into: &found) }
    }
    if !usedAt.isEmpty { found.append(self) }
  }
}

extension SourceSpan {
  fileprivate func contains(_ other: SourceSpan) -> Bool {
    source == other.source && start <= other.start && other.end <= end
  }
}
