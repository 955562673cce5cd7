/// How many terminal cells a text takes: two for wide characters and emoji, none for what combines.
///
/// A `Character` is measured as a whole, so accents, joined emoji and flags count once. The wide
/// ranges are those of Unicode's East Asian Width (UAX #11), W and F.
enum DisplayWidth {
  static func of(_ text: some StringProtocol) -> Int {
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
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format, .control, .surrogate: return 0
    default: break
    }
    if scalar.properties.isEmojiPresentation { return 2 }
    return wide.contains { $0.contains(scalar.value) } ? 2 : 1
  }

  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF,
    0x4E00...0x9FFF, 0xA000...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE10...0xFE19, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x18CFF,
    0x1AFF0...0x1B2FF, 0x1F200...0x1F2FF, 0x1F300...0x1F320, 0x20000...0x3FFFD,
  ]

  /// The longest beginning of `text` that takes at most `width` cells.
  static func prefix(of text: String, width: Int) -> String {
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
