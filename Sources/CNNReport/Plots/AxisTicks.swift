#if canImport(Darwin)
  internal import Darwin
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Glibc
#endif

/// Where an axis has its marks: at 1, 2 or 5 times a power of ten (Heckbert, "Nice Numbers for Graph Labels", 1990).
struct AxisTicks: Equatable {
  /// Ascending.
  let values: [Double]
  /// Of the labels.
  let decimals: Int

  /// Multiples of a nice step within the range.
  ///
  /// - Parameters:
  ///   - count: about how many.
  ///   - isWhole: whether only whole numbers are marked, as epochs and counts are.
  init(from low: Double, to high: Double, count: Int, isWhole: Bool = false) {
    guard low.isFinite, high.isFinite, high > low else {
      values = low.isFinite ? [low] : []
      decimals = isWhole || low == low.rounded() ? 0 : 2
      return
    }
    var step = Self.niceStep((high - low) / Double(max(1, count)))
    if isWhole { step = max(1, step) }
    // A hair beyond the ends: 0.1 * 3 is not 0.3.
    let first = (low / step - 1e-9).rounded(.up)
    let last = (high / step + 1e-9).rounded(.down)
    values = last >= first ? (0...Int(last - first)).map { (first + Double($0)) * step } : []
    decimals = max(0, -Int(floor(log10(step) + 1e-9)))
  }

  private init(values: [Double], decimals: Int) {
    self.values = values
    self.decimals = decimals
  }

  /// 1, 2 or 5 times a power of ten, the nearest above.
  static func niceStep(_ step: Double) -> Double {
    guard step > 0, step.isFinite else { return 1 }
    let magnitude = pow(10, floor(log10(step)))
    let fraction = step / magnitude
    return magnitude * (fraction <= 1.0000001 ? 1 : fraction <= 2.0000001 ? 2 : fraction <= 5.0000001 ? 5 : 10)
  }

  /// The range, widened to multiples of a nice step.
  static func niceRange(_ low: Double, _ high: Double, count: Int) -> ClosedRange<Double> {
    if !(high > low) {
      let margin = low == 0 ? 1 : abs(low) / 2
      return (low - margin)...(low + margin)
    }
    let step = niceStep((high - low) / Double(max(1, count)))
    return ((low / step + 1e-9).rounded(.down) * step)...((high / step - 1e-9).rounded(.up) * step)
  }

  /// For an axis of magnitudes: powers of ten, with 2 and 5 times them where there are few.
  ///
  /// - Precondition: both ends are above zero.
  static func logarithmic(from low: Double, to high: Double) -> AxisTicks {
    precondition(low > 0 && high >= low, "a logarithmic axis from \(low) to \(high)")
    let decades = log10(high / low)
    let factors: [Double] = decades > 4 ? [1] : decades > 2 ? [1, 3] : [1, 2, 5]
    var values: [Double] = []
    var exponent = floor(log10(low))
    while pow(10, exponent) <= high * 1.0000001 {
      for factor in factors {
        let value = factor * pow(10, exponent)
        if value >= low * 0.9999999, value <= high * 1.0000001 { values.append(value) }
      }
      exponent += 1
    }
    return AxisTicks(values: values, decimals: -1)
  }

  /// A mark's number: as many decimals as the step needs, or as the number itself does.
  func label(_ value: Double) -> String {
    if decimals >= 0, decimals <= 6 {
      let text = NumberFormat.fixed(value, places: decimals)
      return text == "-0" ? "0" : text
    }
    if value >= 1e5 || value < 1e-4 { return NumberFormat.scientific(value, places: 0) }
    var text = NumberFormat.fixed(value, places: 4)
    while text.hasSuffix("0") { text.removeLast() }
    return text.hasSuffix(".") ? String(text.dropLast()) : text
  }
}
