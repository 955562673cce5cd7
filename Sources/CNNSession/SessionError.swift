/// What can go wrong while a plan runs, with the remedy.
package struct SessionError: Error, Sendable, Equatable {
  package enum Code: String, Sendable {
    case outOfMemory
    case diverged
    case mismatch
    /// A sample could not be read while training was going on.
    case badSample
  }
  package let code: Code
  package let message: String
  package let help: String?
  /// Of `diverged`, what is known of the step that was not taken.
  package let divergence: Divergence?

  package init(_ code: Code, _ message: String, help: String? = nil) {
    self.code = code
    self.message = message
    self.help = help
    divergence = nil
  }

  package init(_ divergence: Divergence) {
    code = .diverged
    message = divergence.message
    help = divergence.help
    self.divergence = divergence
  }

  /// The same, where the epoch and its batch are known, both from 1.
  package func during(epoch: Int, batch: Int) -> SessionError {
    guard var divergence else { return self }
    divergence.epoch = epoch
    divergence.batch = batch
    return SessionError(divergence)
  }
}

/// A step that was not taken, since its loss or a gradient was not a finite number: where that began, and with which
/// samples. The weights are as they were before it.
package struct Divergence: Sendable, Equatable {
  package enum Place: Sendable, Equatable {
    /// The samples themselves.
    case input
    /// The output of a layer.
    case output(layer: String)
    /// The loss of a sample, of outputs that are finite.
    case loss
    /// The penalties on weights.
    case penalties
    /// The gradient that goes back through a layer.
    case gradient(layer: String)
  }

  /// What was looked at, and was not finite.
  package enum Quantity: Sendable, Equatable {
    case loss
    /// The gradient of this weight, `conv2d/kernel`.
    case gradient(String)
  }

  /// From 1, over all epochs.
  package var step: Int
  /// Both from 1; known to who counts epochs.
  package var epoch, batch: Int?
  package var quantity: Quantity
  /// The first place, in the order of computation, with a value that is not finite; `nil` if none was found again.
  package var place: Place?
  /// The samples concerned, by their indices in the source they were taken from.
  package var samples: [Int]
  /// What the first of them are called where they have names, as files have.
  package var names: [String]
  /// The largest magnitude among their values, as the data set has them.
  package var largestInput: Double

  /// As many samples as a message shows.
  static let mostNames = 5

  /// What is looked for when a step is computed again; samples by their places in the data set.
  typealias Finding = (quantity: Quantity, place: Place?, samples: [Int])

  package init(
    step: Int, quantity: Quantity, place: Place?, samples: [Int], names: [String] = [], largestInput: Double
  ) {
    self.step = step
    self.quantity = quantity
    self.place = place
    self.samples = samples
    self.names = names
    self.largestInput = largestInput
  }

  package var message: String {
    let when = if let epoch, let batch { "epoch \(epoch), batch \(batch)" } else { "step \(step)" }
    var text =
      switch quantity {
      case .loss: "the loss of \(when) is not a finite number"
      case .gradient(let weight): "the gradient of `\(weight)` in \(when) is not finite"
      }
    switch place {
    case .input?: text += ": the samples have values that are no finite numbers"
    case .output(let layer)?: text += "; the first layer with such an output is `\(layer)`"
    case .loss?: text += ", though the model's output is"
    case .penalties?: text += ": the penalties on the weights are not"
    case .gradient(let layer)?: text += "; going back, it begins in `\(layer)`"
    case nil: break
    }
    if !samples.isEmpty {
      let shown = (names.isEmpty ? samples.prefix(Self.mostNames).map(String.init) : names).joined(separator: ", ")
      let rest = samples.count > Self.mostNames ? " and \(samples.count - Self.mostNames) more" : ""
      text += names.isEmpty ? " (sample\(samples.count == 1 ? "" : "s") \(shown)\(rest))" : " (\(shown)\(rest))"
    }
    return text
  }

  package var help: String {
    if place == .input { return "mend or leave out those samples" }
    return largestInput > 20
      ? "lower the learning rate, bound gradients with `clipnorm`, or scale the inputs, which go up to "
        + "\(Self.shown(largestInput)): \(InputScale.advice(largestInput))"
      : "lower the learning rate, or bound gradients with `clipnorm`"
  }

  private static func shown(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}
