/// How weights are updated, with Keras's defaults.
package struct OptimizerSpec: Sendable, Equatable {
  package enum Method: Sendable, Equatable {
    case sgd(momentum: Double = 0, nesterov: Bool = false)
    case rmsprop(rho: Double = 0.9, momentum: Double = 0, epsilon: Double = 1e-7, centered: Bool = false)
    case adam(Adam = Adam())
    /// Adam that lets weights decay unless told otherwise.
    case adamw(Adam = Adam())
    case nadam(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7)
    case adagrad(initialAccumulatorValue: Double = 0.1, epsilon: Double = 1e-7)
    case lion(beta1: Double = 0.9, beta2: Double = 0.99)
  }

  package struct Adam: Sendable, Equatable {
    package var beta1, beta2, epsilon: Double
    package var amsgrad: Bool

    package init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7, amsgrad: Bool = false) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.amsgrad = amsgrad
    }
  }

  /// What bounds a gradient: each number, the norm of each weight tensor's, or of all together.
  package enum Clipping: Sendable, Equatable {
    case value(Double)
    case norm(Double)
    case globalNorm(Double)
  }

  /// A moving average of the weights, which takes their place at the end of training.
  package struct Averaging: Sendable, Equatable {
    package var momentum: Double
    /// In updates; `nil` for never before the end.
    package var overwriteFrequency: Int?

    package init(momentum: Double = 0.99, overwriteFrequency: Int? = nil) {
      self.momentum = momentum
      self.overwriteFrequency = overwriteFrequency
    }
  }

  package var method: Method
  package var learningRate: LearningRateSpec
  package var weightDecay: Double?
  package var clipping: Clipping?
  package var averaging: Averaging?
  /// Batches whose mean gradient makes one update; `nil` for one.
  package var accumulationSteps: Int?
  /// Arguments that are written and change nothing, and why.
  package var idleArguments: [IdleArgument] = []

  package init(
    _ method: Method, learningRate: LearningRateSpec, weightDecay: Double? = nil, clipping: Clipping? = nil,
    averaging: Averaging? = nil, accumulationSteps: Int? = nil
  ) {
    self.method = method
    self.learningRate = learningRate
    self.weightDecay = weightDecay
    self.clipping = clipping
    self.averaging = averaging
    self.accumulationSteps = accumulationSteps
  }
}

/// The learning rate: a number, or what it follows step by step.
package enum LearningRateSpec: Sendable, Equatable {
  case constant(Double)
  case schedule(Located<ScheduleSpec>)

  package var schedule: ScheduleSpec? {
    if case .schedule(let schedule) = self { schedule.value } else { nil }
  }
}
