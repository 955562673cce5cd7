#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The learning rate as a function of the step: Keras's schedules, evaluated in float32 in Keras's order of operations.
///
///     let schedule = LearningRateSchedule(.exponential(rate: 0.9, steps: 100, isStaircase: false), from: 0.1)
///     schedule.rate(step: 0)        // 0.1: the first update's
///     schedule.rate(step: 100)      // 0.09
///
/// The step is the number of steps done before, over all epochs; with accumulated gradients it counts batches, not
/// updates, as in Keras (`keras/src/optimizers/schedules/learning_rate_schedule.py`, 3.15).
package struct LearningRateSchedule: Sendable, Hashable {
  /// How the rate falls; T is the length of the decay in steps, t the step, r the rate that it starts from.
  package enum Decay: Sendable, Hashable {
    /// r
    case constant
    /// r * rate^(t / T)
    case exponential(rate: Float, steps: Float, isStaircase: Bool)
    /// r / (1 + rate * t / T)
    case inverseTime(rate: Float, steps: Float, isStaircase: Bool)
    /// (r - end) * (1 - min(t, T) / T)^power + end; with cycles T grows to the next multiple of itself.
    case polynomial(end: Float, power: Float, steps: Float, cycles: Bool)
    /// r * ((1 - alpha) * (1 + cos(pi * min(t, T) / T)) / 2 + alpha) (Loshchilov, Hutter, arXiv 1608.03983)
    case cosine(alpha: Double, steps: Float)
    /// The same over and over, each time `lengthening` times as long and from a rate `shrinking` times as large.
    case cosineRestarts(alpha: Float, steps: Float, lengthening: Float, shrinking: Float)
    /// The first value whose boundary is not passed, t <= boundary, and the last, one more than boundaries, behind them.
    case piecewise(boundaries: [Int], values: [Float])
  }

  /// Steps in which the rate goes in a line from `start` to the rate that the decay begins with; the decay's t counts
  /// from their end. (That of Keras's `CosineDecay`, for every schedule.)
  package struct Warmup: Sendable, Hashable {
    package var steps: Int
    package var start: Float

    package init(steps: Int, start: Float) {
      self.steps = steps
      self.start = start
    }
  }

  package var decay: Decay
  /// What the decay starts from; of pieces the first value.
  package var rate: Float
  package var warmup: Warmup?

  package init(_ decay: Decay, from rate: Float, warmup: Warmup? = nil) {
    self.decay = decay
    self.rate = rate
    self.warmup = warmup
  }

  package static func constant(_ rate: Float) -> LearningRateSchedule { .init(.constant, from: rate) }

  /// The rate of a step; allocates nothing.
  ///
  /// - Parameter step: from 0.
  package func rate(step: Int) -> Float {
    guard let warmup else { return decayed(step) }
    if step >= warmup.steps { return decayed(step - warmup.steps) }
    return (rate - warmup.start) * (Float(step) / Float(warmup.steps)) + warmup.start
  }

  private func decayed(_ step: Int) -> Float {
    let t = Float(step)
    switch decay {
    case .constant: return rate
    case .exponential(let factor, let steps, let isStaircase):
      let p = t / steps
      return rate * powf(factor, isStaircase ? p.rounded(.down) : p)
    case .inverseTime(let factor, let steps, let isStaircase):
      let p = t / steps
      return rate / (1 + factor * (isStaircase ? p.rounded(.down) : p))
    case .polynomial(let end, let power, let steps, let cycles):
      let length = cycles && step > 0 ? steps * (t / steps).rounded(.up) : steps
      // Of large numbers of steps a cycle's end may be rounded to before its last one.
      let p = min(t / length, 1)
      return (rate - end) * powf(1 - p, power) + end
    case .cosine(let alpha, let steps):
      return rate * (Float(1 - alpha) * (0.5 * (1 + cosf(.pi * (min(t, steps) / steps)))) + Float(alpha))
    case .cosineRestarts(let alpha, let steps, let lengthening, let shrinking):
      let (restart, fraction) = Self.restart(t / steps, lengthening)
      let cosine = 0.5 * powf(shrinking, restart) * (1 + cosf(.pi * fraction))
      return rate * ((1 - alpha) * cosine + alpha)
    case .piecewise(let boundaries, let values):
      let index = boundaries.firstIndex { step <= $0 } ?? boundaries.count
      return values[index]
    }
  }

  /// How often the decay has begun anew, and how much of the running one is over.
  ///
  /// Keras takes the floor of a float32 logarithm, which beside a step where a decay begins may round to the other
  /// side of it; that is mended here.
  /// - Parameters:
  ///   - fraction: steps over the first decay's length.
  ///   - factor: how much longer each is than the one before, at least 1.
  private static func restart(_ fraction: Float, _ factor: Float) -> (count: Float, fraction: Float) {
    if factor == 1 {
      let count = fraction.rounded(.down)
      return (count, fraction - count)
    }
    func begin(_ count: Float) -> Float { (1 - powf(factor, count)) / (1 - factor) }
    var count = (logf(1 - fraction * (1 - factor)) / logf(factor)).rounded(.down)
    if fraction < begin(count) { count -= 1 } else if fraction >= begin(count + 1) { count += 1 }
    return (count, (fraction - begin(count)) / powf(factor, count))
  }
}
