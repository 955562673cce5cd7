package import CNNDiagnostics

/// Runs side by side: what they came to, and in what they differ.
package struct RunComparison: Sendable {
  let runs: [RunSummary]
  /// One a run; `nil` where its spec cannot be read any more.
  let facts: [SpecFacts?]

  /// - Precondition: as many facts as runs.
  package init(_ runs: [RunSummary], facts: [SpecFacts?]) {
    precondition(runs.count == facts.count, "\(facts.count) specs of \(runs.count) runs")
    self.runs = runs
    self.facts = facts
  }

  /// A setting and its value in each run; `nil` where it is not there.
  struct Difference: Equatable {
    let path: String
    let values: [String?]
  }

  /// As a person reads them, with metrics and callbacks by their names; in the order in which the first run that has them
  /// has them.
  var differences: [Difference] {
    let settings = settings
    return Self.differences(settings.map { NamedLists.named($0, among: settings) })
  }

  /// By the paths that options take.
  private var settingDifferences: [Difference] { Self.differences(settings) }

  private var settings: [[SpecFacts.Setting]] { facts.map { $0?.settings ?? [] } }

  private static func differences(_ settings: [[SpecFacts.Setting]]) -> [Difference] {
    var order: [String] = []
    var seen: Set<String> = []
    let tables = settings.map { settings in
      Dictionary(settings.map { ($0.path, $0.value) }) { first, _ in first }
    }
    for setting in settings.joined() where seen.insert(setting.path).inserted { order.append(setting.path) }
    return order.compactMap { path in
      let values = tables.map { $0[path] }
      return Set(values).count > 1 ? Difference(path: path, values: values) : nil
    }
  }

  var layersDiffer: Bool { facts.contains { $0?.layers != facts[0]?.layers } }

  /// What the runs came to: a title and a text a run, line by line.
  var results: [[String]] {
    var rows: [[String]] = []
    func row(_ title: String, _ value: (RunSummary) -> String) { rows.append([title] + runs.map(value)) }
    row("state", \.state)
    row("epochs") { "\($0.epochsDone)/\($0.epochs)" }
    row("seconds", \.secondsText)
    row("parameters") { $0.parameters.grouped }
    row("best epoch") { $0.bestEpoch.map(String.init) ?? "-" }
    for name in names(\.figures) { row(name) { Self.value(name, $0.figures) } }
    for name in names(\.evaluation) { row(name) { Self.value(name, $0.evaluation) } }
    return rows
  }

  package var text: String {
    var table = TextTable([.init("")] + runs.map { .init($0.path, .right) })
    for row in results { table.add(row) }
    var lines = [table.text]
    if layersDiffer, runs.count == 2, let before = facts[0], let after = facts[1] {
      return (lines + ["", SpecDiff(before, after).text]).joined(separator: "\n")
    }
    let differences = differences
    if !differences.isEmpty {
      var settings = TextTable([.init("setting")] + runs.map { .init($0.path, .right) })
      for difference in differences { settings.add([difference.path] + difference.values.map { $0 ?? "-" }) }
      lines += ["", settings.text]
    }
    if layersDiffer {
      lines += ["", "their layers differ: compare them two by two"]
    } else if differences.isEmpty {
      lines += ["", "the same spec"]
    }
    return lines.joined(separator: "\n")
  }

  /// Of all runs, in order of appearance.
  private func names(_ figures: (RunSummary) -> [(String, Double)]) -> [String] {
    var names: [String] = []
    for run in runs {
      for (name, _) in figures(run) where !names.contains(name) { names.append(name) }
    }
    return names
  }

  private static func value(_ name: String, _ figures: [(String, Double)]) -> String {
    figures.first { $0.0 == name }.map { NumberFormat.metric($0.1) } ?? "-"
  }

  package func json(toolVersion: String) -> JSONText {
    .object([
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "runs": .array(runs.map(\.json)), "layers_differ": .bool(layersDiffer),
      "settings": .array(
        settingDifferences.map { difference in
          .object([
            "path": .string(difference.path),
            "values": .array(difference.values.map { $0.map(JSONText.string) ?? .null }),
          ])
        }),
    ])
  }
}
