#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// From a quantity to a place along an axis.
struct PlotScale: Equatable {
  let domain: ClosedRange<Double>
  /// Pixels of the domain's ends; of a vertical axis the first is the larger.
  let start, end: Double
  let isLogarithmic: Bool

  /// - Precondition: of a logarithmic scale the domain is above zero.
  init(_ domain: ClosedRange<Double>, from start: Double, to end: Double, isLogarithmic: Bool = false) {
    precondition(!isLogarithmic || domain.lowerBound > 0, "a logarithmic scale from \(domain.lowerBound)")
    self.domain = domain
    self.start = start
    self.end = end
    self.isLogarithmic = isLogarithmic
  }

  /// What lies outside of the domain is put on its end.
  func callAsFunction(_ value: Double) -> Double {
    let (low, high) = (domain.lowerBound, domain.upperBound)
    let clamped = max(low, min(high, value))
    if high <= low { return (start + end) / 2 }
    let share =
      isLogarithmic
      ? (log(clamped) - log(low)) / (log(high) - log(low)) : (clamped - low) / (high - low)
    return start + share * (end - start)
  }
}
