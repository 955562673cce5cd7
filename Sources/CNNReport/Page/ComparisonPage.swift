internal import CNNDiagnostics

/// Runs side by side on a page: their curves over each other, what they came to, in what they differ.
package struct ComparisonPage: Sendable {
  private let comparison: RunComparison
  /// One a run.
  private let histories: [TrainingHistory]

  /// Lines that can be told apart.
  private static let styles = [2, 1, 3, 4, 5, 6, 7]

  /// - Precondition: as many histories as runs.
  package init(_ comparison: RunComparison, histories: [TrainingHistory]) {
    precondition(comparison.runs.count == histories.count, "\(histories.count) histories")
    self.comparison = comparison
    self.histories = histories
  }

  /// One self-contained file.
  package var html: String {
    let runs = comparison.runs
    var page = HTMLPage(title: "Runs compared")
    page.body = [
      "<header>", "<h1>\(runs.count.grouped) runs compared</h1>", "<p class=\"lead\">", lead, "</p>", "</header>",
    ]
    page.body += HTML.section("curves", "Curves", alone, plots.isEmpty ? [] : [HTML.plots(plots)])
    page.body += HTML.section(
      "results", "Results", "Figures are those of each run's best epoch.",
      [
        HTML.table(
          [HTML.Column("")] + comparison.runs.map { HTML.Column($0.path, isNumber: true) }, comparison.results,
          isPinned: true)
      ])
    page.body += HTML.section("differences", "Differences", nil, differences)
    page.body.append("<footer>cnnrun compare</footer>")
    return page.text
  }

  private var lead: String { comparison.runs.map { HTML.name($0.path) }.joined(separator: ", ") }

  private var differences: [String] {
    var content: [String] = []
    let runs = comparison.runs
    if comparison.layersDiffer, runs.count == 2, let before = comparison.facts[0], let after = comparison.facts[1] {
      return ["<pre>\(HTML.pre(SpecDiff(before, after).text))</pre>"]
    }
    let rows = comparison.differences.map { difference in [difference.path] + difference.values.map { $0 ?? "-" } }
    if !rows.isEmpty {
      let columns = [HTML.Column("setting")] + runs.map { HTML.Column($0.path) }
      content.append(HTML.table(columns, rows, isPinned: true))
    }
    if comparison.layersDiffer {
      content.append("<p>Their layers differ: compare them two by two.</p>")
    } else if rows.isEmpty {
      content.append("<p>The same spec.</p>")
    }
    return content
  }

  /// Metrics with values, validation first, and the indices of the runs that have them.
  private var metrics: [(name: String, runs: [Int])] {
    var order: [String] = []
    var runs: [String: [Int]] = [:]
    for (index, history) in histories.enumerated() {
      for (name, values) in history.series where !values.isEmpty {
        if runs[name] == nil { order.append(name) }
        runs[name, default: []].append(index)
      }
    }
    return (order.filter { $0.hasPrefix("val_") } + order.filter { !$0.hasPrefix("val_") }).map { ($0, runs[$0] ?? []) }
  }

  /// What is not drawn, there being nothing to compare.
  private var alone: String? {
    let single = metrics.filter { $0.runs.count == 1 }
    let parts = comparison.runs.indices.compactMap { index -> String? in
      let names = single.filter { $0.runs == [index] }.map { TrainingReport.spoken($0.name) }
      return names.isEmpty ? nil : "\(names.joined(separator: ", ")) (\(comparison.runs[index].path))"
    }
    return parts.isEmpty ? nil : "Not drawn, as only one run has them: \(parts.joined(separator: "; "))."
  }

  /// A picture a metric that two runs have or more; validation first.
  package var plots: [Plot] {
    metrics.filter { $0.runs.count > 1 }.map { name, runs in
      let series = runs.map { index in
        LineChart.Series(
          name: comparison.runs[index].path, values: histories[index].series.first { $0.0 == name }?.1 ?? [],
          style: Self.styles[index % Self.styles.count])
      }
      var chart = LineChart(series: series)
      chart.isShare = !name.hasSuffix("loss")
      chart.mayBeLogarithmic = name.hasSuffix("loss")
      return chart.plot(
        name: "compare_\(TrainingReport.fileName(name))",
        title: TrainingReport.sentence(TrainingReport.spoken(name)))
    }
  }
}
