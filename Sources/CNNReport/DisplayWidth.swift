internal import CNNDiagnostics

/// How many terminal cells a text takes: two for wide characters and emoji, none for what combines.
///
/// A `Character` is measured as a whole, so accents, joined emoji and flags count once.
package enum DisplayWidth {
  package static func of(_ text: some StringProtocol) -> Int {
    // All but a few texts here are ASCII.
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text.utf8.count }
    return text.reduce(0) { $0 + of($1) }
  }

  static func of(_ character: Character) -> Int {
    var width = 0
    for scalar in character.unicodeScalars {
      if scalar == "\u{FE0F}" && width > 0 { return 2 }
      width = max(width, of(scalar))
    }
    return width
  }

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.value < 0x300 {
      return scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value) ? 1 : 0
    }
    // The halves of a flag are joined by most terminals into one wide glyph.
    return scalar.properties.isEmojiPresentation ? 2 : TextWidth.cells(of: scalar)
  }

  /// The longest beginning of `text` that takes at most `width` cells.
  package static func prefix(of text: String, width: Int) -> String {
    var remaining = width
    return String(
      text.prefix { character in
        remaining -= of(character)
        return remaining >= 0
      })
  }

  /// `text` with spaces up to `width` cells, in front of it or after it.
  static func pad(_ text: String, to width: Int, alignment: TextTable.Alignment = .left) -> String {
    let spaces = String(repeating: " ", count: max(0, width - of(text)))
    return alignment == .left ? text + spaces : spaces + text
  }
}
