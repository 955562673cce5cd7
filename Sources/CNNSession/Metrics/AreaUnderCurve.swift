#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The area under a curve of two rates as the threshold goes from 1 to 0: Keras's `AUC`.
///
/// Thresholds are evenly spaced in 0 to 1, so a value falls into one of their buckets at once, and what lies above each
/// threshold is the sum of the buckets behind it. Without `isMultiLabel` all values of all samples are one set of
/// yes-or-no questions, whatever class they are of.
package struct AreaUnderCurve: Sendable, Hashable {
  package enum Curve: String, Sendable, Hashable, CaseIterable {
    /// Recall over the share of negatives taken as positive.
    case roc
    /// Precision over recall.
    case pr
    /// Precision gain over recall gain (Flach, Kull, "Precision-recall-gain curves", NIPS 2015).
    case prgain
  }

  /// How heights between two thresholds count.
  package enum Summation: String, Sendable, Hashable, CaseIterable {
    /// The mean of both; under a precision-recall curve, counts are taken as linear between them, not precision (Davis,
    /// Goadrich, "The relationship between precision-recall and ROC curves", ICML 2006).
    case interpolation
    /// The smaller, or the larger.
    case minoring, majoring
  }

  package var curve: Curve
  package var summation: Summation
  /// At least 2.
  package var thresholdCount: Int
  /// Whether each class has an area of its own, and their mean counts.
  package var isMultiLabel: Bool

  package init(
    curve: Curve = .roc, summation: Summation = .interpolation, thresholdCount: Int = 200, isMultiLabel: Bool = false
  ) {
    self.curve = curve
    self.summation = summation
    self.thresholdCount = max(2, thresholdCount)
    self.isMultiLabel = isMultiLabel
  }

  private func areaCount(_ width: Int) -> Int { isMultiLabel ? width : 1 }

  /// For each area and bucket, positives and negatives.
  func sumCount(width: Int) -> Int { 2 * thresholdCount * areaCount(width) }

  func add(_ sample: borrowing MeasuredSample, to sums: inout [Double], at place: Int) {
    for index in 0..<sample.width {
      let value = sample[index]
      // NaN goes with 0.
      let clipped = value > 0 ? min(value, 1) : 0
      let bucket = max(0, Int((clipped * Float(thresholdCount - 1)).rounded(.up)) - 1)
      let area = isMultiLabel ? index : 0
      sums[place + 2 * (area * thresholdCount + bucket) + (sample.isTrue(index) ? 0 : 1)] += 1
    }
  }

  func value(_ sums: [Double], at place: Int, width: Int) -> Double {
    let areas = areaCount(width)
    var total = 0.0
    for area in 0..<areas { total += self.area(sums, at: place + 2 * area * thresholdCount) }
    return total / Double(areas)
  }

  /// Counts at one threshold.
  private struct Counts {
    var truePositives = 0.0
    var falsePositives = 0.0
    var taken: Double { truePositives + falsePositives }
  }

  /// Sums from the highest threshold down, where nothing is taken as positive.
  private func area(_ sums: [Double], at place: Int) -> Double {
    var all = Counts()
    for bucket in 0..<thresholdCount {
      all.truePositives += sums[place + 2 * bucket]
      all.falsePositives += sums[place + 2 * bucket + 1]
    }
    var above = Counts()
    above.truePositives = sums[place + 2 * (thresholdCount - 1)]
    above.falsePositives = sums[place + 2 * (thresholdCount - 1) + 1]
    var area = 0.0
    for bucket in (0..<thresholdCount - 1).reversed() {
      var below = above
      below.truePositives += sums[place + 2 * bucket]
      below.falsePositives += sums[place + 2 * bucket + 1]
      area += strip(from: below, to: above, all: all)
      above = below
    }
    return area
  }

  private func strip(from below: Counts, to above: Counts, all: Counts) -> Double {
    if curve == .pr, summation == .interpolation { return interpolatedPrecision(from: below, to: above, all: all) }
    let (low, high) = (point(below, all: all), point(above, all: all))
    let height =
      switch summation {
      case .interpolation: (low.y + high.y) / 2
      case .minoring: min(low.y, high.y)
      case .majoring: max(low.y, high.y)
      }
    return (low.x - high.x) * height
  }

  private func point(_ counts: Counts, all: Counts) -> (x: Double, y: Double) {
    let recall = Self.quotient(counts.truePositives, all.truePositives)
    switch curve {
    case .roc: return (Self.quotient(counts.falsePositives, all.falsePositives), recall)
    case .pr: return (recall, Self.quotient(counts.truePositives, counts.taken))
    case .prgain:
      if counts.truePositives == 0 { return (0, 1) }
      let factor = Self.quotient(all.truePositives, all.falsePositives)
      let missed = all.truePositives - counts.truePositives
      return (
        max(0, 1 - factor * missed / counts.truePositives), 1 - factor * counts.falsePositives / counts.truePositives
      )
    }
  }

  /// slope * (dTP + intercept * log(P_below / P_above)) / positives, where TP is linear in P, the number taken as positive.
  private func interpolatedPrecision(from below: Counts, to above: Counts, all: Counts) -> Double {
    let rise = below.truePositives - above.truePositives
    let slope = Self.quotient(rise, max(0, below.taken - above.taken))
    let intercept = above.truePositives - slope * above.taken
    let ratio = below.taken > 0 && above.taken > 0 ? below.taken / above.taken : 1
    return Self.quotient(slope * (rise + intercept * log(ratio)), all.truePositives)
  }

  private static func quotient(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }
}
