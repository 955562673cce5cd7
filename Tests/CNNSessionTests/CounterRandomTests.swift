import CNNSession
import Testing

@Suite("Random numbers by counter")
struct CounterRandomTests {
  /// The known answers of the authors' library (Random123, `tests/kat_vectors`, philox4x32 with 10 rounds).
  @Test("Philox gives the published answers")
  func knownAnswers() {
    func draw(_ c: Philox.Words, _ k0: UInt32, _ k1: UInt32) -> [UInt32] {
      let words = Philox.draw(counter: c, key: UInt64(k1) << 32 | UInt64(k0))
      return [words.0, words.1, words.2, words.3]
    }
    let ones = UInt32.max
    #expect(draw((0, 0, 0, 0), 0, 0) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(draw((ones, ones, ones, ones), ones, ones) == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      draw((0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344), 0xa409_3822, 0x299f_31d0)
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test("an order holds every index once", arguments: [0, 1, 2, 3, 7, 1000, 60_000])
  func permutations(count: Int) {
    let order = CounterRandom.permutation(count: count, seed: 42, epoch: 3)
    #expect(order.sorted() == (0..<Int32(count)).map(\.self))
  }

  @Test("an order depends on seed and epoch, and on nothing else")
  func dependence() {
    let order = CounterRandom.permutation(count: 1000, seed: 42, epoch: 3)
    #expect(order == CounterRandom.permutation(count: 1000, seed: 42, epoch: 3))
    #expect(order != CounterRandom.permutation(count: 1000, seed: 42, epoch: 4))
    #expect(order != CounterRandom.permutation(count: 1000, seed: 43, epoch: 3))
    // The high half of the seed counts too.
    #expect(order != CounterRandom.permutation(count: 1000, seed: 42 | 1 << 40, epoch: 3))
    var used: [Int32] = (0..<1000).map { $0 * 7 % 1000 }
    CounterRandom.shuffle(into: &used, seed: 42, epoch: 3)
    #expect(used == order)
  }

  /// 12,000 epochs over the 120 orders of five samples: 100 are expected of each. Chi-squared has 119 degrees of
  /// freedom, so mean 119 and standard deviation sqrt(238) = 15.4; it exceeds 208 once in 10^6.
  @Test("every order is equally likely")
  func unbiased() {
    var counts: [[Int32]: Int] = [:]
    for epoch in 0..<12_000 { counts[CounterRandom.permutation(count: 5, seed: 7, epoch: epoch), default: 0] += 1 }
    #expect(counts.count == 120)
    let chiSquared = counts.values.reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 }
    #expect(chiSquared < 208, "chi-squared \(chiSquared)")
    // Numbers that are too even are not random either: below 58 once in 10^6.
    #expect(chiSquared > 58, "chi-squared \(chiSquared)")
  }

  /// 100,000 numbers in 100 equal parts: 99 degrees of freedom, mean 99, sd 14.1; it leaves 45 to 181
  /// once in 10^6 on either side.
  @Test("uniform numbers are below 1, multiples of 2^-24, and even")
  func uniform() {
    let random = CounterRandom(seed: 1, purpose: .initializer, index: 5)
    var counts = [Int](repeating: 0, count: 100)
    for position in 0..<100_000 {
      let value = random.uniform(position)
      #expect(value >= 0 && value < 1 && (value * 0x1p24).rounded() == value * 0x1p24)
      counts[Int(value * 100)] += 1
    }
    let chiSquared = counts.reduce(0.0) { $0 + Double(($1 - 1000) * ($1 - 1000)) / 1000 }
    #expect(chiSquared > 45 && chiSquared < 181, "chi-squared \(chiSquared)")
  }

  @Test("purposes and indices do not share numbers")
  func separation() {
    func first(_ purpose: CounterRandom.Purpose, _ index: Int) -> [Float] {
      (0..<8).map(CounterRandom(seed: 9, purpose: purpose, index: index).uniform)
    }
    #expect(Set([first(.shuffle, 0), first(.shuffle, 1), first(.initializer, 0), first(.initializer, 1)]).count == 4)
  }

  /// Quantiles from Python's `statistics.NormalDist().inv_cdf`; the algorithm promises 1 part in 10^7.
  @Test(
    "the inverse of the normal distribution",
    arguments: [
      (0.5, 0), (0.75, 0.6744897501960817), (0.975, 1.9599639845400536), (0.025, -1.9599639845400536),
      (0.92, 1.4050715603096329), (0.93, 1.4757910281791706), (1e-10, -6.361340902404056),
      (1e-12, -7.034483825301132),
    ])
  func quantiles(probability: Double, expected: Double) {
    #expect(abs(NormalQuantile.value(probability) - expected) <= 2e-7 * max(1, abs(expected)))
  }

  /// Of 100,000 numbers the mean has sd 0.00316 and the mean square sd sqrt(2/n) = 0.00447; five of each are allowed.
  @Test("normal numbers have mean 0 and variance 1")
  func normal() {
    let random = CounterRandom(seed: 3, purpose: .initializer, index: 0)
    let values = (0..<100_000).map(random.normal)
    #expect(abs(values.reduce(0, +) / 100_000) < 0.0158)
    #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 100_000 - 1) < 0.0224)
  }
}
