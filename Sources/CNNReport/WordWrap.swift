/// Lines of at most a given width, broken where rich breaks them.
///
/// A word carries the space after it. It moves to the next line if it does not fit; a word wider
/// than a whole line begins a line and is either folded over several or cut, with an ellipsis as
/// its last cell. Follows `rich/_wrap.py` and `Text.wrap` of rich 15.
package enum WordWrap {
  package enum Overflow { case fold, ellipsis }

  /// - Parameter width: cells a line, at least 1.
  package static func lines(_ text: String, width: Int, overflow: Overflow) -> [String] {
    precondition(width >= 1, "lines of \(width) cells")
    var lines: [String] = []
    var line = ""
    var offset = 0
    func breakLine() {
      if !line.isEmpty { lines.append(line) }
      line = ""
    }

    for word in words(text) {
      let wordWidth = DisplayWidth.of(trimmed(word))
      if wordWidth <= width - offset {
        offset += DisplayWidth.of(word)
        line += word
      } else if wordWidth <= width || overflow == .ellipsis {
        breakLine()
        offset = DisplayWidth.of(word)
        line = word
      } else {
        for piece in pieces(word, width: width) {
          breakLine()
          offset = DisplayWidth.of(piece)
          line = piece
        }
      }
    }
    lines.append(line)
    return lines.map { cut(trimmingEnd($0, to: width), to: width, overflow) }
  }

  /// Without the white space at its end.
  static func trimmed(_ text: String) -> String {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }

  /// Each with the white space that follows it, the first also with what stands before it.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    var hasEnded = false
    for character in text {
      if character.isWhitespace {
        hasEnded = word.contains { !$0.isWhitespace }
      } else if hasEnded {
        words.append(word)
        word = ""
        hasEnded = false
      }
      word.append(character)
    }
    if word.contains(where: { !$0.isWhitespace }) { words.append(word) }
    return words
  }

  private static func pieces(_ word: String, width: Int) -> [String] {
    var pieces: [String] = []
    var piece = ""
    var pieceWidth = 0
    for character in word {
      let characterWidth = DisplayWidth.of(character)
      if pieceWidth + characterWidth > width && !piece.isEmpty {
        pieces.append(piece)
        piece = ""
        pieceWidth = 0
      }
      piece.append(character)
      pieceWidth += characterWidth
    }
    return piece.isEmpty ? pieces : pieces + [piece]
  }

  /// Takes off white space at the end, but only what lies beyond `width`.
  private static func trimmingEnd(_ line: String, to width: Int) -> String {
    var line = line
    while DisplayWidth.of(line) > width, line.last?.isWhitespace == true { line.removeLast() }
    return line
  }

  private static func cut(_ line: String, to width: Int, _ overflow: Overflow) -> String {
    guard DisplayWidth.of(line) > width else { return line }
    switch overflow {
    case .fold: return DisplayWidth.prefix(of: line, width: width)
    case .ellipsis: return DisplayWidth.prefix(of: line, width: width - 1) + "…"
    }
  }
}
