/// Codes in prose: what `explain CODE` prints, the help of SARIF's rules, and the page of all codes.
extension DiagnosticCode {
  /// Which part of a spec the code is about.
  package var family: String {
    switch id.dropFirst(2).first {
    case "1": "yaml"
    case "2": "keys-and-types"
    case "3": "shapes-and-graph"
    case "4": "training-and-data"
    case "5": "expectations"
    default: "advice"
    }
  }

  /// The family as a heading.
  fileprivate var familyTitle: String {
    switch id.dropFirst(2).first {
    case "1": "CN1: YAML"
    case "2": "CN2: keys and types"
    case "3": "CN3: shapes and graph"
    case "4": "CN4: training and data"
    case "5": "CN5: expectations"
    default: "CN9: advice"
    }
  }
}

extension CodeExplanation {
  /// Examples longer than this are made by a program, and shown by their beginning.
  private static let longestExample = 1000

  package var plainText: String {
    var text = "\(code.id) \(code.name) (\(code.severity.rawValue)): \(summary)\n\n\(explanation)\n"
    if !wrong.isEmpty { text += "\nwrong:\n\n" + Self.indented(wrong) }
    if !right.isEmpty { text += "\nright:\n\n" + Self.indented(right) }
    return text
  }

  /// - Parameter heading: `#` signs before the title; no title if empty.
  package func markdown(heading: String) -> String {
    var text = heading.isEmpty ? "" : "\(heading) \(code.id) `\(code.name)`\n\n"
    text += "*\(code.severity == .error ? "Error" : code.severity == .warning ? "Warning" : "Note"): \(summary).* "
    text += explanation + "\n"
    if !wrong.isEmpty { text += "\nWrong:\n\n```yaml\n\(Self.shown(wrong))```\n" }
    if !right.isEmpty { text += "\nRight:\n\n```yaml\n\(Self.shown(right))```\n" }
    return text
  }

  package var json: JSONText {
    .object([
      "code": .string(code.id), "name": .string(code.name), "severity": .string(code.severity.rawValue),
      "summary": .string(summary), "explanation": .string(explanation), "wrong": .string(wrong),
      "right": .string(right),
    ])
  }

  private static func indented(_ example: String) -> String {
    shown(example).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map { $0.isEmpty ? "\n" : "    \($0)\n" }.joined()
  }

  /// What cannot be seen, spelled out; ends with a line break.
  private static func shown(_ example: String) -> String {
    let isCut = example.count > longestExample
    let text = isCut ? example.prefix(longestExample) + "…\n" : example[...]
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.split(separator: "\t", omittingEmptySubsequences: false).map { PrintableText.escaped($0) }
        .joined(separator: "\t")
    }
    let joined = lines.joined(separator: "\n")
    return joined.hasSuffix("\n") ? joined : joined + "\n"
  }
}

extension CodeRegistry {
  /// One line a code.
  package var list: String {
    let width = explanations.map(\.code.name.count).max() ?? 0
    return explanations.map { explanation in
      let name = explanation.code.name
      return "\(explanation.code.id)  \(name)\(String(repeating: " ", count: width - name.count))  "
        + "\(explanation.summary)\n"
    }.joined()
  }

  package var json: JSONText {
    .object(["format_version": .string("1.0"), "codes": .array(explanations.map(\.json))])
  }

  /// All codes with their examples, in Markdown.
  package var page: String {
    var text = """
      # Codes

      What `cnnrun validate` and every other command can say about a spec. `cnnrun explain CODE` prints a single one.
      This page is `cnnrun explain --list --markdown`; a test holds it to what the program knows. A code is never used
      again for something else.

      """
    var family = ""
    for explanation in explanations {
      if explanation.code.familyTitle != family {
        family = explanation.code.familyTitle
        text += "\n## \(family)\n"
      }
      text += "\n" + explanation.markdown(heading: "###")
    }
    return text
  }

  /// The code or name that a mistyped word was meant for.
  package func suggestion(for word: String) -> String? {
    Spelling.closest(to: word, among: explanations.map(\.code.name))
      ?? Spelling.closest(to: word.uppercased(), among: explanations.map(\.code.id))
  }
}
