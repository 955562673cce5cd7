package import CNNDiagnostics

/// Optimizers by name, with Keras's arguments and defaults.
enum OptimizerKind: String, ArgumentedKind {
  case sgd, rmsprop, adam, adamw, nadam, adagrad, lion

  static let text = "an optimizer such as `adam` or `{adam: {learning_rate: 0.01}}`"
  static let aliases = ["rms_prop": "rmsprop", "momentum": "sgd", "adam_w": "adamw"]

  // MARK: Arguments

  private static func learningRate(_ rate: Double) -> Argument<Resolved<LearningRateSpec>> {
    Argument(
      "learning_rate", .learningRate, default: Resolved(value: .constant(rate), node: .number(rate)),
      doc: "Size of a step")
  }

  private static let sgdRate = learningRate(0.01)
  private static let otherRate = learningRate(0.001)
  private static let momentum = Argument(
    "momentum", .number(.unit), default: 0, doc: "Share of the step before that is kept")
  private static let nesterov = Argument("nesterov", .boolean, default: false, doc: "Whether to look one step ahead")
  private static let rho = Argument(
    "rho", .number(.belowOne), default: 0.9, doc: "Decay of the mean of squared gradients")
  private static let centered = Argument(
    "centered", .boolean, default: false, doc: "Whether gradients are measured from their own mean")
  private static let beta1 = Argument(
    "beta_1", .number(.belowOne), default: 0.9, doc: "Decay of the mean of gradients")
  private static let beta2 = Argument(
    "beta_2", .number(.belowOne), default: 0.999, doc: "Decay of the mean of squared gradients")
  private static let lionBeta1 = Argument(
    "beta_1", .number(NumberRange(from: 0, includingMinimum: false, to: 1)), default: 0.9,
    doc: "Share of the momentum in the step's direction")
  private static let lionBeta2 = Argument(
    "beta_2", .number(.belowOne), default: 0.99, doc: "Decay of the momentum")
  private static let epsilon = Argument("epsilon", .number(.positive), default: 1e-7, doc: "Against division by zero")
  private static let amsgrad = Argument(
    "amsgrad", .boolean, default: false, doc: "Whether the greatest mean of squares so far counts")
  private static let initialAccumulator = Argument(
    "initial_accumulator_value", .number(.notNegative), default: 0.1, doc: "What the sums of squares start from")

  private static func weightDecay(_ standard: Double?) -> Argument<Double?> {
    Argument(
      "weight_decay", .optional(.number(.notNegative)), default: .some(standard),
      doc: "Share of the weights, times the learning rate, that each update takes away")
  }
  private static func limit(_ name: String, _ doc: String) -> Argument<Double?> {
    Argument(name, .optional(.number(.positive)), default: .some(nil), doc: doc)
  }
  private static let clipnorm = limit("clipnorm", "Most that the norm of a weight tensor's gradient may be")
  private static let globalClipnorm = limit("global_clipnorm", "Most that the norm of all gradients may be")
  private static let clipvalue = limit("clipvalue", "Most that a gradient's numbers may be, to both sides")
  private static let useEMA = Argument(
    "use_ema", .boolean, default: false, doc: "Whether training ends with a moving average of the weights")
  private static let emaMomentum = Argument(
    "ema_momentum", .number(.unit), default: 0.99, doc: "Share of the average that each step keeps")
  private static let emaFrequency = Argument<Int?>(
    "ema_overwrite_frequency", .optional(.integer(1...1_000_000_000, text: "a number of updates")), default: .some(nil),
    doc: "Updates after which the average takes the weights' place, again and again")
  private static let accumulation = Argument<Int?>(
    "gradient_accumulation_steps", .optional(.integer(2...1_000_000, text: "a number of batches, at least 2")),
    default: .some(nil), doc: "Batches whose mean gradient makes one update")

  private var rate: Argument<Resolved<LearningRateSpec>> { self == .sgd ? Self.sgdRate : Self.otherRate }
  private var decay: Argument<Double?> { Self.weightDecay(self == .adamw ? 0.004 : nil) }

  private var own: [any ArgumentDescription] {
    switch self {
    case .sgd: [Self.momentum, Self.nesterov]
    case .rmsprop: [Self.rho, Self.momentum, Self.epsilon, Self.centered]
    case .adam, .adamw: [Self.beta1, Self.beta2, Self.epsilon, Self.amsgrad]
    case .nadam: [Self.beta1, Self.beta2, Self.epsilon]
    case .adagrad: [Self.initialAccumulator, Self.epsilon]
    case .lion: [Self.lionBeta1, Self.lionBeta2]
    }
  }

