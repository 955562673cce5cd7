package import CNNDiagnostics

/// Turns libyaml's marks, which count Unicode scalars, and byte offsets into positions.
///
/// Every 64th scalar's byte is noted once, so an answer takes a few steps however long a line is. A
/// scalar is whatever begins with a byte other than `10xxxxxx`; text that is not UTF-8 counts somehow,
/// but never traps. A byte order mark at the start takes up bytes and no column.
package struct SourceLocator: Sendable {
  package let source: SourceID
  package let bytes: [UInt8]
  private var checkpoints: [Int] = []
  private var lineStarts: [Int]
  private static let stride = 64

  package init(_ bytes: [UInt8], source: SourceID) {
    self.source = source
    self.bytes = bytes
    lineStarts = [bytes.starts(with: UTF8Prescan.byteOrderMark) ? UTF8Prescan.byteOrderMark.count : 0]
    checkpoints.reserveCapacity(bytes.count / Self.stride + 1)
    var scalars = 0
    for (offset, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\n") { lineStarts.append(offset + 1) }
      guard byte & 0xC0 != 0x80 else { continue }
      if scalars.isMultiple(of: Self.stride) { checkpoints.append(offset) }
      scalars += 1
    }
  }

  package func position(byte: Int) -> SourcePosition {
    let byte = max(min(byte, bytes.count), 0)
    let line = lineIndex(of: byte)
    let start = lineStarts[line]
    return SourcePosition(
      line: line + 1, column: max(0, scalarIndex(of: byte) - scalarIndex(of: start)) + 1, byte: byte)
  }

  package func span(_ start: Int, _ end: Int) -> SourceSpan {
    SourceSpan(source: source, start: position(byte: start), end: position(byte: max(start, end)))
  }

  /// The byte at which the scalar with this number begins; the end of the text past the last.
  package func byte(ofScalar index: Int) -> Int {
    guard index >= 0, index / Self.stride < checkpoints.count else { return index < 0 ? 0 : bytes.count }
    var byte = checkpoints[index / Self.stride]
    for _ in 0..<index % Self.stride {
      byte += 1
      while byte < bytes.count, bytes[byte] & 0xC0 == 0x80 { byte += 1 }
    }
    return min(byte, bytes.count)
  }

  /// How many scalars begin before this byte.
  package func scalarIndex(of byte: Int) -> Int {
    let checkpoint = Self.lastIndex(of: checkpoints, notAbove: byte)
    guard let checkpoint else { return 0 }
    var index = checkpoint * Self.stride
    for offset in checkpoints[checkpoint]..<min(byte, bytes.count) where bytes[offset] & 0xC0 != 0x80 { index += 1 }
    return index
  }

  /// The bytes of the line in which a byte lies, its break left out.
  package func lineRange(at byte: Int) -> Range<Int> {
    let line = lineIndex(of: max(min(byte, bytes.count), 0))
    let start = lineStarts[line]
    var end = line + 1 < lineStarts.count ? lineStarts[line + 1] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return start..<max(start, end)
  }

  package func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// The byte at an offset; `nil` outside the text.
  package func byte(at offset: Int) -> UInt8? {
    bytes.indices.contains(offset) ? bytes[offset] : nil
  }

  private func lineIndex(of byte: Int) -> Int { Self.lastIndex(of: lineStarts, notAbove: byte) ?? 0 }

  private static func lastIndex(of sorted: [Int], notAbove value: Int) -> Int? {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if sorted[middle] <= value { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
  }
}
