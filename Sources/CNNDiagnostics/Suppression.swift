/// The comment that silences advice: `# cnnrun: ignore[CN9102]`.
///
///     - dropout: 0.5   # cnnrun: ignore[CN9105] on purpose
///     # cnnrun: ignore[CN9101, CN9104]
///     source: mnist
///
/// At the end of a line it is about that line, on a line of its own about the next one with content. Several
/// codes stand with commas between them, and a reason may follow the bracket. Only warnings and notes can be
/// silenced: what is wrong with an error stays wrong. A YAML parser drops comments, so raw lines are looked at;
/// whether a `#` lies within a scalar is for whoever knows the scalars to say.
package enum Suppression {
  /// A code in a comment.
  package struct Ignore: Sendable, Hashable {
    package let code: String
    /// The code's own text.
    package let span: SourceSpan
    /// The line whose advice it silences.
    package let line: Int
  }

  /// A comment that is meant to silence advice, and is not in the form that does.
  package struct Malformed: Sendable, Hashable {
    /// What is wrong with it.
    package let reason: String
    /// From the word `cnnrun` to the end of what it says.
    package let span: SourceSpan
    /// The codes that it names, in capitals.
    package let codes: [String]
  }

  package static let unknownIgnore = DiagnosticCode("CN9901", "unknown-ignore", severity: .warning)
  package static let unusedIgnore = DiagnosticCode("CN9902", "unused-ignore", severity: .warning)
  package static let malformedIgnore = DiagnosticCode("CN9903", "malformed-ignore", severity: .warning)

  private static let word = Array("cnnrun".utf8)
  private static let marker = Array("cnnrun: ignore[".utf8)
  /// Codes behind these are not looked at.
  private static let mostIgnores = 4096
  /// In one comment.
  private static let mostCodes = 64
  private static let mostMalformed = 64

  /// The ignores of a text, in its order, and what was meant to be one.
  /// - Parameter isText: whether the byte at an offset belongs to a scalar, and so begins no comment.
  package static func ignores(
    in source: SourceID, of text: SourceText, isText: (Int) -> Bool
  ) -> (ignores: [Ignore], malformed: [Malformed]) {
    var result: [Ignore] = []
    var malformed: [Malformed] = []
    var (target, content) = (0, 0)
    for (sign, start) in signs(in: text.bytes) where result.count < mostIgnores && !isText(sign) {
      let comment = Comment(text.bytes, from: start)
      switch comment.form {
      case .prose: break
      case .malformed(let reason):
        guard malformed.count < mostMalformed else { continue }
        malformed.append(
          Malformed(reason: reason, span: text.span(start, comment.end, in: source), codes: comment.codes))
      case .ignore(let words):
        let line = text.lineNumber(at: sign)
        if text.isBlank(before: sign) {
          // Of comments below each other, all are about the same line.
          if line >= content { content = text.nextLineWithContent(after: line) ?? Int.max }
          target = content == Int.max ? line : content
        } else {
          target = line
        }
        for word in words.prefix(mostCodes) {
          result.append(
            Ignore(
              code: String(decoding: text.bytes[word], as: UTF8.self),
              span: text.span(word.lowerBound, word.upperBound, in: source), line: target))
        }
      }
    }
    return (result, malformed)
  }

  private static let newline = UInt8(ascii: "\n")

  /// The `#` that a comment begins with whose first word is `cnnrun` in any letter case, and where the word is.
  private static func signs(in bytes: [UInt8]) -> [(sign: Int, word: Int)] {
    var result: [(Int, Int)] = []
    for sign in bytes.indices where bytes[sign] == UInt8(ascii: "#") {
      guard sign == 0 || [UInt8(ascii: " "), UInt8(ascii: "\t"), newline].contains(bytes[sign - 1]) else { continue }
      var start = sign + 1
      while start < bytes.count, bytes[start] == UInt8(ascii: " ") || bytes[start] == UInt8(ascii: "\t") { start += 1 }
      if bytes[start...].prefix(word.count).map({ $0 | 0x20 }) == word { result.append((sign, start)) }
    }
    return result
  }

  /// What a comment that begins with `cnnrun` says.
  private struct Comment {
    enum Form {
      /// Nothing to the program.
      case prose
      /// The places of the words in its brackets.
      case ignore([Range<Int>])
      case malformed(String)
    }

    let form: Form
    /// Where it ends.
    let end: Int
    /// What looks like codes, in capitals.
    let codes: [String]

    private static let longest = 2048
    /// What other tools call it.
    private static let synonyms = ["ignore", "disable", "suppress", "silence", "noqa", "allow", "skip"]

    init(_ bytes: [UInt8], from start: Int) {
      let line = bytes[start...].prefix(Self.longest).prefix { $0 != newline && $0 != UInt8(ascii: "\r") }
      let text = String(decoding: line, as: UTF8.self)
      end = start + text.reversed().drop { $0 == " " || $0 == "\t" }.reduce(0) { $0 + $1.utf8.count }
      codes = Self.codes(in: text)
      form = line.starts(with: marker) ? Self.bracketed(bytes, start + marker.count, line.endIndex) : Self.form(text)
    }

    private static func bracketed(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Form {
      guard let close = bytes[start..<end].firstIndex(of: UInt8(ascii: "]")) else {
        return .malformed("the bracket is never closed")
      }
      if close + 1 < end, bytes[close + 1] != UInt8(ascii: " "), bytes[close + 1] != UInt8(ascii: "\t") {
        return .malformed("a blank is missing behind the bracket")
      }
      let words = bytes[start..<close].split { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") }
      return words.isEmpty ? .malformed("no code is named") : .ignore(words.map { $0.startIndex..<$0.endIndex })
    }

    /// Of a text that does not begin as it should: prose, unless a word like `ignore` follows with a sign that it is meant.
    private static func form(_ text: String) -> Form {
      var rest = text.dropFirst(word.count)
      let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
      rest = rest.drop(while: isBlank)
      let hasColon = rest.first == ":" || rest.first == "="
      rest = rest.drop { isBlank($0) || ":=-".contains($0) }
      let name = rest.prefix { $0.isLetter || $0 == "-" }.lowercased()
      let follows = rest.dropFirst(name.count).drop(while: isBlank)
      let isMeant =
        synonyms.contains { name.hasPrefix($0) }
        || name.count > 3 && Spelling.closest(to: String(name.prefix(8)), among: ["ignore"]) != nil
      let names = follows.first.map { "[({:=".contains($0) } ?? false || !codes(in: String(follows)).isEmpty
      guard isMeant, hasColon || names else { return .prose }
      if !text.hasPrefix("cnnrun: ") { return .malformed("it does not begin with `cnnrun: ignore`") }
      if name != "ignore" { return .malformed("`\(name)` is not `ignore`") }
      return .malformed(
        follows.first == "[" ? "no blank is allowed before the bracket" : "the codes are not in square brackets")
    }

    /// `CN` and four digits.
    private static func codes(in text: String) -> [String] {
      let words = text.uppercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      return words.filter { $0.count == 6 && $0.hasPrefix("CN") && Int($0.dropFirst(2)) != nil }.map(String.init)
    }
  }
}

extension SourceText {
  fileprivate func isBlank(before offset: Int) -> Bool {
    bytes[..<offset].reversed().prefix { $0 != UInt8(ascii: "\n") }.allSatisfy { $0 == UInt8(ascii: " ") }
  }

  fileprivate func span(_ start: Int, _ end: Int, in source: SourceID) -> SourceSpan {
    SourceSpan(source: source, start: position(start), end: position(end))
  }

  fileprivate func nextLineWithContent(after number: Int) -> Int? {
    var next = number + 1
    while next <= lineCount {
      let text = line(next).drop { $0 == " " || $0 == "\t" }
      if !text.isEmpty, text.first != "#" { return next }
      next += 1
    }
    return nil
  }
}

extension DiagnosticBag {
  /// The bag without what comments in the texts silence, and without the notices of comments that did.
  ///
  /// Advice is only given on a spec without errors, so with errors no comment is called unused.
  package func withoutSuppressed(in sources: SourceMap) -> DiagnosticBag {
    let silence = Silence(sources)
    if silence.isEmpty { return self }
    var used: Set<SourceSpan> = []
    var rest: [Diagnostic] = []
    for diagnostic in diagnostics {
      if let ignore = silence.ignore(of: diagnostic) { used.insert(ignore.span) } else { rest.append(diagnostic) }
    }
    let hasErrors = hasErrors
    var result = DiagnosticBag()
    for diagnostic in rest {
      let isUnused = diagnostic.code == Suppression.unusedIgnore
      if isUnused, hasErrors || used.contains(diagnostic.span) { continue }
      result.add(diagnostic)
    }
    return result
  }
}

/// Which diagnostics the comments of some texts silence.
package struct Silence {
  private struct Line: Hashable {
    let source: SourceID
    let number: Int
  }

  private let ignores: [Line: [Suppression.Ignore]]

  package init(_ sources: SourceMap) {
    ignores = Dictionary(grouping: sources.ignores) { Line(source: $0.span.source, number: $0.line) }
  }

  package var isEmpty: Bool { ignores.isEmpty }

  /// What silences a diagnostic; `nil` for one that is to be told, as every error is.
  package func ignore(of diagnostic: Diagnostic) -> Suppression.Ignore? {
    guard !isEmpty, diagnostic.severity < .error else { return nil }
    let line = Line(source: diagnostic.span.source, number: diagnostic.span.start.line)
    return ignores[line]?.first { $0.code == diagnostic.code.id }
  }
}
