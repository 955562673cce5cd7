/// One line of a source text with carets under a span, ready to stand behind a gutter.
struct SourceSnippet {
  let line: String
  /// Spaces, then carets.
  let underline: String

  /// Lines longer than this are cut around the span.
  static let widestLine = 160
  /// How much of a cut line stays visible before the span.
  private static let context = 40
  /// Bytes of a line up to which all of it is measured, and scalars that are otherwise.
  private static let lookedAt = 1024

  /// - Parameters:
  ///   - text: the whole line; what must not be printed is replaced here.
  ///   - columns: counted from 0 in scalars, end exclusive; clamped to the line, one caret at least.
  init(_ text: String, columns: Range<Int>) {
    // Of a line of a megabyte only the neighbourhood of the span is looked at.
    let all = text.unicodeScalars
    let first = text.utf8.count > Self.lookedAt ? max(0, columns.lowerBound - Self.widestLine) : 0
    let part = all.dropFirst(first).prefix(Self.lookedAt)
    let isCutShort = part.endIndex < all.endIndex

    let scalars = part.map(PrintableText.replacement)
    let widths = scalars.map { TextWidth.cells(of: $0) }
    let start = min(columns.lowerBound - first, scalars.count)
    let end = min(max(columns.upperBound - first, start), scalars.count)

    var visible = 0..<scalars.count
    if first > 0 || isCutShort || widths.reduce(0, +) > Self.widestLine {
      visible = Self.window(widths: widths, around: start)
    }
    let isCutBefore = first > 0 || visible.lowerBound > 0
    let isCutBehind = isCutShort || visible.upperBound < scalars.count

    var shown = isCutBefore ? "…" : ""
    shown.unicodeScalars.append(contentsOf: scalars[visible])
    if isCutBehind { shown += "…" }
    line = shown

    let before = (isCutBefore ? 1 : 0) + widths[visible.lowerBound..<max(start, visible.lowerBound)].reduce(0, +)
    let marked = widths[start..<max(start, min(end, visible.upperBound))].reduce(0, +)
    underline = String(repeating: " ", count: before) + String(repeating: "^", count: max(1, marked))
  }

  /// The scalars to show of a long line: some context before the span, as much as fits behind it.
  private static func window(widths: [Int], around start: Int) -> Range<Int> {
    var first = start
    var taken = 0
    while first > 0, taken + widths[first - 1] <= context {
      first -= 1
      taken += widths[first]
    }
    var last = start
    while last < widths.count, taken + widths[last] <= widestLine - 2 {
      taken += widths[last]
      last += 1
    }
    while first > 0, taken + widths[first - 1] <= widestLine - 2 {
      first -= 1
      taken += widths[first]
    }
    return first..<last
  }
}
