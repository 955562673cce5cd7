/// What a user's text may look like on a terminal: nothing in it moves the cursor, changes a colour or
/// the direction of writing.
package enum PrintableText {
  /// Control characters, line and paragraph separators, and what changes direction or cannot be seen.
  package static func isUnprintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F...0x9F, 0x61C, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF: true
    case 0xFFF9...0xFFFB, 0xE0000...0xE007F: true
    default: false
    }
  }

  /// For a message: what must not be printed as YAML's escapes in double quotes, `\n`, `\x1B`, `\u202E`, so that it can
  /// be told apart, and typed.
  package static func escaped(_ text: some StringProtocol) -> String {
    if !text.unicodeScalars.contains(where: isUnprintable) { return String(text) }
    var result = ""
    for scalar in text.unicodeScalars {
      if isUnprintable(scalar) {
        result += escape(scalar)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": return "\\n"
    case "\r": return "\\r"
    case "\t": return "\\t"
    default:
      let digits = String(scalar.value, radix: 16, uppercase: true)
      let (letter, count) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
      return "\\\(letter)" + String(repeating: "0", count: count - digits.count) + digits
    }
  }

  /// For a source line, whose columns must stay: a space for a tab, U+FFFD for everything unprintable.
  package static func replacement(for scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar == "\t" { return " " }
    return isUnprintable(scalar) ? "\u{FFFD}" : scalar
  }
}
