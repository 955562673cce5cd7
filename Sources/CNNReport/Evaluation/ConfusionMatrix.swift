/// How many samples of each class were taken for each class: rows are the truth, columns the predictions.
///
///     var matrix = ConfusionMatrix(classCount: 2)
///     matrix.add(truth: 0, predicted: 1)
///     matrix[0, 1]                             // 1
///
/// Only cells that are not zero are kept, so that a thousand classes take no more memory than their samples. Matches
/// scikit-learn's `confusion_matrix`, and `precision_recall_fscore_support` with `zero_division=0`.
package struct ConfusionMatrix: Sendable, Equatable {
  package let classCount: Int
  /// By `truth * classCount + predicted`.
  private var cells: [Int: Int] = [:]
  private var rowSums: [Int]
  private var columnSums: [Int]
  /// Samples that were counted.
  package private(set) var total = 0
  /// Those on the diagonal.
  package private(set) var correct = 0

  package init(classCount: Int) {
    precondition(classCount >= 1, "\(classCount) classes")
    self.classCount = classCount
    rowSums = Array(repeating: 0, count: classCount)
    columnSums = rowSums
  }

  /// Counts one sample.
  package mutating func add(truth: Int, predicted: Int) {
    precondition(
      (0..<classCount).contains(truth) && (0..<classCount).contains(predicted),
      "classes \(truth) and \(predicted) of \(classCount)")
    cells[truth * classCount + predicted, default: 0] += 1
    rowSums[truth] += 1
    columnSums[predicted] += 1
    total += 1
    if truth == predicted { correct += 1 }
  }

  /// Samples of class `truth` that were taken for `predicted`.
  package subscript(truth: Int, predicted: Int) -> Int { cells[truth * classCount + predicted] ?? 0 }

  /// One row: what the samples of class `truth` were taken for.
  package func row(_ truth: Int) -> [Int] { (0..<classCount).map { self[truth, $0] } }

  /// All rows, `[truth][predicted]`.
  package var rows: [[Int]] { (0..<classCount).map(row) }

  /// Rows that sum to 1: of the samples of a class, the share taken for each; zeros for a class without samples
  /// (scikit-learn's `normalize='true'`).
  package var normalizedRows: [[Double]] {
    (0..<classCount).map { truth in row(truth).map { Self.ratio($0, rowSums[truth]) } }
  }

  /// Samples of a class.
  package func support(of index: Int) -> Int { rowSums[index] }

  /// Samples that were taken for a class.
  package func predictedCount(of index: Int) -> Int { columnSums[index] }

  /// Share of all samples that is on the diagonal; 0 without samples.
  package var accuracy: Double { Self.ratio(correct, total) }

  /// Precision, recall and F1 of one class.
  package func figures(of index: Int) -> ClassFigures {
    ClassFigures(hits: self[index, index], predicted: columnSums[index], support: rowSums[index])
  }

  /// Two classes and how many samples of the first were taken for the second.
  package struct Confusion: Sendable, Equatable {
    package let truth, predicted, count: Int

    package init(truth: Int, predicted: Int, count: Int) {
      self.truth = truth
      self.predicted = predicted
      self.count = count
    }
  }

  /// The pairs that were confused most often, of equals those of lower classes first.
  package func mostConfused(_ count: Int) -> [Confusion] {
    let wrong = cells.filter { $0.key / classCount != $0.key % classCount }
    let order = wrong.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
    return order.prefix(max(0, count)).map { key, value in
      Confusion(truth: key / classCount, predicted: key % classCount, count: value)
    }
  }

  static func ratio(_ part: Int, _ whole: Int) -> Double { whole == 0 ? 0 : Double(part) / Double(whole) }
}

/// How well one class is told from the others, as scikit-learn's `classification_report` has it.
package struct ClassFigures: Sendable, Equatable {
  /// Of the samples taken for the class, the share that is of it; 0 if there are none.
  package let precision: Double
  /// Of the samples of the class, the share taken for it; 0 if there are none.
  package let recall: Double
  /// 2 hits / (predicted + support), the harmonic mean of precision and recall; 0 without either.
  package let f1: Double
  /// Samples of the class.
  package let support: Int

  init(hits: Int, predicted: Int, support: Int) {
    precision = ConfusionMatrix.ratio(hits, predicted)
    recall = ConfusionMatrix.ratio(hits, support)
    f1 = ConfusionMatrix.ratio(2 * hits, predicted + support)
    self.support = support
  }

  /// Means over classes, each counting alike.
  package struct Average: Sendable, Equatable {
    package let precision, recall, f1: Double

    package init(precision: Double, recall: Double, f1: Double) {
      self.precision = precision
      self.recall = recall
      self.f1 = f1
    }
  }
}
