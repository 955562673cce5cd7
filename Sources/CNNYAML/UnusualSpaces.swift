internal import CNNDiagnostics

/// Blanks that are none for YAML: a no-break space looks like one, and is part of a word.
///
/// What is said of a line with one in a key, or before its first word, follows from that, and so do indentations that
/// match nothing: one fault is left, at the space.
package enum UnusualSpaces {
  package static func isUnusual(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value > 0x7F && scalar.properties.isWhitespace
  }

  package static func name(_ scalar: Unicode.Scalar) -> String {
    let kind = scalar.value == 0xA0 ? "no-break space" : "unusual space"
    return "a \(kind) U+\(UTF8Prescan.hex(scalar.value, digits: 4))"
  }

  /// The faults without those that follow from such a space.
  static func withoutFollowing(_ bag: DiagnosticBag, _ locator: SourceLocator) -> DiagnosticBag {
    guard bag.hasErrors else { return bag }
    var result = DiagnosticBag()
    var lines: Set<Int> = []
    for diagnostic in bag.sorted {
      let line = diagnostic.span.start.line
      if lines.contains(line) || diagnostic.code == YAMLCode.indentation && !lines.isEmpty { continue }
      if diagnostic.code == YAMLCode.spaceInKey {
        lines.insert(line)
      } else if let lead = lead(of: diagnostic.span.start.byte, locator) {
        lines.insert(line)
        result.add(lead)
        continue
      }
      result.add(diagnostic)
    }
    return lines.isEmpty ? bag : result
  }

  /// The fault of a line whose first word one stands before; `nil` for any other line.
  private static func lead(of byte: Int, _ locator: SourceLocator) -> Diagnostic? {
    let line = locator.lineRange(at: byte)
    let text = locator.text(line)
    let blanks = text.unicodeScalars.prefix { $0 == " " || isUnusual($0) }
    guard let first = blanks.first(where: isUnusual), blanks.count < text.unicodeScalars.count else { return nil }
    let start = line.lowerBound + blanks.prefix { !isUnusual($0) }.count
    let end = start + first.utf8.count
    var diagnostic = Diagnostic(
      YAMLCode.spaceInKey, "\(name(first)) in the indentation", at: locator.span(start, end),
      help: "type an ordinary space instead")
    diagnostic.fix = .init(
      "type an ordinary space", isSafe: false,
      edits: [
        .init(
          locator.span(line.lowerBound, line.lowerBound + String(String.UnicodeScalarView(blanks)).utf8.count),
          text: String(repeating: " ", count: blanks.count))
      ])
    return diagnostic
  }
}

extension Unicode.Scalar {
  fileprivate var utf8: String.UTF8View { String(self).utf8 }
}
