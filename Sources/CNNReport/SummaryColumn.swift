package import CNNDiagnostics

/// A column that a summary may have beside Keras's three.
package enum SummaryColumn: String, Sendable, CaseIterable {
  case flops, memory, kernel
  case receptiveField = "receptive_field"
  case connectedTo = "connected_to"

  var title: String {
    switch self {
    case .flops: "FLOPs"
    case .memory: "Memory"
    case .kernel: "Kernel"
    case .receptiveField: "Receptive field"
    case .connectedTo: "Connected to"
    }
  }

  var alignment: TextTable.Alignment { self == .connectedTo ? .left : .right }

  /// `-` where a layer has nothing to say.
  func cell(_ row: SummaryRow) -> String {
    switch self {
    case .flops: row.figures.map { $0.flops.grouped } ?? "-"
    case .memory: row.figures.map { NumberFormat.byteSize(Double($0.memory)) } ?? "-"
    case .kernel: row.figures?.kernel?.text ?? "-"
    case .receptiveField: row.figures?.receptiveField?.text ?? "-"
    case .connectedTo: row.connectedTo.isEmpty ? "-" : row.connectedTo.joined(separator: ", ")
    }
  }
}

/// A summary's table with chosen columns: Keras's three, then these.
struct ColumnedSummary {
  let titles: [String]
  let alignments: [TextTable.Alignment]
  let rows: [[String]]
  let widths: [Int]

  init(_ model: SummaryModel, _ columns: [SummaryColumn]) {
    let titles = ["Layer (type)", "Output Shape", "Param #"] + columns.map(\.title)
    let rows = model.rows.map { row in
      [row.title, SummaryTable.shape(row), row.parameterCount.grouped] + columns.map { $0.cell(row) }
    }
    widths = titles.indices.map { index in
      rows.reduce(DisplayWidth.of(titles[index])) { max($0, DisplayWidth.of($1[index])) }
    }
    alignments = [.left, .left, .right] + columns.map(\.alignment)
    self.titles = titles
    self.rows = rows
  }
}

extension SummaryTable {
  /// Keras's classic look with more columns, each as wide as what stands in it.
  package static func classic(_ model: SummaryModel, columns: [SummaryColumn]) -> String {
    let table = ColumnedSummary(model, columns)
    func line(_ cells: [String]) -> String {
      cells.indices
        .map { DisplayWidth.pad(cells[$0], to: table.widths[$0], alignment: table.alignments[$0]) }
        .joined(separator: "  ")
    }
    let width = table.widths.reduce(0, +) + 2 * (table.widths.count - 1)
    let thin = String(repeating: "_", count: width)
    let thick = String(repeating: "=", count: width)
    var lines = ["Model: \"\(model.name)\"", thin, line(table.titles), thick]
    for (index, row) in table.rows.enumerated() {
      lines += [line(row), index == table.rows.count - 1 ? thick : thin]
    }
    lines += model.totals.map { "\($0.title): \($0.count.grouped)" }
    if let flops = model.flops { lines.append("FLOPs of one image: \(flops.grouped)") }
    return (lines + [thin]).joined(separator: "\n")
  }

  /// Keras 3's box with more columns, each as wide as what stands in it.
  package static func keras3(_ model: SummaryModel, columns: [SummaryColumn]) -> String {
    let table = ColumnedSummary(model, columns)
    let box = BoxedTable(widths: table.widths.map { $0 + 2 }, alignments: table.alignments)
    var lines = ["Model: \"\(model.name)\"", box.top] + box.header(table.titles) + [box.headerRule]
    for (index, row) in table.rows.enumerated() {
      if index > 0 { lines.append(box.rule) }
      lines += box.row(row)
    }
    lines.append(box.bottom)
    lines += model.totals.map {
      " \($0.title): \($0.count.grouped) (\(NumberFormat.kerasByteSize(Double($0.count) * 4)))"
    }
    if let flops = model.flops { lines.append(" FLOPs of one image: \(flops.grouped)") }
    return lines.joined(separator: "\n")
  }
}

extension SummaryModel {
  /// What the planner lays out, below a table.
  package func memoryText(limit: Int?) -> String { MemoryEstimate.lines(memory, limit: limit).joined(separator: "\n") }

  /// The table as GitHub's Markdown.
  package func markdown(columns: [SummaryColumn]) -> String {
    let table = ColumnedSummary(self, columns)
    var lines = ["### \(MarkdownText.escaped(name))", ""]
    lines += MarkdownText.table(table.titles, table.rows, alignments: table.alignments)
    lines.append("")
    lines += totals.map { "- \($0.title): \($0.count.grouped)" }
    if let flops { lines.append("- FLOPs of one image: \(flops.grouped)") }
    return lines.joined(separator: "\n")
  }

  /// One object, in the shape of `validate --format json`; every member, whatever columns a table would show.
  package func json(toolVersion: String) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "model": .object([
        "name": .string(name),
        "layers": .array(rows.filter { !$0.isInput }.map(\.json)),
        "input_shape": .array(inputShape.map(JSONText.int)), "output_shape": .array(outputShape.map(JSONText.int)),
        "total_params": .int(totalParameters), "trainable_params": .int(trainableParameters),
        "non_trainable_params": .int(nonTrainableParameters),
        "flops": flops.map(JSONText.int) ?? .null,
      ]),
      "memory": .object(Dictionary(memory.map { ($0.job.rawValue, $0.json) }) { $1 }),
    ])
  }
}

extension SummaryRow {
  fileprivate var json: JSONText {
    func size(_ size: SummarySize?) -> JSONText {
      size.map { .array([.int($0.rows), .int($0.columns)]) } ?? .null
    }
    return .object([
      "name": .string(name), "type": .string(className), "output_shape": .array(outputShape.map(JSONText.int)),
      "params": .int(parameterCount), "connected_to": .array(connectedTo.map(JSONText.string)),
      "flops": (figures?.flops).map(JSONText.int) ?? .null,
      "output_bytes": (figures?.memory).map(JSONText.int) ?? .null,
      "receptive_field": size(figures?.receptiveField), "kernel_size": size(figures?.kernel),
    ])
  }
}
