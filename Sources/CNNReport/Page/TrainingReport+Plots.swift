internal import CNNDiagnostics

/// The pictures of a report.
extension TrainingReport {
  /// Curves over the epochs: accuracy first, the loss, other metrics.
  var curves: [Plot] {
    guard history.epochCount > 0 else { return [] }
    let names = history.series.map(\.0).filter { !$0.hasPrefix("val_") }
    let order =
      names.filter { $0 == "accuracy" } + names.filter { $0 == "loss" }
      + names.filter { $0 != "accuracy" && $0 != "loss" }
    return order.map { curve(of: $0) } + (learningRateCurve.map { [$0] } ?? [])
  }

  private func curve(of name: String) -> Plot {
    let lookup = Dictionary(history.series) { first, _ in first }
    var series = [LineChart.Series(name: "training", values: lookup[name] ?? [], style: 0)]
    if let validation = lookup["val_\(name)"] {
      series.append(.init(name: "validation", values: validation, style: 1))
    } else {
      series[0] = .init(name: "training", values: lookup[name] ?? [], style: 2)
    }
    var chart = LineChart(series: series, bestEpoch: bestEpoch)
    chart.isShare = name != "loss"
    chart.mayBeLogarithmic = name == "loss"
    return chart.plot(name: "curve_\(Self.fileName(name))", title: Self.sentence(name))
  }

  /// Where it was not the same all the time.
  private var learningRateCurve: Plot? {
    guard Set(learningRates).count > 1 else { return nil }
    var chart = LineChart(series: [.init(name: "learning rate", values: learningRates, style: 2)])
    chart.mayBeLogarithmic = true
    return chart.plot(name: "learning_rate", title: "Learning rate")
  }

  /// Milliseconds of each step of the plan, and of a training step, epoch by epoch, validation included.
  var timePlots: [Plot] {
    let steps = machine.stepTimes.map {
      StepBars(steps: $0.steps).plot(name: "time_by_step", title: "Time by step, in ms")
    }
    return [steps, epochTimes].compactMap(\.self)
  }

  private var epochTimes: Plot? {
    guard !machine.epochSeconds.isEmpty else { return nil }
    let times = machine.epochSeconds.map { $0 * 1000 / Double(machine.stepsPerEpoch) }
    var chart = LineChart(series: [.init(name: "mean of the epoch's steps", values: times, style: 2)])
    chart.unit = " ms"
    chart.startsAtZero = true
    return chart.plot(name: "time_by_epoch", title: "Mean training step by epoch, in ms")
  }

  /// Those of what was measured, but for grids.
  var measuredPlots: [Plot] {
    switch measured {
    case .classes(let classes)?: [classes.confusionPlot, classes.perClassPlot] + classes.confidencePlots
    case .values(let values)?: values.plots
    case nil: []
    }
  }

  var grids: [PictureGrid] {
    switch measured {
    case .classes(let classes)?: classes.grids
    case .values(let values)?: values.grids
    case nil: []
    }
  }

  /// All of them, as files of their own.
  package var plots: [Plot] {
    curves + measuredPlots + grids.map(\.plot) + (filters.map { [$0.plot] } ?? []) + timePlots
  }

  /// `top_k_accuracy` as a title: `Top-k accuracy`.
  static func sentence(_ name: String) -> String {
    let words = words(name)
    return words.prefix(1).uppercased() + words.dropFirst()
  }

  /// What the words of a metric's name are written like.
  private static let writings = [
    "auc": "AUC", "roc": "ROC", "pr": "PR", "f1": "F1", "mae": "MAE", "mse": "MSE", "rmse": "RMSE", "r2": "R²",
  ]

  /// `val_auc` as `val AUC`.
  static func words(_ name: String) -> String {
    name.replacing("top_k_", with: "top-k_").split(separator: "_").map { writings[String($0)] ?? String($0) }
      .joined(separator: " ")
  }

  /// A metric's name as part of a file's: a user may have chosen it.
  static func fileName(_ name: String) -> String {
    String(
      String.UnicodeScalarView(
        name.unicodeScalars.prefix(64).map { scalar in
          switch scalar {
          case "a"..."z", "A"..."Z", "0"..."9", "_", "-": scalar
          default: "-"
          }
        }))
  }
}

extension ClassMeasurement {
  var confusionPlot: Plot {
    ConfusionChart(matrix: evaluation.confusion, names: evaluation.classNames)
      .plot(name: "confusion_matrix", title: "Confusion matrix")
  }

  var perClassPlot: Plot {
    ClassBars(
      rows: zip(evaluation.classNames, evaluation.perClass).map { name, figures in
        .init(name: name, precision: figures.precision, recall: figures.recall, f1: figures.f1)
      }
    ).plot(name: "per_class", title: "Precision, recall and F1")
  }

  var confidencePlots: [Plot] {
    let values = evaluation.samples.map { Double($0.confidence) }
    var histogram = HistogramChart(
      values.map { max(0, min(1, $0)) }, bins: 20, from: 0, to: 1, xTitle: "confidence of the predicted class")
    histogram.isShare = true
    return [
      histogram.plot(name: "confidence", title: "Confidence of predictions"),
      ReliabilityChart(bins: evaluation.confidenceBins()).plot(name: "reliability", title: "Reliability"),
    ]
  }
}

extension ValueMeasurement {
  /// More columns than these are in the table alone.
  static let mostDrawn = 6

  var plots: [Plot] {
    columns.prefix(Self.mostDrawn).enumerated().flatMap { index, column in
      let name = PlotLabel.shortened(column.name, to: 260, size: Plot.Size.title)
      return columns.count == 1
        ? column.plots(("predictions", "Predictions"), ("errors", "Errors"))
        : column.plots(("predictions_\(index)", "Predictions: \(name)"), ("errors_\(index)", "Errors: \(name)"))
    }
  }
}

extension ValueMeasurement.Column {
  fileprivate func plots(_ scatter: (name: String, title: String), _ spread: (name: String, title: String)) -> [Plot] {
    let errors = errors.filter(\.isFinite)
    let range = AxisTicks.niceRange(errors.min() ?? 0, errors.max() ?? 1, count: 8)
    let histogram = HistogramChart(
      errors, bins: 24, from: range.lowerBound, to: range.upperBound, xTitle: "prediction less true value")
    return [
      ScatterChart(truth: truth, predictions: predictions).plot(name: scatter.name, title: scatter.title),
      histogram.plot(name: spread.name, title: spread.title),
    ]
  }
}
