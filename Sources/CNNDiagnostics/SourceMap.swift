/// A text that diagnostics point into, with the starts of its lines.
package struct SourceText: Sendable {
  /// As the user wrote the path, or `--set #1`, or `<stdin>`.
  package let name: String
  package let bytes: [UInt8]
  private let lineStarts: [Int]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") { starts.append(offset + 1) }
    lineStarts = starts
  }

  package var lineCount: Int { lineStarts.count }

  /// The line, counted from 1, in which a byte lies.
  package func lineNumber(at offset: Int) -> Int {
    var (low, high) = (0, lineStarts.count)
    while low < high {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle + 1 } else { high = middle }
    }
    return low
  }

  package func position(_ offset: Int) -> SourcePosition {
    let line = lineNumber(at: offset)
    let start = lineStarts[max(0, line - 1)]
    // Columns count Unicode scalars: continuation bytes are none.
    let column = bytes[start..<min(offset, bytes.count)].count { $0 & 0xC0 != 0x80 } + 1
    return SourcePosition(line: line, column: column, byte: offset)
  }

  /// The text of a line, counted from 1, without its line break; empty past the end.
  package func line(_ number: Int) -> String { String(decoding: bytes[range(ofLine: number)], as: UTF8.self) }

  /// The bytes of a line, counted from 1, without its line break; none past the end.
  private func range(ofLine number: Int) -> Range<Int> {
    guard number >= 1, number <= lineStarts.count else { return 0..<0 }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<end
  }

  /// Bytes of a line that is quoted whole, and how many of a longer one come before the place that it is quoted for.
  private static let (longestQuote, quotedBefore) = (1024, 256)

  /// The line of a span as reports for tools quote it; of a long one what stands around the span's beginning, so that
  /// hundreds of faults in a line of a megabyte are no gigabyte.
  package func quote(of span: SourceSpan) -> String {
    let line = range(ofLine: span.start.line)
    guard line.count > Self.longestQuote else { return visibleLine(span.start.line) }
    var start = min(max(line.lowerBound, span.start.byte - Self.quotedBefore), line.upperBound)
    var end = min(line.upperBound, start + Self.longestQuote)
    // Not within a character.
    while start < end, bytes[start] & 0xC0 == 0x80 { start += 1 }
    while end > start, end < line.upperBound, bytes[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

/// The texts that one command reads, so that a span can be two small numbers.
package struct SourceMap: Sendable {
  package private(set) var texts: [SourceText] = []
  /// Comments in the texts that silence advice.
  package private(set) var ignores: [Suppression.Ignore] = []

  package init() {}

  package mutating func add(_ text: SourceText) -> SourceID {
    texts.append(text)
    return SourceID(index: texts.count - 1)
  }

  package mutating func add(_ ignores: [Suppression.Ignore]) { self.ignores += ignores }

  package subscript(id: SourceID) -> SourceText { texts[id.index] }
}
