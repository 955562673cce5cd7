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

  package static let unknownIgnore = DiagnosticCode("CN9901", "unknown-ignore", severity: .warning)
  package static let unusedIgnore = DiagnosticCode("CN9902", "unused-ignore", severity: .warning)

  private static let marker = Array("cnnrun: ignore[".utf8)
  /// Codes behind these are not looked at.
  private static let mostIgnores = 4096
  /// In one comment.
  private static let mostCodes = 64

  /// The ignores of a text, in its order.
  /// - Parameter isText: whether the byte at an offset belongs to a scalar, and so begins no comment.
  package static func ignores(in source: SourceID, of text: SourceText, isText: (Int) -> Bool) -> [Ignore] {
    let bytes = text.bytes
    var result: [Ignore] = []
    var (target, content) = (0, 0)
    for place in places(of: marker, in: bytes) where result.count < mostIgnores {
      guard let sign = sign(before: place, in: bytes), !isText(sign) else { continue }
      let start = place + marker.count
      guard let end = bytes[start...].prefix(while: { $0 != newline }).firstIndex(of: UInt8(ascii: "]")) else {
        continue
      }
      if end + 1 < bytes.count,
        ![UInt8(ascii: " "), UInt8(ascii: "\t"), newline, UInt8(ascii: "\r")].contains(bytes[end + 1])
      {
        continue
      }
      let line = text.lineNumber(at: sign)
      if text.isBlank(before: sign) {
        // Of comments below each other, all are about the same line.
        if line >= content { content = text.nextLineWithContent(after: line) ?? Int.max }
        target = content == Int.max ? line : content
      } else {
        target = line
      }
      var word = start
      let most = result.count + mostCodes
      while word < end, result.count < most {
        if bytes[word] == UInt8(ascii: ",") || bytes[word] == UInt8(ascii: " ") {
          word += 1
          continue
        }
        let stop = bytes[word..<end].firstIndex { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") } ?? end
        result.append(
          Ignore(
            code: String(decoding: bytes[word..<stop], as: UTF8.self),
            span: SourceSpan(source: source, start: text.position(word), end: text.position(stop)), line: target))
        word = stop
      }
    }
    return result
  }

  private static let newline = UInt8(ascii: "\n")

  private static func places(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
    guard let first = needle.first, bytes.count >= needle.count else { return [] }
    return (0...bytes.count - needle.count).filter { bytes[$0] == first && bytes[$0...].starts(with: needle) }
  }

  /// The `#` before a marker, with nothing but blanks between and a blank or a line's start before it.
  private static func sign(before place: Int, in bytes: [UInt8]) -> Int? {
    var index = place - 1
    while index >= 0, bytes[index] == UInt8(ascii: " ") { index -= 1 }
    guard index >= 0, bytes[index] == UInt8(ascii: "#") else { return nil }
    let isAtBlank = index == 0 || [UInt8(ascii: " "), UInt8(ascii: "\t"), newline].contains(bytes[index - 1])
    return isAtBlank ? index : nil
  }
}

extension SourceText {
  fileprivate func isBlank(before offset: Int) -> Bool {
    bytes[..<offset].reversed().prefix { $0 != UInt8(ascii: "\n") }.allSatisfy { $0 == UInt8(ascii: " ") }
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