  var arguments: [any ArgumentDescription] {
    [rate] + own + [
      decay, Self.clipnorm, Self.globalClipnorm, Self.clipvalue, Self.useEMA, Self.emaMomentum, Self.emaFrequency,
      Self.accumulation,
    ]
  }

  // MARK: Reading

  func read(_ fields: inout FieldReader) -> OptimizerSpec? {
    let rate = fields.read(rate)
    let method = method(&fields)
    let decay = fields.read(decay)
    let clipping = Self.clipping(&fields)
    let (useEMA, momentum) = (fields.read(Self.useEMA), fields.read(Self.emaMomentum))
    let frequency = fields.read(Self.emaFrequency)
    let accumulation = fields.read(Self.accumulation)
    guard let rate, let method, let decay, let clipping, let useEMA, let momentum, let frequency, let accumulation
    else { return nil }
    var spec = OptimizerSpec(
      method, learningRate: rate.value, weightDecay: decay, clipping: clipping,
      averaging: useEMA ? .init(momentum: momentum, overwriteFrequency: frequency) : nil,
      accumulationSteps: accumulation)
    if !useEMA {
      if momentum != 0.99 { spec.idleArguments.append(fields.idle("ema_momentum", "`use_ema` is false")) }
      if frequency != nil { spec.idleArguments.append(fields.idle("ema_overwrite_frequency", "`use_ema` is false")) }
    }
    if case .sgd(momentum: 0, nesterov: true) = method {
      spec.idleArguments.append(fields.idle("nesterov", "`momentum` is 0"))
    }
    return spec
  }

  private func method(_ fields: inout FieldReader) -> OptimizerSpec.Method? {
    switch self {
    case .sgd:
      let (momentum, nesterov) = (fields.read(Self.momentum), fields.read(Self.nesterov))
      guard let momentum, let nesterov else { return nil }
      return .sgd(momentum: momentum, nesterov: nesterov)
    case .rmsprop:
      let (rho, momentum) = (fields.read(Self.rho), fields.read(Self.momentum))
      let (epsilon, centered) = (fields.read(Self.epsilon), fields.read(Self.centered))
      guard let rho, let momentum, let epsilon, let centered else { return nil }
      return .rmsprop(rho: rho, momentum: momentum, epsilon: epsilon, centered: centered)
    case .adam, .adamw:
      let (beta1, beta2) = (fields.read(Self.beta1), fields.read(Self.beta2))
      let (epsilon, amsgrad) = (fields.read(Self.epsilon), fields.read(Self.amsgrad))
      guard let beta1, let beta2, let epsilon, let amsgrad else { return nil }
      let adam = OptimizerSpec.Adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
      return self == .adam ? .adam(adam) : .adamw(adam)
    case .nadam:
      let (beta1, beta2) = (fields.read(Self.beta1), fields.read(Self.beta2))
      let epsilon = fields.read(Self.epsilon)
      guard let beta1, let beta2, let epsilon else { return nil }
      return .nadam(beta1: beta1, beta2: beta2, epsilon: epsilon)
    case .adagrad:
      let (initial, epsilon) = (fields.read(Self.initialAccumulator), fields.read(Self.epsilon))
      guard let initial, let epsilon else { return nil }
      return .adagrad(initialAccumulatorValue: initial, epsilon: epsilon)
    case .lion:
      let (beta1, beta2) = (fields.read(Self.lionBeta1), fields.read(Self.lionBeta2))
      guard let beta1, let beta2 else { return nil }
      return .lion(beta1: beta1, beta2: beta2)
    }
  }

  /// - Returns: `nil` after a fault.
  private static func clipping(_ fields: inout FieldReader) -> OptimizerSpec.Clipping?? {
    let (norm, global) = (fields.read(clipnorm), fields.read(globalClipnorm))
    let value = fields.read(clipvalue)
    guard let norm, let global, let value else { return nil }
    let set = [(clipnorm.name, norm), (globalClipnorm.name, global), (clipvalue.name, value)]
      .filter { $0.1 != nil }.map(\.0)
    if fields.reportSeveral(of: [clipnorm.name, globalClipnorm.name, clipvalue.name], isSet: set.contains) {
      return nil
    }
    if let norm { return .some(.norm(norm)) }
    if let global { return .some(.globalNorm(global)) }
    return .some(value.map { .value($0) })
  }
}

/// An argument that is written and changes nothing.
package struct IdleArgument: Sendable, Equatable {
  package let name: String
  package let span: SourceSpan
  package let path: String
  /// Goes on with "does nothing while …".
  package let reason: String
}

extension FieldReader {
  func idle(_ name: String, _ reason: String) -> IdleArgument {
    IdleArgument(name: name, span: span(of: name), path: "\(path).\(name)", reason: reason)
  }
}
