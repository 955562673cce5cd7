internal import CNNDiagnostics

extension ClassMeasurement {
  private static let mostPairs = 12

  var sections: [String] {
    let softmaxed =
      isSoftmaxed ? " The model's outputs are no probabilities; confidences here are their softmax." : ""
    let chart = ConfusionChart(matrix: evaluation.confusion, names: evaluation.classNames)
    return HTML.section(
      "confusion", "Confusion",
      "\(samplesText): rows are true classes, columns what they were taken for, each row divided by its sum.\(softmaxed)",
      pointing: chart.hidesCounts ? "Point at a cell for its counts." : nil, [confusion])
      + HTML.section("classes", "Classes", nil, [classes])
      + HTML.section(
        "confidence", "Confidence",
        "How sure the model is, and whether it may be: expected calibration error "
          + "\(NumberFormat.fixed(evaluation.expectedCalibrationError, places: 4)) over \(ConfidenceBins.defaultCount) bins.",
        [HTML.plots(confidencePlots)]) + GridSection.markup(grids, split: split)
  }

  /// Of a page on a wide screen, less the gap between a matrix and what stands beside it.
  private static let widestBeside = 1004.0

  /// What a table of pairs needs: numbers, and twice the longest word of the names, which tables do not break.
  private static func pairsWidth(_ names: [String]) -> Double {
    let words = names.lazy.flatMap { $0.split { " ._/-".contains($0) } }
    return max(320, 145 + 2 * (words.map { PlotLabel.width(String($0), size: 13.5) }.max() ?? 0))
  }

  private var confusion: String {
    let plot = confusionPlot
    let width = SVGText.number(plot.width)
    let wide =
      "<div class=\"wide\" style=\"flex-basis:\(width)px;max-width:\(SVGText.number(plot.width * Plot.mostScale))px\">"
      + "\(plot.inlineSVG)</div>"
    let pairs = evaluation.confusion.mostConfused(Self.mostPairs)
    if pairs.isEmpty { return wide + "<p>No sample was taken for another class.</p>" }
    let names = evaluation.classNames
    let rows = pairs.map { pair in
      let support = evaluation.confusion.support(of: pair.truth)
      return [
        names[pair.truth], names[pair.predicted], pair.count.grouped,
        NumberFormat.fixed(100 * Double(pair.count) / Double(max(1, support)), places: 1) + "%",
      ]
    }
    func table(_ rows: [[String]]) -> String {
      HTML.table(
        [
          .init("true class"), .init("taken for"), .init("samples", isNumber: true),
          .init("of the class", isNumber: true),
        ], rows)
    }
    let basis = Self.pairsWidth(pairs.flatMap { [names[$0.truth], names[$0.predicted]] })
    // Below a wide matrix there is room for two tables in a row.
    let isBelow = plot.width + basis > Self.widestBeside
    let half = isBelow && basis < Self.widestBeside / 2 && rows.count > 5 ? (rows.count + 1) / 2 : rows.count
    let tables = [rows.prefix(half), rows.dropFirst(half)].filter { !$0.isEmpty }.map { table(Array($0)) }
    return "<div class=\"beside\">" + wide
      + "<div class=\"aside\" style=\"flex-basis:\(SVGText.number(basis))px\"><h3>Most often confused</h3>"
      + (tables.count == 1 ? tables[0] : "<div class=\"columns\">\(tables.joined())</div>") + "</div></div>"
  }

  private var classes: String {
    func share(_ value: Double) -> String { NumberFormat.fixed(value, places: 4) }
    let rows = zip(evaluation.classNames, evaluation.perClass).map { name, figures in
      [name, share(figures.precision), share(figures.recall), share(figures.f1), figures.support.grouped]
    }
    let macro = evaluation.macroAverage
    let foot = [
      [
        "macro average", share(macro.precision), share(macro.recall), share(macro.f1), evaluation.samples.count.grouped,
      ],
      ["accuracy", "", "", share(evaluation.accuracy), evaluation.samples.count.grouped],
    ]
    let table = HTML.table(
      [
        .init("class"), .init("precision", isNumber: true), .init("recall", isNumber: true),
        .init("F1", isNumber: true),
        .init("samples", isNumber: true),
      ], rows, foot: foot, isPinned: true)
    return "<div class=\"classes\"><div>\(perClassPlot.inlineSVG)</div><div>\(table)</div></div>"
  }
}

extension ValueMeasurement {
  var sections: [String] {
    let count = "\(sampleCount.grouped) \(split) \(sampleCount == 1 ? "sample" : "samples")"
    let several = columns.count == 1 ? "" : ", over \(columns.count.grouped) values each"
    let figures =
      "mean absolute error \(NumberFormat.metric(meanAbsoluteError)), root mean squared error "
      + "\(NumberFormat.metric(rootMeanSquaredError))"
      + (determination.map { ", R² \(NumberFormat.fixed($0, places: 4))" } ?? "")
    let left =
      columns.count > Self.mostDrawn ? " Drawn are the first \(Self.mostDrawn); predictions.csv has all of them." : ""
    return HTML.section(
      "predictions", "Predictions", "\(count)\(several): \(figures).\(left)",
      (columns.count == 1 ? [] : [table]) + [HTML.plots(plots)]) + GridSection.markup(grids, split: split)
  }

  private var table: String {
    HTML.table(
      [
        .init("value"), .init("mean absolute error", isNumber: true), .init("root mean squared error", isNumber: true),
        .init("R²", isNumber: true),
      ],
      columns.map { column in
        [
          column.name, NumberFormat.metric(column.meanAbsoluteError), NumberFormat.metric(column.rootMeanSquaredError),
          column.determination.map { NumberFormat.fixed($0, places: 4) } ?? "",
        ]
      })
  }
}

/// Pictures of samples.
private enum GridSection {
  static func markup(_ grids: [PictureGrid], split: String) -> [String] {
    if grids.isEmpty { return [] }
    return HTML.section(
      "samples", "Samples",
      "Of the \(split) samples, each with what the model says\(grids.contains { $0.items.contains(where: \.isWrong) } ? "; mistakes in red." : ".")",
      grids.map { grid in
        "<h3>\(HTML.text(grid.title))</h3><p class=\"soft\">\(HTML.text(grid.note))</p>"
          + (grid.items.isEmpty ? "" : grid.html)
      })
  }
}
