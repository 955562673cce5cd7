package import CNNKernels
package import CNNSession
package import CNNSpec

// What the section `training` says, in the terms of those who carry it out.

extension LossSettings {
  package init(_ loss: LossSpec) {
    self.init(labelSmoothing: Float(loss.labelSmoothing), delta: Float(loss.delta))
  }
}

extension ChanceLevel {
  /// - Parameter outputs: values of a prediction.
  /// - Returns: `nil` for losses of values, which have no such level.
  package init?(_ loss: LossSpec, outputs: Int) {
    switch loss.kind {
    case .categoricalCrossentropy, .sparseCategoricalCrossentropy, .klDivergence: self.init(classes: outputs)
    case .binaryCrossentropy: self.init(classes: 2)
    case .meanSquaredError, .meanAbsoluteError, .huber: return nil
    }
  }
}

extension OptimizerSpec {
  package var rule: UpdateRule {
    var rule = UpdateRule(method.rule)
    rule.weightDecay = Float(weightDecay ?? 0)
    switch clipping {
    case .value(let limit)?: rule.clipping = .value(Float(limit))
    case .norm(let limit)?: rule.clipping = .norm(Float(limit))
    case .globalNorm(let limit)?: rule.clipping = .globalNorm(Float(limit))
    case nil: rule.clipping = nil
    }
    rule.averaging = averaging.map {
      .init(momentum: Float($0.momentum), overwriteFrequency: $0.overwriteFrequency)
    }
    rule.accumulationSteps = accumulationSteps ?? 1
    return rule
  }

  package var schedule: LearningRateSchedule {
    switch learningRate {
    case .constant(let rate): .constant(Float(rate))
    case .schedule(let schedule): LearningRateSchedule(schedule.value)
    }
  }
}

extension OptimizerSpec.Method {
  fileprivate var rule: UpdateRule.Method {
    // No epsilon may vanish: what has no gradient would be 0 / 0.
    func small(_ epsilon: Double) -> Float { max(Float(epsilon), .leastNormalMagnitude) }
    // And no beta may round to 1, where 1 - beta^t is 0.
    func below(_ beta: Double) -> Double { min(beta, Double(Float(1).nextDown)) }
    switch self {
    case .sgd(let momentum, let nesterov): return .sgd(momentum: Float(momentum), nesterov: nesterov)
    case .rmsprop(let rho, let momentum, let epsilon, let centered):
      return .rmsprop(rho: rho, momentum: Float(momentum), epsilon: small(epsilon), isCentered: centered)
    case .adam(let adam), .adamw(let adam):
      return .adam(
        beta1: below(adam.beta1), beta2: below(adam.beta2), epsilon: small(adam.epsilon), keepsGreatest: adam.amsgrad)
    case .nadam(let beta1, let beta2, let epsilon):
      return .nadam(beta1: below(beta1), beta2: below(beta2), epsilon: small(epsilon))
    case .adagrad(let initial, let epsilon):
      return .adagrad(initialAccumulator: Float(initial), epsilon: small(epsilon))
    case .lion(let beta1, let beta2): return .lion(beta1: beta1, beta2: beta2)
    }
  }
}

extension LearningRateSchedule {
  package init(_ spec: ScheduleSpec) {
    let decay: Decay =
      switch spec.decay {
      case .exponential(let rate, let steps, let staircase):
        .exponential(rate: Float(rate), steps: Float(steps), isStaircase: staircase)
      case .inverseTime(let rate, let steps, let staircase):
        .inverseTime(rate: Float(rate), steps: Float(steps), isStaircase: staircase)
      case .polynomial(let end, let power, let steps, let cycle):
        .polynomial(end: Float(end), power: Float(power), steps: Float(steps), cycles: cycle)
      case .cosine(let alpha, let steps): .cosine(alpha: alpha, steps: Float(steps))
      case .cosineRestarts(let alpha, let steps, let lengthening, let shrinking):
        .cosineRestarts(
          alpha: Float(alpha), steps: Float(steps), lengthening: Float(lengthening), shrinking: Float(shrinking))
      case .piecewise(let boundaries, let values):
        .piecewise(boundaries: boundaries, values: values.map { Float($0) })
      }
    self.init(
      decay, from: Float(spec.rate),
      warmup: spec.warmup.map { Warmup(steps: $0.steps, start: Float($0.start)) })
  }
}

extension DataSpec {
  /// What its values are multiplied with.
  package var scale: Double { abs(rescale?.value ?? 1) }
}

extension Metric {
  /// - Parameter width: values of a prediction.
  package init(_ spec: MetricSpec, width: Int) {
    let kind: Kind
    switch spec.measure {
    case .accuracy: kind = .accuracy
    case .topKAccuracy(let k): kind = .topKAccuracy(k)
    case .precision(let selection): kind = .precision(Selection(selection))
    case .recall(let selection): kind = .recall(Selection(selection))
    case .f1(let average, let threshold):
      // The greatest of one value is always that one.
      let limit = threshold ?? (width == 1 ? 0.5 : nil)
      kind = .f1(FScore(average: .init(average), threshold: limit.map { Float($0) }))
    case .auc(let area): kind = .auc(AreaUnderCurve(area))
    }
    self.init(kind, name: spec.name, width: width)
  }
}

extension Metric.Selection {
  fileprivate init(_ spec: MetricSpec.Selection) {
    self.init(threshold: spec.threshold.map { Float($0) }, topK: spec.topK, classIndex: spec.classID)
  }
}

extension FScore.Average {
  fileprivate init(_ spec: MetricSpec.Average) {
    self =
      switch spec {
      case .macro: .macro
      case .micro: .micro
      case .weighted: .weighted
      }
  }
}

extension AreaUnderCurve {
  fileprivate init(_ spec: MetricSpec.Area) {
    let curve: Curve =
      switch spec.curve {
      case .roc: .roc
      case .pr: .pr
      case .prgain: .prgain
      }
    let summation: Summation =
      switch spec.summation {
      case .interpolation: .interpolation
      case .minoring: .minoring
      case .majoring: .majoring
      }
    self.init(
      curve: curve, summation: summation, thresholdCount: spec.thresholdCount, isMultiLabel: spec.isMultiLabel)
  }
}
