/// What is measured beside the loss: Keras 3's metrics (`keras/src/metrics`), one number each.
///
/// A metric keeps counts alone, so that it does not depend on the order of the samples, and gives its number from them
/// at any time.
package struct Metric: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// Share of samples whose greatest value is the label's; of one value, whether it is above one half as the label.
    case accuracy
    /// Share of samples whose label has fewer than k values above its own.
    case topKAccuracy(Int)
    /// Of all values taken as positive, the share that is right.
    case precision(Selection)
    /// Of all values that are positive, the share that is taken as such.
    case recall(Selection)
    /// 2 * precision * recall / (precision + recall).
    case f1(FScore)
    /// The area under a curve of two rates over all thresholds.
    case auc(AreaUnderCurve)
  }

  /// Which values of a prediction are taken as positive: over all classes together, as Keras does.
  package struct Selection: Sendable, Hashable {
    /// Above it; `nil` for one half, or for any where `topK` chooses.
    package var threshold: Float?
    /// Among the k greatest of their sample.
    package var topK: Int?
    /// Only the values of one class are looked at.
    package var classIndex: Int?

    package init(threshold: Float? = nil, topK: Int? = nil, classIndex: Int? = nil) {
      self.threshold = threshold
      self.topK = topK
      self.classIndex = classIndex
    }
  }

  package let kind: Kind
  /// What reports call it; `val_` goes before it.
  package let name: String
  /// Values of a prediction.
  package let width: Int

  package init(_ kind: Kind, name: String, width: Int) {
    self.kind = kind
    self.name = name
    self.width = max(1, width)
  }

  package static let accuracy = Metric(.accuracy, name: "accuracy", width: 1)

  /// Whether it needs the model's output; hits come with the loss.
  package var readsPredictions: Bool { kind != .accuracy }

  /// Numbers that it keeps.
  var sumCount: Int {
    switch kind {
    case .accuracy, .topKAccuracy: 1
    case .precision, .recall: 2
    case .f1: 3 * width
    case .auc(let area): area.sumCount(width: width)
    }
  }

  /// Adds a sample to the sums that begin at `place`.
  func add(_ sample: borrowing MeasuredSample, to sums: inout [Double], at place: Int) {
    switch kind {
    case .accuracy: break
    case .topKAccuracy(let k):
      if sample.isLabelAmongGreatest(k) { sums[place] += 1 }
    case .precision(let selection):
      for index in selection.indices(width) where selection.takes(index, of: sample) {
        sums[place + 1] += 1
        if sample.isTrue(index) { sums[place] += 1 }
      }
    case .recall(let selection):
      for index in selection.indices(width) where sample.isTrue(index) {
        sums[place + 1] += 1
        if selection.takes(index, of: sample) { sums[place] += 1 }
      }
    case .f1(let score): score.add(sample, to: &sums, at: place)
    case .auc(let area): area.add(sample, to: &sums, at: place)
    }
  }

  /// - Parameter samples: how many were added.
  func value(_ sums: [Double], at place: Int, samples: Double) -> Double {
    switch kind {
    case .accuracy, .topKAccuracy: sums[place] / samples
    case .precision, .recall: sums[place + 1] == 0 ? 0 : sums[place] / sums[place + 1]
    case .f1(let score): score.value(sums, at: place, width: width)
    case .auc(let area): area.value(sums, at: place, width: width)
    }
  }
}

extension Metric.Selection {
  func indices(_ width: Int) -> Range<Int> {
    guard let classIndex else { return 0..<width }
    return classIndex..<classIndex + 1
  }

  func takes(_ index: Int, of sample: borrowing MeasuredSample) -> Bool {
    if let topK, !sample.isAmongGreatest(index, topK) { return false }
    guard let threshold else { return topK != nil || sample[index] > 0.5 }
    return sample[index] > threshold
  }
}

/// One sample as metrics see it: the model's output, and which of its values ought to be positive.
struct MeasuredSample: ~Copyable {
  /// Of the whole batch; the sample's begin at `start`.
  private let predictions: [Float]
  private let start: Int
  let width: Int
  private let label: Int
  private let targets: [Float]
  private let firstTarget: Int

  /// - Parameters:
  ///   - label: a class index, which is one-hot where the prediction is wider than one value.
  ///   - targets: values aimed at, sample after sample, or none; `sample` is which of them is meant.
  init(_ predictions: [Float], start: Int, width: Int, label: Int32, targets: [Float], sample: Int) {
    self.predictions = predictions
    self.start = start
    self.width = width
    self.targets = targets
    firstTarget = sample * width
    guard !targets.isEmpty, width > 1 else {
      self.label = Int(label)
      return
    }
    var best = 0
    for index in 1..<width where targets[firstTarget + index] > targets[firstTarget + best] { best = index }
    self.label = best
  }

  subscript(index: Int) -> Float { predictions[start + index] }

  func isTrue(_ index: Int) -> Bool {
    if !targets.isEmpty { return targets[firstTarget + index] != 0 }
    return width == 1 ? label != 0 : index == label
  }

  /// Whether the label has fewer than k values above its own; of what is no number it is not.
  func isLabelAmongGreatest(_ k: Int) -> Bool {
    guard (0..<width).contains(label), self[label].isFinite else { return false }
    var above = 0
    for index in 0..<width where self[index] > self[label] { above += 1 }
    return above < k
  }

  /// Whether a value is one of the k greatest, of equals the first ones.
  func isAmongGreatest(_ index: Int, _ k: Int) -> Bool {
    var before = 0
    for other in 0..<width where self[other] > self[index] || (self[other] == self[index] && other < index) {
      before += 1
    }
    return before < k
  }
}
