/// The class that an output speaks for, and how much.
package struct ClassPrediction: Sendable, Equatable {
  package let index: Int
  /// The probability of that class, as the model gives it.
  package let confidence: Float

  package init(index: Int, confidence: Float) {
    self.index = index
    self.confidence = confidence
  }

  /// The class of the greatest probability, of equals the lower index; one that is not a number is no candidate.
  ///
  /// A single value p is a sigmoid's: class 1 if p is above one half (Keras's `BinaryAccuracy`), else class 0, whose
  /// probability is 1 - p.
  /// - Parameter probabilities: of one sample, one value a class, or one in all.
  package init(of probabilities: some Collection<Float>) {
    guard probabilities.count != 1, var confidence = probabilities.first else {
      let value = probabilities.first ?? .nan
      self = value > 0.5 ? Self(index: 1, confidence: value) : Self(index: 0, confidence: 1 - value)
      return
    }
    var best = 0
    for (index, value) in probabilities.enumerated() where value > confidence || confidence.isNaN && !value.isNaN {
      best = index
      confidence = value
    }
    self.init(index: best, confidence: confidence)
  }

  /// Of every class its probability: the two of a single sigmoid value, else the values themselves.
  package static func distribution(_ probabilities: some Collection<Float>) -> [Float] {
    guard probabilities.count == 1, let value = probabilities.first else { return Array(probabilities) }
    return [1 - value, value]
  }

  /// The classes of the greatest probabilities, the greatest first, of equals the lower index first.
  package static func top(_ count: Int, of probabilities: some Collection<Float>) -> [ClassPrediction] {
    let all = distribution(probabilities).enumerated().map { Self(index: $0.offset, confidence: $0.element) }
    let order = all.sorted { left, right in
      if left.confidence.isNaN || right.confidence.isNaN {
        return left.confidence.isNaN == right.confidence.isNaN
          ? left.index < right.index : right.confidence.isNaN
      }
      return left.confidence != right.confidence ? left.confidence > right.confidence : left.index < right.index
    }
    return Array(order.prefix(max(0, count)))
  }
}
