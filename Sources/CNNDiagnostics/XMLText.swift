/// Texts in XML and HTML.
package enum XMLText {
  /// For content and attributes in double quotes. What must not be printed becomes U+FFFD: what XML 1.0 cannot write, and
  /// what a reader could not tell, controls and what changes the direction of the text around.
  ///
  /// - Parameter keepsLines: whether line feeds and tabs stay, as in content that is shown as it is; they become spaces
  ///   otherwise, which is what a parser makes of them in an attribute.
  package static func escaped(_ text: some StringProtocol, keepsLines: Bool = false) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\n", "\t": result.unicodeScalars.append(keepsLines ? scalar : " ")
      default: result.unicodeScalars.append(isWritable(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return result
  }

  private static func isWritable(_ scalar: Unicode.Scalar) -> Bool {
    !PrintableText.isUnprintable(scalar) && scalar.value != 0xFFFE && scalar.value != 0xFFFF
  }
}
