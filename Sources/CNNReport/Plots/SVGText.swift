internal import CNNDiagnostics

/// How numbers and texts are written into SVG and HTML.
enum SVGText {
  /// A coordinate with two decimals at most, and no more characters than it needs: `12.5`, `-3`, `0`.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    let hundredths = Int((max(-1e9, min(1e9, value)) * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    var text = (hundredths < 0 ? "-" : "") + String(whole)
    if rest > 0 { text += rest % 10 == 0 ? ".\(rest / 10)" : "." + (rest < 10 ? "0" : "") + String(rest) }
    return text
  }

  /// For content and attributes in double quotes, of HTML too.
  static func escaped(_ text: some StringProtocol) -> String { XMLText.escaped(text) }
}

/// Texts of a plot, measured without a font: what they take at most in the sans-serif faces that browsers have.
enum PlotLabel {
  /// Of the size of the type, what a character of a cell takes on average.
  private static let cell = 0.65

  /// Pixels that a text is about to take.
  static func width(_ text: String, size: Double) -> Double { Double(DisplayWidth.of(text)) * cell * size }

  /// The text, or its beginning and an ellipsis, within so many pixels.
  static func shortened(_ text: String, to pixels: Double, size: Double) -> String {
    if width(text, size: size) <= pixels { return text }
    let cells = Int(max(1, pixels / (cell * size)))
    return DisplayWidth.prefix(of: text, width: max(1, cells - 1)) + "…"
  }
}
