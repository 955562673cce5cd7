#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The loss of a model that gives every class the same probability, which an untrained one should be near.
package struct ChanceLevel: Sendable, Equatable {
  /// ln of the classes.
  package let loss: Double
  /// As it is written: `ln 10`.
  package let text: String

  /// So many times more than chance is worth a remark.
  private static let factor = 20.0

  package init(classes: Int) {
    loss = log(Double(max(2, classes)))
    text = "ln \(max(2, classes))"
  }

  /// What to say of the loss before training, if anything.
  ///
  /// - Parameter largestInput: magnitude of the model's inputs.
  package func remark(on first: Double, largestInput: Double) -> String? {
    if first.isFinite, first <= Self.factor * loss { return nil }
    let found = first.isFinite ? "\(rounded(first))" : "not a finite number"
    let cause =
      largestInput > 20
      ? "the inputs go up to \(rounded(largestInput)): \(InputScale.advice(largestInput))"
      : "the first weights make scores far apart"
    return "before training the loss is \(found), and guessing gives \(rounded(loss)) (\(text)); \(cause)"
  }

  /// Four digits.
  private func rounded(_ value: Double) -> String {
    let power = floor(log10(max(value, 1e-300))) - 3
    // Powers of ten below 1 are no floating point numbers, so that only whole ones are used.
    let scale = pow(10, abs(power))
    let text = power > 0 ? "\((value / scale).rounded() * scale)" : "\((value * scale).rounded() / scale)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Session {
  /// The mean loss of the first samples with the weights as they are, penalties left out, and the largest magnitude
  /// among their values.
  package mutating func initialLoss(
    of dataset: borrowing Dataset, batch size: Int
  ) throws(SessionError) -> (loss: Double, largestInput: Double) {
    let count = min(max(1, size), dataset.count)
    let order = (0..<Int32(count)).map(\.self)
    let result = try evaluate(dataset, order: order, batch: 0..<count)
    var largest = 0.0
    for index in 0..<count { largest = max(largest, dataset.largestMagnitude(of: index)) }
    return (result.meanLoss - result.penalty, largest)
  }
}

/// What to do about inputs that are far from what weights are made for, values about 1.
enum InputScale {
  /// - Parameter largest: magnitude of the inputs as the data has them.
  static func advice(_ largest: Double) -> String {
    // Pixels of 8 and of 16 bits; anything else has a scale of its own.
    if largest <= 255 { return "`rescale: 1/255` in `data` brings pixels to 0 to 1" }
    if largest <= 65_535, largest.rounded() == largest {
      return "`rescale: 1/65535` in `data` brings pixels of 16 bits to 0 to 1"
    }
    return "scale them to values about 1, by `rescale` in `data` or a layer `normalization`"
  }
}
