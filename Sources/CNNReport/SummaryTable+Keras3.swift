extension SummaryTable {
  /// The boxed table of Keras 3, fitted to a terminal of `columns` columns.
  ///
  ///     ┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓
  ///     ┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃
  ///     ┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩
  ///     │ conv2d (Conv2D)                 │ (None, 24, 24, 32)     │           832 │
  ///     └─────────────────────────────────┴────────────────────────┴───────────────┘
  ///      Total params: 832 (3.25 KB)
  ///
  /// Sizes take four bytes a parameter. Matches `keras/src/utils/summary_utils.py` drawn by rich,
  /// without the optimizer's own line. Keras refuses a terminal too narrow for its columns; here
  /// one below 34 gets the table for 34.
  package static func keras3(_ model: SummaryModel, columns: Int = 80) -> String {
    let columns = max(columns, 34)
    let box = BoxedTable(
      widths: segmentWidths(columns: columns, isSequential: model.isSequential),
      alignments: [.left, .left, .right, .left])

    var lines = wrapped("Model: \"\(model.name)\"", columns)
    lines += [box.top] + box.header(model.header) + [box.headerRule]
    for (index, row) in model.rows.enumerated() {
      var cells = [row.title, shape(row), NumberFormat.grouped(row.parameterCount)]
      if !model.isSequential {
        cells.append(row.connections.isEmpty ? "-" : row.connections.joined(separator: ", "))
      }
      if index > 0 { lines.append(box.rule) }
      lines += box.row(cells)
    }
    lines.append(box.bottom)
    for total in model.totals {
      let size = NumberFormat.kerasByteSize(Double(total.count) * 4)
      lines += wrapped(" \(total.title): \(NumberFormat.grouped(total.count)) (\(size))", columns)
    }
    return lines.joined(separator: "\n")
  }

  /// Cells between two vertical lines.
  ///
  /// Keras asks for the differences of `int(L * stop)` and for two cells of padding each, which with
  /// the lines is 3n + 1 more than `L`. rich takes the excess back evenly, each share rounded half to
  /// even: 3, 4, 3 of ten for three columns and 3, 3, 4, 3 of thirteen for four.
  private static func segmentWidths(columns: Int, isSequential: Bool) -> [Int] {
    let stops = isSequential ? [0.45, 0.80, 1.0] : [0.3, 0.56, 0.74, 1.0]
    let reductions = isSequential ? [3, 4, 3] : [3, 3, 4, 3]
    let length = min(isSequential ? 88 : 108, columns - 4)
    let ends = stops.map { Int($0 * Double(length)) }
    let starts = [0] + ends.dropLast()
    return zip(zip(starts, ends), reductions).map { $0.1 - $0.0 + 2 - $1 }
  }

  private static func wrapped(_ text: String, _ columns: Int) -> [String] {
    WordWrap.lines(text, width: columns, overflow: .fold)
  }
}

/// Rich's box `HEAVY_HEAD` with a rule between rows and one space beside every cell.
struct BoxedTable {
  let widths: [Int]
  let alignments: [TextTable.Alignment]

  var top: String { rule("┏", "━", "┳", "┓") }
  var headerRule: String { rule("┡", "━", "╇", "┩") }
  var rule: String { rule("├", "─", "┼", "┤") }
  var bottom: String { rule("└", "─", "┴", "┘") }

  /// Cells of a header stand on its last line.
  func header(_ cells: [String]) -> [String] { lines(cells, "┃", atBottom: true) }
  func row(_ cells: [String]) -> [String] { lines(cells, "│", atBottom: false) }

  private func rule(_ left: String, _ fill: String, _ joint: String, _ right: String) -> String {
    left + widths.map { String(repeating: fill, count: $0) }.joined(separator: joint) + right
  }

  private func lines(_ cells: [String], _ vertical: String, atBottom: Bool) -> [String] {
    let columns = zip(cells, widths).map { cell, width in
      WordWrap.lines(cell, width: width - 2, overflow: .ellipsis)
    }
    let height = columns.map(\.count).max() ?? 0
    return (0..<height).map { index in
      let parts = columns.indices.map { column in
        let lines = columns[column]
        let line = atBottom ? index - (height - lines.count) : index
        let text = lines.indices.contains(line) ? lines[line] : ""
        let alignment = alignments[column]
        let trimmed = alignment == .right ? WordWrap.trimmed(text) : text
        return " " + DisplayWidth.pad(trimmed, to: widths[column] - 2, alignment: alignment) + " "
      }
      return vertical + parts.joined(separator: vertical) + vertical
    }
  }
}
