/// Random numbers that are functions of what they are for: no generator is passed around or saved.
///
/// Each is a word of Philox4x32-10 with the seed as key and the counter
///
///     (block, block >> 32, index, purpose << 24)        block = position / 4
///
/// so it depends on seed, purpose, index and position alone: not on threads, on what was drawn before, or on where a
/// run was resumed. Dropout masks use the same function with a last word below 2^24, so they never meet these.
package struct CounterRandom: Sendable {
  /// What numbers are for: two purposes never share one.
  package enum Purpose: UInt32, Sendable {
    /// The order of samples; the index is the epoch.
    case shuffle = 1
    /// First values of weights; the index is the parameter's.
    case initializer = 2
  }

  private let seed: UInt64
  private let index: UInt32
  private let tag: UInt32

  package init(seed: UInt64, purpose: Purpose, index: Int) {
    self.seed = seed
    self.index = UInt32(truncatingIfNeeded: index)
    tag = purpose.rawValue << 24
  }

  /// The four words of positions `4 * number ..< 4 * number + 4`.
  @inline(__always)
  func block(_ number: UInt64) -> Philox.Words {
    let low = UInt32(truncatingIfNeeded: number)
    let high = UInt32(truncatingIfNeeded: number >> 32)
    return Philox.draw(counter: (low, high, index, tag), key: seed)
  }

  private func word(_ position: UInt64) -> UInt32 {
    let words = block(position / 4)
    return switch position % 4 {
    case 0: words.0
    case 1: words.1
    case 2: words.2
    default: words.3
    }
  }

  /// Uniform in 0 ..< 1, a multiple of 2^-24.
  package func uniform(_ position: Int) -> Float { Self.uniform(word(UInt64(position))) }

  /// Standard normal.
  package func normal(_ position: Int) -> Double { NormalQuantile.value(Self.openUniform(word(UInt64(position)))) }

  @inline(__always)
  static func uniform(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }

  /// Uniform in the open interval 0 to 1: the middles of 2^32 equal parts.
  @inline(__always)
  static func openUniform(_ word: UInt32) -> Double { (Double(word) + 0.5) * 0x1p-32 }
}

// MARK: Order of samples

extension CounterRandom {
  /// An order of `0 ..< count`, all of them equally likely.
  package static func permutation(count: Int, seed: UInt64, epoch: Int) -> [Int32] {
    var order = [Int32](repeating: 0, count: count)
    shuffle(into: &order, seed: seed, epoch: epoch)
    return order
  }

  /// Fills `order` with an order of `0 ..< order.count`, whatever it held, and allocates nothing.
  ///
  /// Fisher and Yates's method, from the last place down.
  /// - Precondition: at most 2^31 - 1 places.
  package static func shuffle(into order: inout [Int32], seed: UInt64, epoch: Int) {
    for place in order.indices { order[place] = Int32(place) }
    var words = Words(CounterRandom(seed: seed, purpose: .shuffle, index: epoch))
    for place in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(place, Int(words.next(below: UInt32(place) + 1)))
    }
  }

  /// The words of a sequence one after another, four to a draw.
  struct Words {
    private let source: CounterRandom
    private var number: UInt64 = 0
    private var words: Philox.Words = (0, 0, 0, 0)
    private var used = 4

    init(_ source: CounterRandom) { self.source = source }

    mutating func next() -> UInt32 {
      if used == 4 {
        words = source.block(number)
        number += 1
        used = 0
      }
      used += 1
      return switch used {
      case 1: words.0
      case 2: words.1
      case 3: words.2
      default: words.3
      }
    }

    /// Uniform in `0 ..< bound`, without bias.
    ///
    /// Lemire, "Fast random integer generation in an interval" (2019): the high half of a product, with the few
    /// words drawn again that would make some results likelier.
    mutating func next(below bound: UInt32) -> UInt32 {
      var product = next().multipliedFullWidth(by: bound)
      if product.low < bound {
        let threshold = (0 &- bound) % bound
        while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
      }
      return product.high
    }
  }
}
