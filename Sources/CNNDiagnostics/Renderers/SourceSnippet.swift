/// One line of a source text with carets under a span, ready to stand behind a gutter.
struct SourceSnippet {
  let line: String
  /// Spaces, then carets.
  let underline: String

  /// Lines longer than this are cut around the span.
  static let widestLine = 160
  /// How much of a cut line stays visible before the span.
  private static let context = 40

  /// - Parameters:
  ///   - text: the whole line; what must not be printed is replaced here.
  ///   - columns: counted from 0 in scalars, end exclusive; clamped to the line, one caret at least.
  init(_ text: String, columns: Range<Int>) {
    let scalars = text.unicodeScalars.map(PrintableText.replacement)
    let widths = scalars.map { TextWidth.cells(of: $0) }
    let start = min(columns.lowerBound, scalars.count)
    let end = min(max(columns.upperBound, start), scalars.count)

    var visible = 0..<scalars.count
    if widths.reduce(0, +) > Self.widestLine {
      visible = Self.window(widths: widths, around: start)
    }
    let isCutBefore = visible.lowerBound > 0
    let isCutBehind = visible.upperBound < scalars.count

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
