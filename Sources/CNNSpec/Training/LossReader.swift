internal import CNNDiagnostics

/// What training makes small, with Keras's arguments and defaults.
package struct LossSpec: Sendable, Equatable {
  package var kind: LossKind
  /// Share of the target that is spread evenly over the classes.
  package var labelSmoothing = 0.0
  /// From where a Huber loss grows in a line.
  package var delta = 1.0

  package init(_ kind: LossKind) { self.kind = kind }

  package enum LossKind: String, Sendable, CaseIterable {
    case categoricalCrossentropy = "categorical_crossentropy"
    case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
    case binaryCrossentropy = "binary_crossentropy"
    case meanSquaredError = "mean_squared_error"
    case meanAbsoluteError = "mean_absolute_error"
    case huber
    case klDivergence = "kl_divergence"
  }
}

extension LossSpec.LossKind: ArgumentedKind {
  static let text = ValueReader.alternatives(words)
  static let aliases = [
    "crossentropy": "categorical_crossentropy", "cross_entropy": "categorical_crossentropy",
    "categorical_cross_entropy": "categorical_crossentropy", "nll": "sparse_categorical_crossentropy",
    "bce": "binary_crossentropy", "binary_cross_entropy": "binary_crossentropy", "mse": "mean_squared_error",
    "mae": "mean_absolute_error", "l1": "mean_absolute_error", "l2": "mean_squared_error", "huber_loss": "huber",
    "smooth_l1": "huber", "kld": "kl_divergence", "kullback_leibler_divergence": "kl_divergence",
    "crossentropyloss": "categorical_crossentropy", "nllloss": "sparse_categorical_crossentropy",
    "bceloss": "binary_crossentropy", "bcewithlogitsloss": "binary_crossentropy", "mseloss": "mean_squared_error",
    "l2loss": "mean_squared_error",
    "l1loss": "mean_absolute_error", "smoothl1loss": "huber", "huberloss": "huber", "kldivloss": "kl_divergence",
  ]

  private static let labelSmoothing = Argument(
    "label_smoothing", .number(.unit), default: 0, doc: "Share of the target that is spread evenly over the classes")
  private static let delta = Argument(
    "delta", .number(.positive), default: 1, doc: "Error from which the loss grows in a line")

  var arguments: [any ArgumentDescription] {
    switch self {
    case .categoricalCrossentropy, .binaryCrossentropy: [Self.labelSmoothing]
    case .huber: [Self.delta]
    case .sparseCategoricalCrossentropy, .meanSquaredError, .meanAbsoluteError, .klDivergence: []
    }
  }

  var mainArgument: String? { self == .huber ? Self.delta.name : nil }

  /// Keras's `from_logits` is told what takes its place: the model ends in probabilities, and their loss is computed
  /// from the scores before them anyway. Its sparse loss has no smoothing, since its labels are integers.
  func ownFault(_ fields: FieldReader) -> Diagnostic? {
    if let logits = fields.entry("from_logits"), isCrossentropy {
      let end = self == .binaryCrossentropy ? "sigmoid" : "softmax"
      let isOff = logits.value.scalar?.text == "false"
      return Diagnostic(
        SpecCode.fromLogits, "`\(rawValue)` takes no `from_logits`", at: logits.keySpan,
        notes: [.init("the loss of probabilities is computed from the scores before them, as Keras does")],
        help: "leave `from_logits` out" + (isOff ? "" : ", and end the model with `- activation: \(end)`"),
        path: fields.path)
    }
    if let smoothing = fields.entry("label_smoothing"), self == .sparseCategoricalCrossentropy {
      var fault = Diagnostic(
        SpecCode.sparseSmoothing, "`\(rawValue)` has no `label_smoothing`: its labels are integers",
        at: smoothing.keySpan, label: "did you mean `categorical_crossentropy`?",
        notes: [.init("labels are converted to what the loss needs")], help: "use `categorical_crossentropy`",
        path: fields.path)
      fault.fix = .init(
        "write categorical_crossentropy", isSafe: false,
        edits: [.init(fields.ownerSpan, text: "categorical_crossentropy")])
      return fault
    }
    return nil
  }

  private var isCrossentropy: Bool {
    [.categoricalCrossentropy, .sparseCategoricalCrossentropy, .binaryCrossentropy].contains(self)
  }

  func read(_ fields: inout FieldReader) -> LossSpec? {
    var loss = LossSpec(self)
    switch self {
    case .categoricalCrossentropy, .binaryCrossentropy:
      guard let smoothing = fields.read(Self.labelSmoothing) else { return nil }
      loss.labelSmoothing = smoothing
    case .huber:
      guard let delta = fields.read(Self.delta) else { return nil }
      loss.delta = delta
    case .sparseCategoricalCrossentropy, .meanSquaredError, .meanAbsoluteError, .klDivergence: break
    }
    return loss
  }
}
