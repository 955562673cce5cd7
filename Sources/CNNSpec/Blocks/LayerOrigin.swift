package import CNNDiagnostics
internal import CNNYAML

/// Where a layer stands in the text, and through which uses of blocks it came to be.
package struct LayerOrigin: Sendable {
  package struct Step: Sendable {
    let text: String
    let span: SourceSpan
  }

  /// As read, with values in the place of `$name`.
  let item: YAMLNode?
  /// From the model inwards.
  let steps: [Step]
  /// Whether a block makes the layer: the text may stand for several.
  var isMade = false

  private static let mostNotes = 4

  /// The diagnostic with notes of where its text is used.
  package func explained(_ diagnostic: Diagnostic) -> Diagnostic {
    var result = diagnostic
    var notes = (item?.uses(of: diagnostic.span) ?? []).map { Diagnostic.Note("used here", at: $0) }
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
    for diagnostic in faults.diagnostics {
      let place = Place(
        code: diagnostic.code, span: diagnostic.span, message: origin.isMade ? "" : diagnostic.message)
      found.append(place)
      if !seen.contains(place) { bag.add(origin.explained(diagnostic)) }
    }
    seen.formUnion(found)
  }
}

extension YAMLNode {
  /// Where an alias or a `$name` put the text of a span, the place next to it first.
  func uses(of place: SourceSpan) -> [SourceSpan] {
    let inner: [YAMLNode] =
      switch content {
      case .scalar: []
      case .sequence(let items): items
      case .mapping(let entries): entries.map(\.value)
      }
    for node in inner {
      let uses = node.uses(of: place)
      if !uses.isEmpty { return uses }
    }
    return span.contains(place) ? usedAt : []
  }
}

extension SourceSpan {
  fileprivate func contains(_ other: SourceSpan) -> Bool {
    source == other.source && start <= other.start && other.end <= end
  }
}
