/// How weights follow from gradients: Keras's optimisers and what all of them do around their own formula.
///
/// An update clips the gradient, takes the decay off the weights, then applies `method`; afterwards the average of the
/// weights moves. With accumulation only the last batch of a set updates, and `update(ofStep:)` counts those, while the
/// average moves with every batch. (`keras/src/optimizers/base_optimizer.py`, 3.15.)
package struct UpdateRule: Sendable, Hashable {
  package enum Method: Sendable, Hashable {
    case sgd(momentum: Float, nesterov: Bool)
    case rmsprop(rho: Double, momentum: Float, epsilon: Float, isCentered: Bool)
    /// - Parameter keepsGreatest: whether the greatest spread so far takes the place of the spread (AMSGrad).
    case adam(beta1: Double, beta2: Double, epsilon: Float, keepsGreatest: Bool)
    case nadam(beta1: Double, beta2: Double, epsilon: Float)
    case adagrad(initialAccumulator: Float, epsilon: Float)
    case lion(beta1: Double, beta2: Double)
  }

  /// What bounds a gradient.
  package enum Clipping: Sendable, Hashable {
    /// Each number, to both sides.
    case value(Float)
    /// The norm of each weight tensor's gradient.
    case norm(Float)
    /// The norm of all gradients together.
    case globalNorm(Float)
  }

  /// A moving average of the weights, which takes their place at the end of training.
  package struct Averaging: Sendable, Hashable {
    package var momentum: Float
    /// The average takes the weights' place after so many updates, again and again; `nil` for never before the end.
    package var overwriteFrequency: Int?

    package init(momentum: Float, overwriteFrequency: Int? = nil) {
      self.momentum = momentum
      self.overwriteFrequency = overwriteFrequency
    }
  }

  package var method: Method
  /// Share of the weights that a step of learning rate 1 takes away.
  package var weightDecay: Float = 0
  package var clipping: Clipping?
  package var averaging: Averaging?
  /// Batches whose mean gradient makes one update.
  package var accumulationSteps = 1

  package init(_ method: Method) { self.method = method }

  /// Whether gradients are measured before they are used.
  package var clipsByNorm: Bool {
    switch clipping {
    case .norm, .globalNorm: true
    case .value, nil: false
    }
  }

  package static func sgd(momentum: Float, nesterov: Bool) -> UpdateRule {
    UpdateRule(.sgd(momentum: momentum, nesterov: nesterov))
  }

  package static func adam(beta1: Double, beta2: Double, epsilon: Float) -> UpdateRule {
    UpdateRule(.adam(beta1: beta1, beta2: beta2, epsilon: epsilon, keepsGreatest: false))
  }

  package var name: String {
    switch method {
    case .sgd: "sgd"
    case .rmsprop: "rmsprop"
    case .adam: "adam"
    case .nadam: "nadam"
    case .adagrad: "adagrad"
    case .lion: "lion"
    }
  }
}

// MARK: State

extension UpdateRule {
  /// Vectors, each as long as the trainable weights, that the method itself remembers.
  var methodVectorCount: Int {
    switch method {
    case .sgd(let momentum, _): momentum == 0 ? 0 : 1
    case .rmsprop(_, let momentum, _, let isCentered): 1 + (isCentered ? 1 : 0) + (momentum > 0 ? 1 : 0)
    case .adam(_, _, _, let keepsGreatest): keepsGreatest ? 3 : 2
    case .nadam: 2
    case .adagrad, .lion: 1
    }
  }

  /// Vectors in the optimiser's region: the method's, the average of the weights, the sums of gradients.
  package var vectorCount: Int {
    methodVectorCount + (averaging == nil ? 0 : 1) + (accumulationSteps > 1 ? 1 : 0)
  }

  package var averageIndex: Int? { averaging == nil ? nil : methodVectorCount }
  package var sumIndex: Int? { accumulationSteps > 1 ? vectorCount - 1 : nil }

  /// What the first vector starts from; all others start from zero.
  package var initialValue: Float {
    if case .adagrad(let initial, _) = method { initial } else { 0 }
  }
}

// MARK: Counting

extension UpdateRule {
  /// Updates done before a step: Keras's `iterations`.
  ///
  /// - Parameter step: batches done before, from 0.
  package func updates(before step: UInt32) -> Int { Int(step) / accumulationSteps }

  /// Whether the step ends a set of accumulated batches.
  package func updates(step: UInt32) -> Bool { (Int(step) + 1) % accumulationSteps == 0 }
}

// MARK: Numbers of an update

extension UpdateRule {
  /// Adam's alpha: rate * sqrt(1 - beta2^t) / (1 - beta1^t).
  ///
  /// In float32 step by step, as Keras computes them: 1 - 0.999 differs there in its fifth digit.
  static func adamRate(_ rate: Float, beta1: Double, beta2: Double, update t: Int) -> Float {
    let correction1 = 1 - power(Float(beta1), t)
    let correction2 = 1 - power(Float(beta2), t)
    return rate * correction2.squareRoot() / correction1
  }

  /// The shares of Nadam's update t, from 1: of the mean of gradients, of the gradient, of the squares.
  ///
  /// u(t) = beta1 * (1 - 0.96^t / 2), P(t) = u(1) * … * u(t); the step's numerator is
  /// u(t + 1) / (1 - P(t + 1)) * mean + (1 - u(t)) / (1 - P(t)) * gradient (Dozat 2016; Keras's `Nadam`).
  static func nadamShares(beta1: Double, beta2: Double, update t: Int) -> (mean: Float, gradient: Float, square: Float)
  {
    // Keras multiplies one factor an update onto a running product. Here it is a function of t alone, so that nothing
    // but the step need be kept: behind some five hundred factors 0.96^t no longer changes 1 - 0.96^t / 2.
    let decay = Double(Float(0.96))
    let mostFactors = 512
    let beta = Double(Float(beta1))
    var product = 1.0
    var shrunk = 1.0
    for _ in 0..<min(t, mostFactors) {
      shrunk *= decay
      product *= 1 - 0.5 * shrunk
    }
    product *= doublePower(beta, t)
    let shrunkNow = doublePower(decay, t)
    let now = beta * (1 - 0.5 * shrunkNow)
    let next = beta * (1 - 0.5 * shrunkNow * decay)
    return (
      Float(next / (1 - product * next)), Float((1 - now) / (1 - product)),
      Float(1 / Double(1 - power(Float(beta2), t)))
    )
  }

  /// By squaring in double, rounded once.
  private static func power(_ base: Float, _ exponent: Int) -> Float { Float(doublePower(Double(base), exponent)) }

  private static func doublePower(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0
    var factor = base
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result *= factor }
      factor *= factor
      rest >>= 1
    }
    return result
  }
}
