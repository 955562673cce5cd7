/// A learning rate that follows the step, with Keras's arguments and defaults.
package struct ScheduleSpec: Sendable, Equatable {
  package enum Decay: Sendable, Equatable {
    case exponential(rate: Double, steps: Int, staircase: Bool)
    case inverseTime(rate: Double, steps: Int, staircase: Bool)
    case polynomial(end: Double, power: Double, steps: Int, cycle: Bool)
    case cosine(alpha: Double, steps: Int)
    case cosineRestarts(alpha: Double, firstSteps: Int, lengthening: Double, shrinking: Double)
    case piecewise(boundaries: [Int], values: [Double])
  }

  /// Steps before the decay, in which the rate goes in a line from `start` to where the decay begins.
  package struct Warmup: Sendable, Equatable {
    package var steps: Int
    package var start: Double

    package init(steps: Int, start: Double = 0) {
      self.steps = steps
      self.start = start
    }
  }

  package var decay: Decay
  /// What the decay begins with.
  package var rate: Double
  package var warmup: Warmup?

  package init(_ decay: Decay, from rate: Double, warmup: Warmup? = nil) {
    self.decay = decay
    self.rate = rate
    self.warmup = warmup
  }

  package var kind: ScheduleKind {
    switch decay {
    case .exponential: .exponentialDecay
    case .inverseTime: .inverseTimeDecay
    case .polynomial: .polynomialDecay
    case .cosine: .cosineDecay
    case .cosineRestarts: .cosineDecayRestarts
    case .piecewise: .piecewiseConstant
    }
  }
}

/// Schedules by Keras's names.
package enum ScheduleKind: String, Sendable, CaseIterable {
  case exponentialDecay = "exponential_decay"
  case inverseTimeDecay = "inverse_time_decay"
  case polynomialDecay = "polynomial_decay"
  case piecewiseConstant = "piecewise_constant"
  case cosineDecay = "cosine_decay"
  case cosineDecayRestarts = "cosine_decay_restarts"
}
