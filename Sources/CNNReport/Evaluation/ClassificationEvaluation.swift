/// What a classifier made of samples whose classes are known: everything that a report tells of it.
///
///     var evaluation = ClassificationEvaluation(classNames: ["cat", "dog"], width: 2)
///     evaluation.add(labels: [0, 1], outputs: [0.9, 0.1, 0.6, 0.4])
///     evaluation.accuracy                      // 0.5
///     evaluation.confusion[1, 0]               // 1: the dog was taken for a cat
///
/// Samples may come in any number of portions, so that not all outputs need be in memory; 16 bytes a sample are kept.
/// Outputs are probabilities: a model's that ends in logits are made into such before.
package struct ClassificationEvaluation: Sendable, Equatable {
  /// One a class: those given, and `class 7` where there are fewer than outputs.
  package let classNames: [String]
  /// Values of an output: one a class, or a single one of two.
  package let width: Int
  package private(set) var samples: [Sample] = []
  package private(set) var confusion: ConfusionMatrix

  /// What became of one sample.
  package struct Sample: Sendable, Equatable {
    package let label: Int32
    package let predicted: Int32
    /// The probability of the predicted class.
    package let confidence: Float

    package var isCorrect: Bool { label == predicted }
    /// What is no number is no confidence at all.
    fileprivate var rank: Float { confidence.isNaN ? 0 : confidence }
  }

  /// - Parameters:
  ///   - classNames: in the order of the outputs.
  ///   - width: values of an output; 1 means two classes.
  package init(classNames: [String], width: Int) {
    precondition(width >= 1, "outputs of \(width) values")
    self.width = width
    let count = width == 1 ? 2 : width
    self.classNames = (0..<count).map { $0 < classNames.count ? classNames[$0] : "class \($0)" }
    confusion = ConfusionMatrix(classCount: count)
  }

  /// Of all samples at once.
  ///
  /// - Parameters:
  ///   - labels: a class index each.
  ///   - outputs: probabilities, `[samples, width]`, row-major.
  package init(classNames: [String], labels: [Int32], outputs: [Float]) {
    let width = labels.isEmpty ? max(1, classNames.count) : outputs.count / labels.count
    self.init(classNames: classNames, width: width)
    add(labels: labels, outputs: outputs)
  }

  /// - Parameters:
  ///   - labels: a class index each, below the number of classes.
  ///   - outputs: probabilities, `[samples, width]`, row-major.
  package mutating func add(labels: some Collection<Int32>, outputs: [Float]) {
    precondition(outputs.count == labels.count * width, "\(outputs.count) values for \(labels.count) of \(width)")
    samples.reserveCapacity(samples.count + labels.count)
    for (row, label) in labels.enumerated() {
      let prediction = ClassPrediction(of: outputs[(row * width)..<((row + 1) * width)])
      samples.append(
        Sample(label: label, predicted: Int32(prediction.index), confidence: prediction.confidence))
      confusion.add(truth: Int(label), predicted: prediction.index)
    }
  }

  // MARK: What it comes to

  package var classCount: Int { classNames.count }

  /// Share of samples whose class was predicted; 0 without samples.
  package var accuracy: Double { confusion.accuracy }

  /// Precision, recall, F1 and support, class by class.
  package var perClass: [ClassFigures] { (0..<classCount).map(confusion.figures) }

  /// Means over the classes that were seen: those with samples or predictions (scikit-learn's `average='macro'` over
  /// the labels that are there).
  package var macroAverage: ClassFigures.Average {
    let seen = (0..<classCount).filter { confusion.support(of: $0) + confusion.predictedCount(of: $0) > 0 }
      .map(confusion.figures)
    guard !seen.isEmpty else { return .init(precision: 0, recall: 0, f1: 0) }
    func mean(_ value: KeyPath<ClassFigures, Double>) -> Double {
      seen.reduce(0) { $0 + $1[keyPath: value] } / Double(seen.count)
    }
    return .init(precision: mean(\.precision), recall: mean(\.recall), f1: mean(\.f1))
  }

  /// Confidences of the predictions, with how often those of a bin are right.
  package func confidenceBins(_ count: Int = ConfidenceBins.defaultCount) -> ConfidenceBins {
    var bins = ConfidenceBins(count: count)
    for sample in samples { bins.add(confidence: sample.confidence, isCorrect: sample.isCorrect) }
    return bins
  }

  /// How far confidence and accuracy lie apart, over 15 bins of equal width (Guo et al. 2017).
  package var expectedCalibrationError: Double { confidenceBins().expectedCalibrationError }

  // MARK: Samples worth a look

  /// The samples with the least confident predictions, the least first, of equals the earlier one.
  package func leastConfident(_ count: Int) -> [Int] {
    ranked(samples.indices, count) { $0.rank < $1.rank }
  }

  /// The samples that were taken for a wrong class with the most confidence, the most first, of equals the earlier one.
  package func worstMistakes(_ count: Int) -> [Int] {
    ranked(samples.indices.filter { !samples[$0].isCorrect }, count) { $0.rank > $1.rank }
  }

  private func ranked(
    _ indices: some Sequence<Int>, _ count: Int, _ isBefore: (Sample, Sample) -> Bool
  ) -> [Int] {
    let order = indices.sorted { left, right in
      if isBefore(samples[left], samples[right]) { return true }
      return isBefore(samples[right], samples[left]) ? false : left < right
    }
    return Array(order.prefix(max(0, count)))
  }
}
