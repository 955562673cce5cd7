package import CNNDiagnostics

/// What the runs of a sweep came to, the best first.
package struct SweepTable: Sendable {
  /// One combination: its values, and its run if it has begun.
  package struct Row: Sendable {
    package let values: [String]
    package let run: RunSummary?
    /// Where the run is or will be.
    package let path: String

    package init(values: [String], run: RunSummary?, path: String) {
      self.values = values
      self.run = run
      self.path = path
    }
  }

  private let keys: [String]
  private let rows: [Row]

  /// - Parameters:
  ///   - keys: what was swept, one a value of a row.
  ///   - higherIsBetter: of the monitored metric.
  package init(keys: [String], rows: [Row], higherIsBetter: Bool) {
    self.keys = keys
    // What has no value comes last; equals stay in the order of the grid.
    let places = rows.indices.sorted { left, right in
      let (first, second) = (Self.rank(rows[left], higherIsBetter), Self.rank(rows[right], higherIsBetter))
      return first == second ? left < right : first < second
    }
    self.rows = places.map { rows[$0] }
  }

  private static func rank(_ row: Row, _ higherIsBetter: Bool) -> Double {
    guard let value = row.run?.bestValue, !value.isNaN else { return .infinity }
    return higherIsBetter ? -value : value
  }

  package var best: Row? { rows.first { $0.run?.bestValue.map { !$0.isNaN } ?? false } }

  private var monitor: String { rows.lazy.compactMap { $0.run?.monitor }.first ?? "best" }

  package var text: String {
    var table = TextTable(
      keys.map { .init($0, .right) } + [
        .init(monitor, .right), .init("at epoch", .right), .init("epochs", .right), .init("seconds", .right),
        .init("state"), .init("run"),
      ])
    for row in rows { table.add(cells(row)) }
    return table.text
  }

  private func cells(_ row: Row) -> [String] {
    guard let run = row.run else { return row.values + ["-", "-", "-", "-", "not begun", row.path] }
    return row.values + [
      run.bestValue.map(NumberFormat.metric) ?? "-", run.bestEpoch.map(String.init) ?? "-",
      "\(run.epochsDone)/\(run.epochs)", run.secondsText, run.state, row.path,
    ]
  }

  /// Lines of comma-separated values under a header.
  package var csv: String {
    func field(_ text: String) -> String {
      let isPlain = !text.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
      return isPlain ? text : "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }
    var lines = [keys + [monitor, "best_epoch", "epochs_done", "epochs", "seconds", "state", "run"]]
    for row in rows {
      let run = row.run
      lines.append(
        row.values + [
          run?.bestValue.map { "\($0)" } ?? "", run?.bestEpoch.map(String.init) ?? "",
          run.map { "\($0.epochsDone)" } ?? "", run.map { "\($0.epochs)" } ?? "",
          run.map { NumberFormat.fixed($0.seconds, places: 3) } ?? "", run?.state ?? "not begun", row.path,
        ])
    }
    return lines.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
  }

  package func json(toolVersion: String) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "keys": .array(keys.map(JSONText.string)), "monitor": .string(monitor),
      "runs": .array(
        rows.map { row in
          .object([
            "values": .object(Dictionary(zip(keys, row.values.map(JSONText.string))) { $1 }),
            "path": .string(row.path), "run": row.run?.json ?? .null,
          ])
        }),
    ])
  }
}
