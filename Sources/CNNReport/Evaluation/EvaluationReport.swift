package import CNNDiagnostics

/// What an evaluation came to, as text or as one JSON object.
package struct EvaluationReport: Sendable {
  /// The file of the weights.
  package var weights: String
  /// The run that they are of, if they are of one.
  package var run: String?
  /// Where the samples are from, and which of them: `test`, or `nil` for a source of its own.
  package var source: String
  package var split: String?
  package var sampleCount: Int
  /// `loss`, then the metrics of the spec, then what else was measured.
  package var figures: [(name: String, value: Double)]
  /// `nil` of a model that gives values, not classes.
  package var classes: ClassificationEvaluation?
  /// Of each of the values, where a model gives several.
  package var columns: [Column] = []
  /// What was expected and does not hold.
  package var failures: [String] = []
  /// Whether the samples are others than the run had; `nil` where nobody can say so.
  package var areSamplesChanged: Bool?

  /// How far one of several values lies from what it aims at.
  package struct Column: Sendable {
    package var name: String
    package var meanAbsoluteError, rootMeanSquaredError: Double

    package init(name: String, meanAbsoluteError: Double, rootMeanSquaredError: Double) {
      self.name = name
      self.meanAbsoluteError = meanAbsoluteError
      self.rootMeanSquaredError = rootMeanSquaredError
    }
  }

  package init(
    weights: String, run: String?, source: String, split: String?, sampleCount: Int,
    figures: [(name: String, value: Double)], classes: ClassificationEvaluation?
  ) {
    self.weights = weights
    self.run = run
    self.source = source
    self.split = split
    self.sampleCount = sampleCount
    self.figures = figures
    self.classes = classes
  }

  /// Larger matrices than this are no part of the JSON.
  private static let mostInJSON = 1_000
  private static let pairCount = 10
  /// More values than these are in the JSON alone.
  private static let mostColumns = 64

  // MARK: Text

  /// The lines joined by newlines, none at the end.
  ///
  /// - Parameter columns: of the terminal.
  package func text(columns: Int) -> String {
    let samples = "\(sampleCount.grouped) \(sampleCount == 1 ? "sample" : "samples")"
    var parts = [
      "weights  \(weights)\ndata     \(source)\n"
        + "split    \(split.map { "\($0), " } ?? "")\(samples)"
    ]
    let width = figures.map { DisplayWidth.of($0.name) }.max() ?? 0
    parts.append(
      figures.map { "\(DisplayWidth.pad($0.name, to: width))  \(NumberFormat.figure($0.value))" }
        .joined(separator: "\n"))
    if let classes {
      parts.append(classTable(classes))
      parts.append(ConfusionText(classes, split: split ?? "data", columns: columns).text)
    }
    if !self.columns.isEmpty { parts.append(columnTable) }
    return parts.joined(separator: "\n\n")
  }

  private var columnTable: String {
    var table = TextTable([
      .init("value"), .init("mean_absolute_error", .right), .init("root_mean_squared_error", .right),
    ])
    for column in columns.prefix(Self.mostColumns) {
      table.add([
        PrintableText.escaped(column.name), NumberFormat.figure(column.meanAbsoluteError),
        NumberFormat.figure(column.rootMeanSquaredError),
      ])
    }
    let left = columns.count - Self.mostColumns
    return table.text + (left > 0 ? "\n… and \(left.grouped) more, which --json has" : "")
  }

  private func classTable(_ classes: ClassificationEvaluation) -> String {
    var table = TextTable([
      .init("class"), .init("precision", .right), .init("recall", .right), .init("f1", .right),
      .init("samples", .right),
    ])
    func cells(_ values: [Double]) -> [String] { values.map { NumberFormat.fixed($0, places: 4) } }
    for (name, figures) in zip(classes.classNames, classes.perClass) {
      table.add(
        [PrintableText.escaped(name)] + cells([figures.precision, figures.recall, figures.f1])
          + [figures.support.grouped])
    }
    let mean = classes.macroAverage
    table.add(["mean"] + cells([mean.precision, mean.recall, mean.f1]) + [sampleCount.grouped])
    return table.text
  }

  // MARK: JSON

  package func json(toolVersion: String, exitStatus: Int) -> JSONText {
    var members: [String: JSONText] = [
      "format_version": .string(JSONRenderer.formatVersion),
      "tool": .object(["name": .string("cnnrun"), "version": .string(toolVersion)]),
      "weights": .string(weights), "run": run.map(JSONText.string) ?? .null, "source": .string(source),
      "split": split.map(JSONText.string) ?? .null, "samples": .int(sampleCount),
      "metrics": .object(Dictionary(figures.map { ($0.name, JSONText.number($0.value)) }) { $1 }),
      "data_changed": areSamplesChanged.map(JSONText.bool) ?? .null,
      "failures": .array(failures.map(JSONText.string)), "exit_status": .int(exitStatus),
    ]
    if !columns.isEmpty {
      members["columns"] = .array(
        columns.map { column in
          .object([
            "name": .string(column.name), "mean_absolute_error": .number(column.meanAbsoluteError),
            "root_mean_squared_error": .number(column.rootMeanSquaredError),
          ])
        })
    }
    if let classes { members.merge(Self.json(classes)) { $1 } }
    return .object(members)
  }

  private static func json(_ classes: ClassificationEvaluation) -> [String: JSONText] {
    let bins = classes.confidenceBins()
    return [
      "classes": .array(
        zip(classes.classNames, classes.perClass).enumerated().map { index, item in
          .object([
            "name": .string(item.0), "precision": .number(item.1.precision), "recall": .number(item.1.recall),
            "f1": .number(item.1.f1), "samples": .int(item.1.support),
            "predicted": .int(classes.confusion.predictedCount(of: index)),
          ])
        }),
      "confusion": classes.classCount > mostInJSON
        ? .null : .array(classes.confusion.rows.map { .array($0.map(JSONText.int)) }),
      "most_confused": .array(
        classes.confusion.mostConfused(pairCount).map {
          .object(["truth": .int($0.truth), "predicted": .int($0.predicted), "samples": .int($0.count)])
        }),
      "calibration": .array(
        bins.bins.map {
          .object([
            "lower": .number($0.lower), "upper": .number($0.upper), "samples": .int($0.count),
            "mean_confidence": .number($0.meanConfidence), "accuracy": .number($0.accuracy),
          ])
        }),
    ]
  }
}

extension ClassificationEvaluation {
  /// What can be told of any classifier, by name, whatever its spec measures.
  package var figures: [(name: String, value: Double)] {
    let mean = macroAverage
    return [
      ("accuracy", accuracy), ("macro_precision", mean.precision), ("macro_recall", mean.recall),
      ("macro_f1", mean.f1), ("calibration_error", expectedCalibrationError),
    ]
  }
}
