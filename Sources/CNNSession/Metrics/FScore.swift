/// The F1 score: the harmonic mean of precision and recall, class by class or over all classes.
///
/// Keras's `F1Score`. Without an average Keras gives one value a class; here it is their mean, since a metric is one
/// number.
package struct FScore: Sendable, Hashable {
  package enum Average: String, Sendable, Hashable, CaseIterable {
    /// The mean of the classes' scores.
    case macro
    /// One score of all classes' counts together.
    case micro
    /// The mean of the classes' scores, each by the number of its samples.
    case weighted
  }

  package var average: Average
  /// A value above it is positive; `nil` for the greatest of its sample alone.
  package var threshold: Float?

  package init(average: Average = .macro, threshold: Float? = nil) {
    self.average = average
    self.threshold = threshold
  }

  /// Keras's epsilon, which keeps a class without samples from dividing by zero.
  private static let epsilon = 1e-7

  /// For each class: right ones, those taken as positive, those that are.
  func add(_ sample: borrowing MeasuredSample, to sums: inout [Double], at place: Int) {
    var greatest = -Float.infinity
    if threshold == nil { for index in 0..<sample.width { greatest = max(greatest, sample[index]) } }
    for index in 0..<sample.width {
      let value = sample[index]
      let isTaken = threshold.map { value > $0 } ?? (value >= greatest && abs(value) > 1e-9)
      let isTrue = sample.isTrue(index)
      if isTaken && isTrue { sums[place + 3 * index] += 1 }
      if isTaken { sums[place + 3 * index + 1] += 1 }
      if isTrue { sums[place + 3 * index + 2] += 1 }
    }
  }

  func value(_ sums: [Double], at place: Int, width: Int) -> Double {
    var (right, taken, positive) = (0.0, 0.0, 0.0)
    var (sum, weighted) = (0.0, 0.0)
    for index in 0..<width {
      let counts = (sums[place + 3 * index], sums[place + 3 * index + 1], sums[place + 3 * index + 2])
      (right, taken, positive) = (right + counts.0, taken + counts.1, positive + counts.2)
      let score = Self.score(right: counts.0, taken: counts.1, positive: counts.2)
      sum += score
      weighted += score * counts.2
    }
    return switch average {
    case .macro: sum / Double(width)
    case .micro: Self.score(right: right, taken: taken, positive: positive)
    case .weighted: weighted / (positive + Self.epsilon)
    }
  }

  private static func score(right: Double, taken: Double, positive: Double) -> Double {
    let precision = right / (taken + epsilon)
    let recall = right / (positive + epsilon)
    return 2 * precision * recall / (precision + recall + epsilon)
  }
}
