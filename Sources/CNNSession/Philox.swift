/// Philox4x32-10: 128 random bits for a counter and a key, without state.
///
/// Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011); the same function that the
/// dropout kernels use.
package enum Philox {
  package typealias Words = (UInt32, UInt32, UInt32, UInt32)

  /// - Parameter key: the paper's two words, the first one in the low half.
  @inline(__always)
  package static func draw(counter: Words, key: UInt64) -> Words {
    var (c0, c1, c2, c3) = counter
    var k0 = UInt32(truncatingIfNeeded: key)
    var k1 = UInt32(truncatingIfNeeded: key >> 32)
    for _ in 0..<10 {
      let left = c0.multipliedFullWidth(by: 0xD251_1F53)
      let right = c2.multipliedFullWidth(by: 0xCD9E_8D57)
      (c0, c1, c2, c3) = (right.high ^ c1 ^ k0, right.low, left.high ^ c3 ^ k1, left.low)
      k0 &+= 0x9E37_79B9
      k1 &+= 0xBB67_AE85
    }
    return (c0, c1, c2, c3)
  }
}
