import CNNGraph
import CNNSession
import Testing

@Suite("First values of weights")
struct InitializerTests {
  private func values(
    _ initializer: Initializer, _ extents: [Int], index: Int = 0, seed: UInt64 = 42
  ) -> [Double] {
    let declaration = ParameterDeclaration("kernel", extents, initializer: initializer)
    return initializer.values(Parameter(layer: "layer", declaration: declaration), index: index, seed: seed).map(
      Double.init)
  }

  private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

  private func variance(_ values: [Double]) -> Double {
    let centre = mean(values)
    return mean(values.map { ($0 - centre) * ($0 - centre) })
  }

  /// Keras: `compute_fans` of `keras/src/initializers/random_initializers.py`.
  @Test("fans are counted as Keras counts them")
  func fans() {
    #expect(Fans([7]).input == 7 && Fans([7]).output == 7)
    #expect(Fans([512, 10]).input == 512 && Fans([512, 10]).output == 10)
    #expect(Fans([5, 5, 1, 32]).input == 25 && Fans([5, 5, 1, 32]).output == 800)
    // Depthwise [kh, kw, in, multiplier], and a grouped one with 4 of 16 channels a group.
    #expect(Fans([3, 3, 16, 1]).input == 144 && Fans([3, 3, 16, 1]).output == 9)
    #expect(Fans([3, 3, 4, 32]).input == 36 && Fans([3, 3, 4, 32]).output == 288)
  }

  @Test("constants")
  func constants() {
    #expect(values(.zeros, [2, 3]) == [0, 0, 0, 0, 0, 0])
    #expect(values(.ones, [3]) == [1, 1, 1])
    #expect(values(.constant(0.25), [2]) == [0.25, 0.25])
  }

  /// Each with its bound in plain numbers, for the extents `[5, 5, 32, 64]`: fans 800 and 1600, 51,200 values.
  ///
  /// A uniform distribution in ±b has variance b²/3 and kurtosis 1.8, so the sample variance of n has the relative
  /// sd sqrt(0.8/n) = 0.40 %, and the mean b/sqrt(3n); five of each are allowed. That the largest of n is within
  /// 0.1 % of the bound fails with probability exp(-51).
  @Test(
    "uniform forms stay within their bound and fill it",
    arguments: [
      (Initializer.glorotUniform, 0.05),  // sqrt(6 / 2400)
      (.heUniform, 0.0866025),  // sqrt(6 / 800)
      (.lecunUniform, 0.0612372),  // sqrt(3 / 800)
      (.varianceScalingUniform(scale: 1, mode: .fanOut), 0.0433013),  // sqrt(3 / 1600)
      (.randomUniform(minimum: -0.05, maximum: 0.05), 0.05),
    ])
  func uniform(initializer: Initializer, bound: Double) {
    let values = values(initializer, [5, 5, 32, 64])
    let largest = values.map(abs).max() ?? 0
    #expect(values.count == 51_200)
    #expect(largest <= bound * 1.00001 && largest > bound * 0.999, "largest \(largest)")
    #expect(abs(mean(values)) < 5 * bound / (3 * 51_200).squareRoot())
    #expect(abs(variance(values) / (bound * bound / 3) - 1) < 5 * (0.8 / 51_200).squareRoot())
  }

  /// The sample's sd is sqrt(scale / n); values end at two sd of the uncut normal, 2 / 0.8796 times that. A cut normal
  /// has a kurtosis below 3, so the relative sd of the sample variance is below sqrt(2/n) = 0.63 %.
  @Test(
    "normal forms have the sd of their fan, and end at two uncut ones",
    arguments: [
      (Initializer.glorotNormal, 0.0288675),  // sqrt(2 / 2400)
      (.heNormal, 0.05),  // sqrt(2 / 800)
      (.lecunNormal, 0.0353553),  // sqrt(1 / 800)
      // Not rescaled: an uncut sd of 0.05 leaves 0.05 * 0.879626.
      (.truncatedNormal(mean: 0, standardDeviation: 0.05), 0.0439813),
    ])
  func normal(initializer: Initializer, deviation: Double) {
    let values = values(initializer, [5, 5, 32, 64])
    let end = 2 * deviation / 0.87962566103423978
    let largest = values.map(abs).max() ?? 0
    #expect(largest <= end * 1.00001 && largest > end * 0.99, "largest \(largest), end \(end)")
    #expect(abs(mean(values)) < 5 * deviation / (51_200).squareRoot())
    #expect(abs(variance(values) / (deviation * deviation) - 1) < 5 * (2 / 51_200.0).squareRoot())
  }

  @Test("the plain normal form has its mean, its sd and its tails")
  func plainNormal() {
    let values = values(.randomNormal(mean: 1, standardDeviation: 0.05), [5, 5, 32, 64])
    #expect(abs(mean(values) - 1) < 5 * 0.05 / (51_200).squareRoot())
    #expect(abs(variance(values) / 0.0025 - 1) < 5 * (2 / 51_200.0).squareRoot())
    // 4.55 % lie beyond two sd: 2330 of 51,200, binomial sd 47.
    let beyond = values.count { abs($0 - 1) > 0.1 }
    #expect(abs(beyond - 2330) < 5 * 47, "\(beyond) values beyond two sd")
  }

  @Test("values depend on the seed and on the parameter")
  func dependence() {
    let first = values(.glorotUniform, [8, 8])
    #expect(first == values(.glorotUniform, [8, 8]))
    #expect(first != values(.glorotUniform, [8, 8], index: 1))
    #expect(first != values(.glorotUniform, [8, 8], seed: 43))
  }

  @Test("a value depends on its place, not on how many there are", arguments: 1...9)
  func prefixes(count: Int) {
    let uniform = Initializer.randomUniform(minimum: 0, maximum: 1)
    #expect(values(uniform, [count]) == Array(values(uniform, [12]).prefix(count)))
  }
}
