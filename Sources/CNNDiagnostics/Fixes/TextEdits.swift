/// Edits of a text, byte for byte: what they do not name stays as it is, comments and order too.
package enum TextEdits {
  /// The fixes that can be made together: none of them touches what an earlier one changes.
  ///
  /// - Parameter source: the text that is edited; fixes of others (a `--set`) are left out.
  package static func compatible(_ fixes: [Diagnostic.Fix], in source: SourceID) -> [Diagnostic.Fix] {
    var taken: [Diagnostic.Fix.Edit] = []
    var result: [Diagnostic.Fix] = []
    for fix in fixes where !fix.edits.isEmpty && !result.contains(fix) {
      let isElsewhere = fix.edits.contains { $0.span.source != source }
      let isInOrder = fix.edits.allSatisfy { $0.span.start.byte <= $0.span.end.byte }
      let overlaps = fix.edits.indices.contains { index in
        (taken + fix.edits[..<index]).contains { $0.touches(fix.edits[index]) }
      }
      if isElsewhere || !isInOrder || overlaps { continue }
      taken += fix.edits
      result.append(fix)
    }
    return result
  }

  /// The text after edits that do not overlap, applied from its end.
  ///
  /// - Returns: `nil` if a span lies outside of the text.
  package static func apply(_ edits: [Diagnostic.Fix.Edit], to bytes: [UInt8]) -> [UInt8]? {
    var result = bytes
    for edit in edits.sorted(by: { $0.span.start.byte > $1.span.start.byte }) {
      let (start, end) = (edit.span.start.byte, edit.span.end.byte)
      guard start >= 0, start <= end, end <= bytes.count else { return nil }
      result.replaceSubrange(start..<end, with: Array(edit.text.utf8))
    }
    return result
  }
}

extension Diagnostic.Fix.Edit {
  /// Whether two edits share a byte or a place to insert at.
  fileprivate func touches(_ other: Self) -> Bool {
    span.start.byte <= other.span.end.byte && other.span.start.byte <= span.end.byte
  }
}
