#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// The inverse of the normal distribution: turns one uniform number into one normal number.
///
/// So that a value needs one word at a known position; rejection and Box and Muller's method need several.
/// Wichura, "Algorithm AS 241: the percentage points of the normal distribution" (Applied Statistics 37, 1988),
/// the version PPND7, right to about 1 part in 10^7: to the precision of a `Float`.
package enum NormalQuantile {
  /// The number that a standard normal variable is below with probability `p`.
  /// - Precondition: `p` lies strictly between 0 and 1.
  @inline(__always)
  package static func value(_ p: Double) -> Double {
    let q = p - 0.5
    if abs(q) <= 0.425 { return centre(q) }
    return q < 0 ? -tail(p) : tail(1 - p)
  }

  @inline(__always)
  private static func centre(_ q: Double) -> Double {
    let r = 0.180625 - q * q
    let numerator = ((59.109374720 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179
    let denominator = ((67.187563600 * r + 78.757757664) * r + 17.895169469) * r + 1
    return q * numerator / denominator
  }

  /// The number that is exceeded with the small probability `p`.
  private static func tail(_ p: Double) -> Double {
    let r = (-log(p)).squareRoot()
    if r <= 5 {
      let s = r - 1.6
      let numerator = ((0.17023821103 * s + 1.3067284816) * s + 2.7568153900) * s + 1.4234372777
      return numerator / ((0.12021132975 * s + 0.73700164250) * s + 1)
    }
    let s = r - 5
    let numerator = ((0.017337203997 * s + 0.42868294337) * s + 3.0812263860) * s + 6.6579051150
    return numerator / ((0.012258202635 * s + 0.24197894225) * s + 1)
  }
}
