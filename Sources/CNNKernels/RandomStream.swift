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

  /// Four numbers of a sample, uniform in 0 ..< 1 in steps of 2^-24: Philox at counter (0, sample, step, stream).
  func uniforms(_ frame: Frame, sample: Int) -> SIMD4<Float> {
    let key = key(frame)
    return Self.uniforms(
      counter: SIMD4(0, UInt32(truncatingIfNeeded: sample), frame.scalars.step, number), key: key)
  }

  private static func uniforms(counter: SIMD4<UInt32>, key: UInt64) -> SIMD4<Float> {
    var words = SIMD4<UInt32>()
    unsafe withUnsafeBytes(of: counter) { counter in
      unsafe withUnsafeBytes(of: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32))) { key in
        unsafe withUnsafeMutableBytes(of: &words) { words in
          guard let counter = counter.baseAddress, let key = key.baseAddress, let words = words.baseAddress else {
            return
          }
          unsafe ck_philox(
            counter.assumingMemoryBound(to: UInt32.self), key.assumingMemoryBound(to: UInt32.self),
            words.assumingMemoryBound(to: UInt32.self))
        }
      }
    }
    return SIMD4<Float>(words &>> 8) * 0x1p-24
  }
}
