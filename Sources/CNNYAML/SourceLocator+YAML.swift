internal import CNNDiagnostics

/// Steps over raw text that libyaml's marks include or leave out.
extension SourceLocator {
  /// The end without the blanks and line breaks before it.
  func trimmedEnd(_ end: Int, notBefore start: Int) -> Int {
    var end = min(end, bytes.count)
    while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
    return end
  }

  /// Past anchors, tags, blanks and comments, to a node's own text.
  func skipProperties(from start: Int) -> (content: Int, tag: Range<Int>?) {
    var offset = start
    var tag: Range<Int>?
    while let byte = byte(at: offset) {
      if Self.isBlank(byte) {
        offset += 1
      } else if byte == UInt8(ascii: "#") {
        offset = lineRange(at: offset).upperBound
      } else if byte == UInt8(ascii: "&") || byte == UInt8(ascii: "!") {
        let first = offset
        while let next = self.byte(at: offset), !Self.isBlank(next), next != UInt8(ascii: ",") { offset += 1 }
        if byte == UInt8(ascii: "!"), tag == nil { tag = first..<offset }
      } else {
        break
      }
    }
    return (offset, tag)
  }

  /// Text for a message: a long one is cut, so that no message is longer than a line or two.
  func excerpt(_ range: Range<Int>) -> String { Self.shortened(text(range)) }

  static func shortened(_ text: String) -> String {
    let longest = 60
    if text.utf8.count <= longest { return text }
    var result = String(String.UnicodeScalarView(text.unicodeScalars.prefix(longest)))
    if result.unicodeScalars.count < text.unicodeScalars.count { result += "…" }
    return result
  }

  /// The word at an offset: up to a blank, a comma or a bracket; one byte at least.
  func wordEnd(from start: Int) -> Int {
    var offset = start
    while let byte = byte(at: offset), !Self.isBlank(byte), !Self.closers.contains(byte) { offset += 1 }
    return offset > start ? offset : min(start + 1, max(bytes.count, start))
  }

  /// The first character of a line that is not blank.
  func firstText(inLineAt offset: Int) -> Int {
    let line = lineRange(at: offset)
    return line.first { !Self.isBlank(bytes[$0]) } ?? line.upperBound
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }

  static let closers: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}")]
}
