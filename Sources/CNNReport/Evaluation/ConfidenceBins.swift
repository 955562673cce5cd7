/// Predictions sorted by their confidence into bins of equal width: `(0, 1/n], (1/n, 2/n], …, ((n-1)/n, 1]`.
///
/// Both a histogram of confidences and a reliability diagram: how often predictions of about the same confidence are
/// right. The bins are those of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", 2017,
/// arXiv:1706.04599, section 2; a confidence of 0 is in the first.
package struct ConfidenceBins: Sendable, Equatable {
  /// How many the expected calibration error is over, if nobody says otherwise: as in section 4 of the paper.
  package static let defaultCount = 15

  package struct Bin: Sendable, Equatable {
    /// The confidences that belong to it: above `lower`, up to `upper`.
    package let lower, upper: Double
    /// Predictions in it.
    package fileprivate(set) var count = 0
    /// Those of them that are right.
    package fileprivate(set) var correct = 0
    fileprivate var confidenceSum = 0.0

    /// Of the predictions in it; 0 if there are none.
    package var meanConfidence: Double { count == 0 ? 0 : confidenceSum / Double(count) }
    /// Share of right ones among them; 0 if there are none.
    package var accuracy: Double { ConfusionMatrix.ratio(correct, count) }
  }

  package private(set) var bins: [Bin]
  private var total = 0

  package init(count: Int = Self.defaultCount) {
    precondition(count >= 1, "\(count) bins")
    bins = (0..<count).map { index in
      Bin(lower: Double(index) / Double(count), upper: Double(index + 1) / Double(count))
    }
  }

  /// Counts one prediction; a confidence beyond 0…1 is in the bin next to it, one that is no number counts as 0.
  package mutating func add(confidence: Float, isCorrect: Bool) {
    let value = confidence.isNaN ? 0 : min(max(Double(confidence), 0), 1)
    let place = max(0, Int((value * Double(bins.count)).rounded(.up)) - 1)
    bins[place].count += 1
    bins[place].confidenceSum += value
    if isCorrect { bins[place].correct += 1 }
    total += 1
  }

  /// ECE = sum over bins of count/total * |accuracy - mean confidence| (Guo et al. 2017, equation 3); 0 without
  /// predictions.
  package var expectedCalibrationError: Double {
    guard total > 0 else { return 0 }
    return bins.reduce(0) { sum, bin in
      sum + Double(bin.count) / Double(total) * (bin.accuracy - bin.meanConfidence).magnitude
    }
  }
}
