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
    page.body += HTML.section("curves", "Curves", nil, [HTML.plots(plots)])
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
      content.append(HTML.table(columns, rows))
    }
    if comparison.layersDiffer {
      content.append("<p>Their layers differ: compare them two by two.</p>")
    } else if rows.isEmpty {
      content.append("<p>The same spec.</p>")
    }
    return content
  }

  /// A picture a metric that two runs have, or one that the only one has; validation first.
  package var plots: [Plot] {
    var names: [String] = []
    for history in histories {
      for (name, _) in history.series where !names.contains(name) { names.append(name) }
    }
    let order = names.filter { $0.hasPrefix("val_") } + names.filter { !$0.hasPrefix("val_") }
    return order.compactMap { name in
      let series = zip(comparison.runs, histories).enumerated().compactMap { index, entry -> LineChart.Series? in
        let (run, history) = entry
        guard let values = history.series.first(where: { $0.0 == name })?.1, !values.isEmpty else { return nil }
        return .init(name: run.path, values: values, style: Self.styles[index % Self.styles.count])
      }
      guard !series.isEmpty else { return nil }
      var chart = LineChart(series: series)
      chart.isShare = !name.hasSuffix("loss")
      chart.mayBeLogarithmic = name.hasSuffix("loss")
      return chart.plot(
        name: "compare_\(TrainingReport.fileName(name))",
        title: TrainingReport.sentence(TrainingReport.spoken(name)))
    }
  }
}
