/// The numbers of a report as comma-separated text (RFC 4180).
extension TrainingReport {
  /// Names and contents of the files.
  package var tables: [(name: String, text: String)] {
    switch measured {
    case .classes(let classes)?: classes.tables
    case .values(let values)?: [("predictions.csv", values.predictionsCSV)]
    case nil: []
    }
  }
}

extension ClassMeasurement {
  fileprivate var tables: [(name: String, text: String)] {
    [
      ("confusion_matrix.csv", confusionCSV), ("per_class.csv", perClassCSV), ("reliability.csv", reliabilityCSV),
      ("predictions.csv", predictionsCSV),
    ]
  }

  /// Rows are true classes, columns predicted ones.
  private var confusionCSV: String {
    let names = evaluation.classNames
    return CSVLines.text(
      [["true class"] + names]
        + names.indices.map { row in [names[row]] + evaluation.confusion.row(row).map(String.init) })
  }

  private var perClassCSV: String {
    let rows = zip(evaluation.classNames, evaluation.perClass).map { name, figures in
      [name, "\(figures.precision)", "\(figures.recall)", "\(figures.f1)", "\(figures.support)"]
    }
    return CSVLines.text([["class", "precision", "recall", "f1", "samples"]] + rows)
  }

  private var reliabilityCSV: String {
    let rows = evaluation.confidenceBins().bins.map { bin in
      ["\(bin.lower)", "\(bin.upper)", "\(bin.count)"]
        + (bin.count > 0 ? ["\(bin.meanConfidence)", "\(bin.accuracy)"] : ["", ""])
    }
    return CSVLines.text([["above", "up_to", "samples", "mean_confidence", "accuracy"]] + rows)
  }

  private var predictionsCSV: String {
    let names = evaluation.classNames
    let rows = zip(sampleNames, evaluation.samples).map { name, sample in
      [
        name, names[Int(sample.label)], names[Int(sample.predicted)], "\(sample.confidence)",
        sample.isCorrect ? "1" : "0",
      ]
    }
    return CSVLines.text([["sample", "true_class", "predicted_class", "confidence", "correct"]] + rows)
  }
}

extension ValueMeasurement {
  /// Three fields a column: the value, what was predicted, and the difference.
  fileprivate var predictionsCSV: String {
    let head = columns.flatMap { column in
      columns.count == 1
        ? ["true_value", "predicted_value", "error"]
        : ["true \(column.name)", "predicted \(column.name)", "error \(column.name)"]
    }
    let rows = sampleNames.prefix(sampleCount).enumerated().map { index, name in
      [name]
        + columns.flatMap { column in
          let (truth, predicted) = (column.truth[index], column.predictions[index])
          return ["\(truth)", "\(predicted)", "\(predicted - truth)"]
        }
    }
    return CSVLines.text([["sample"] + head] + rows)
  }
}

/// Rows of fields as text.
enum CSVLines {
  static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(field).joined(separator: ",") + "\n" }.joined()
  }

  private static func field(_ text: String) -> String {
    let needsQuotes = text.utf8.contains { [0x22, 0x2C, 0x0A, 0x0D].contains($0) }
    if !needsQuotes { return text }
    return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
  }
}
