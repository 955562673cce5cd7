/// Columns aligned by display width, under a header and a rule.
///
///     epoch    loss  accuracy
///     -----  ------  --------
///         1  1.5810    0.4690
///         2  1.1647    0.5710
///
/// Lines end without spaces, so the text can be compared and searched. A row shorter than the
/// header is filled with empty cells, a longer one is a mistake of the caller.
package struct TextTable: Sendable {
  package enum Alignment: Sendable { case left, right }

  package struct Column: Sendable {
    package let title: String
    package let alignment: Alignment

    package init(_ title: String, _ alignment: Alignment = .left) {
      self.title = title
      self.alignment = alignment
    }
  }

  private static let gap = "  "
  private let columns: [Column]
  private let indent: String
  private var rows: [[String]] = []

  /// - Parameter indent: spaces in front of every line.
  package init(_ columns: [Column], indent: Int = 0) {
    self.columns = columns
    self.indent = String(repeating: " ", count: indent)
  }

  package mutating func add(_ cells: [String]) {
    precondition(cells.count <= columns.count, "\(cells.count) cells in \(columns.count) columns")
    rows.append(cells + Array(repeating: "", count: columns.count - cells.count))
  }

  /// The lines joined by newlines, none at the end.
  package var text: String {
    let titles = columns.map(\.title)
    let widths = columns.indices.map { index in
      rows.reduce(DisplayWidth.of(titles[index])) { max($0, DisplayWidth.of($1[index])) }
    }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return ([titles, rule] + rows).map { line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ cells: [String], _ widths: [Int]) -> String {
    var line = indent
    for (index, cell) in cells.enumerated() {
      if index > 0 { line += Self.gap }
      line += DisplayWidth.pad(cell, to: widths[index], alignment: columns[index].alignment)
    }
    while line.last == " " { line.removeLast() }
    return line
  }
}
