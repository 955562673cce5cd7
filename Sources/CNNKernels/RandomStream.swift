internal import CKernels

/// The random numbers of one layer: functions of seed, stream, step and sample, so none is stored or passed on.
package struct RandomStream: Sendable, Hashable {
  /// Tells layers apart; below 2^24, where other purposes begin.
  package let number: UInt32
  /// The layer's own seed; the session's if `nil`.
  package let seed: UInt64?

  package init(_ number: UInt32, seed: UInt64? = nil) {
    self.number = number
    self.seed = seed
  }

  package func key(_ frame: Frame) -> UInt64 { seed ?? frame.scalars.seed }

  /// Two numbers of a sample, uniform in 0 ..< 1 in steps of 2^-24: Philox at counter (0, sample, step, stream).
  func uniforms(_ frame: Frame, sample: Int) -> (first: Float, second: Float) {
    var numbers: (first: Float, second: Float) = (0, 0)
    unsafe ck_uniforms(
      key(frame), number, frame.scalars.step, UInt32(truncatingIfNeeded: sample), &numbers.first, &numbers.second)
    return numbers
  }
}
