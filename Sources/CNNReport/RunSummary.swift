package import CNNDiagnostics

/// A past run in a few numbers: a row of `cnnrun runs`, of a sweep's table and of a comparison.
package struct RunSummary: Sendable {
  /// How the run is named to a command: its path.
  package let path: String
  /// `running`, `done`, `interrupted`, `failed`, or `stopped` for one that was killed.
  package let state: String
  package let epochsDone, epochs: Int
  /// The metric that tells the best epoch.
  package let monitor: String
  /// From 1; `nil` if none is better than nothing.
  package let bestEpoch: Int?
  package let bestValue: Double?
  /// Of the best epoch, or of the last one without a best.
  package let figures: [(String, Double)]
  /// Of data that took no part in training.
  package let evaluation: [(String, Double)]
  package let seconds: Double
  /// Seconds since 1970.
  package let startedAt: Double
  package let parameters: Int
  /// Why it ended, if there is more to say.
  package let reason: String?

  package init(
    path: String, state: String, epochsDone: Int, epochs: Int, monitor: String, bestEpoch: Int?, bestValue: Double?,
    figures: [(String, Double)], evaluation: [(String, Double)], seconds: Double, startedAt: Double, parameters: Int,
    reason: String?
  ) {
    self.path = path
    self.state = state
    self.epochsDone = epochsDone
    self.epochs = epochs
    self.monitor = monitor
    self.bestEpoch = bestEpoch
    self.bestValue = bestValue
    self.figures = figures
    self.evaluation = evaluation
    self.seconds = seconds
    self.startedAt = startedAt
    self.parameters = parameters
    self.reason = reason
  }

  /// `2026-11-26 03:50:12` in UTC.
  package static func date(_ secondsSince1970: Double) -> String { DateText.of(secondsSince1970) }

  var best: String { bestValue.map { "\(monitor) \(NumberFormat.metric($0))" } ?? "-" }
  var secondsText: String { NumberFormat.fixed(seconds, places: seconds < 100 ? 1 : 0) }

  package var json: JSONText {
    func object(_ figures: [(String, Double)]) -> JSONText {
      .object(Dictionary(figures.map { ($0.0, JSONText.number($0.1)) }) { $1 })
    }
    return .object([
      "run": .string(path), "state": .string(state), "epochs_done": .int(epochsDone), "epochs": .int(epochs),
      "monitor": .string(monitor), "best_epoch": bestEpoch.map(JSONText.int) ?? .null,
      "best_value": bestValue.map(JSONText.number) ?? .null, "figures": object(figures),
      "evaluation": object(evaluation), "seconds": .number(seconds), "started": .string(DateText.of(startedAt)),
      "params": .int(parameters), "reason": reason.map(JSONText.string) ?? .null,
    ])
  }
}

/// Past runs, one a line, the newest first.
package struct RunsTable: Sendable {
  private let runs: [RunSummary]

  package init(_ runs: [RunSummary]) { self.runs = runs.sorted { $0.startedAt > $1.startedAt } }

  package var text: String {
    var table = TextTable([
      .init("run"), .init("state"), .init("epochs", .right), .init("best", .right), .init("at epoch", .right),
      .init("params", .right), .init("seconds", .right), .init("began (UTC)"),
    ])
    for run in runs {
      table.add([
        run.path, run.state, "\(run.epochsDone)/\(run.epochs)", run.best, run.bestEpoch.map(String.init) ?? "-",
        run.parameters.grouped, run.secondsText, DateText.of(run.startedAt),
      ])
    }
    return table.text
  }

  package func json(root: String, toolVersion: String) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]), "root": .string(root),
      "runs": .array(runs.map(\.json)),
    ])
  }
}

/// Dates of the Gregorian calendar in UTC: `2026-11-26 03:50:12`.
enum DateText {
  /// - Parameter seconds: since 1970.
  static func of(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 253_402_300_799)))
    let (day, time) = (whole / 86400, whole % 86400)
    let (year, month, date) = civil(day)
    func two(_ number: Int) -> String { NumberFormat.padded(number, digits: 2) }
    return "\(NumberFormat.padded(year, digits: 4))-\(two(month))-\(two(date)) "
      + "\(two(time / 3600)):\(two(time % 3600 / 60)):\(two(time % 60))"
  }

  /// Year, month and day of a number of days since 1970-01-01 (Hinnant, "chrono-compatible low-level date algorithms").
  private static func civil(_ days: Int) -> (Int, Int, Int) {
    // Years that begin in March, in eras of 400 of them.
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
