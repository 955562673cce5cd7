internal import CNNDiagnostics

/// Pieces of GitHub's Markdown.
enum MarkdownText {
  /// A text whose characters mean themselves, in a cell too.
  static func escaped(_ text: String) -> String {
    let characters = Array(PrintableText.escaped(text))
    var result = ""
    for (index, character) in characters.enumerated() {
      // Within a word it is no emphasis.
      let isInWord =
        character == "_" && index > 0 && index + 1 < characters.count && characters[index - 1].isWordPart
        && characters[index + 1].isWordPart
      if !isInWord, "\\`*_[]<>|~".contains(character) { result.append("\\") }
      result.append(character)
    }
    return result
  }

  /// Header, rule and rows.
  static func table(_ titles: [String], _ rows: [[String]], alignments: [TextTable.Alignment]) -> [String] {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    return [line(titles.map(escaped)), line(alignments.map { $0 == .right ? "---:" : "---" })]
      + rows.map { line($0.map(escaped)) }
  }
}

extension Character {
  fileprivate var isWordPart: Bool { isLetter || isNumber || self == "_" }
}
