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
  /// Of the size of the type, what a cell of a character beyond ASCII takes.
  private static let cell = 0.65

  /// Of the size of the type, what each ASCII character from the space on takes in DejaVu Sans, the widest of those faces.
  private static let advances: [Double] = [
    0.32, 0.41, 0.46, 0.84, 0.64, 0.96, 0.78, 0.28, 0.39, 0.39, 0.5, 0.84, 0.32, 0.37, 0.32, 0.34, 0.64, 0.64, 0.64,
    0.64, 0.64, 0.64, 0.64, 0.64, 0.64, 0.64, 0.34, 0.34, 0.84, 0.84, 0.84, 0.54, 1, 0.69, 0.69, 0.7, 0.78, 0.64, 0.58,
    0.78, 0.76, 0.3, 0.3, 0.66, 0.56, 0.87, 0.75, 0.79, 0.61, 0.79, 0.7, 0.64, 0.62, 0.74, 0.69, 0.99, 0.69, 0.62, 0.69,
    0.39, 0.34, 0.39, 0.84, 0.5, 0.5, 0.62, 0.64, 0.55, 0.64, 0.62, 0.36, 0.64, 0.64, 0.28, 0.28, 0.58, 0.28, 0.98,
    0.64,
    0.62, 0.64, 0.64, 0.42, 0.53, 0.4, 0.64, 0.6, 0.82, 0.6, 0.6, 0.53, 0.64, 0.34, 0.64, 0.84,
  ]

  private static func advance(_ character: Character) -> Double {
    if let code = character.asciiValue, code >= 0x20, code < 0x7F { return advances[Int(code) - 0x20] }
    return Double(DisplayWidth.of(character)) * cell
  }

  /// Pixels that a text is about to take.
  static func width(_ text: String, size: Double) -> Double { text.reduce(0) { $0 + advance($1) } * size }

  /// The text, or its beginning and an ellipsis, within so many pixels.
  static func shortened(_ text: String, to pixels: Double, size: Double) -> String {
    cut(text, to: pixels, size: size, tailShare: 0)
  }

  /// Texts that stand beside each other: where their beginnings would not tell them apart, those that are too long keep
  /// their ends, too, and where that is not enough, and `isNumbered`, each has its number in front.
  static func shortened(_ texts: [String], to pixels: Double, size: Double, isNumbered: Bool = true) -> [String] {
    let distinct = Set(texts).count
    for share in [0, 0.5] {
      let short = texts.map { cut($0, to: pixels, size: size, tailShare: share) }
      if Set(short).count == distinct, distinct == texts.count || !isNumbered { return short }
    }
    return texts.enumerated().map { index, text in
      let number = isNumbered ? "\(index) " : ""
      return number + cut(text, to: pixels - width(number, size: size), size: size, tailShare: 0.5)
    }
  }

  /// - Parameter tailShare: of the room, what the end of a text that is too long takes.
  private static func cut(_ text: String, to pixels: Double, size: Double, tailShare: Double) -> String {
    if width(text, size: size) <= pixels { return text }
    let room = max(0, pixels / size - cell * 1.6)
    func taken(_ characters: some Sequence<Character>, _ room: Double) -> [Character] {
      var left = room
      return Array(
        characters.prefix { character in
          left -= advance(character)
          return left >= 0
        })
    }
    let tail = taken(text.reversed(), room * tailShare).reversed()
    let head = taken(text, room - tail.reduce(0) { $0 + advance($1) })
    // No space before or behind the ellipsis.
    let before = (head.isEmpty ? Array(text.prefix(1)) : head).reversed().drop { $0 == " " }.reversed()
    return String(before) + "…" + String(tail.drop { $0 == " " })
  }
}
