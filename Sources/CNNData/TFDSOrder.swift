/// The order in which TensorFlow Datasets serves a split, computed from nothing but its name and size.
///
/// When TensorFlow Datasets prepares a data set it sorts the examples of a split by the MD5 digest
/// of the split's name followed by the example's key, here the decimal index in the source file,
/// read as a big-endian number of 128 bits (tensorflow/datasets: `core/hashing.py`,
/// `core/shuffle.py`; `image_classification/mnist.py` for the key). Versions before 2019 used
/// another hash, and so another order.
///
///     TFDSOrder.indices(split: "train", count: 60_000).prefix(3)   // 16399, 1680, 47917
package enum TFDSOrder {
  /// Longest `split` name: with ten digits and the padding it has to fit one block of MD5.
  static let longestSplitName = 45

  /// The indices `0 ..< count` of the source in the order in which they are served.
  ///
  /// Takes about 10 ms for 60,000. The digests are evenly spread, so they are dealt into buckets by
  /// their first bits, and what shares a bucket is sorted there.
  /// - Precondition: `count` fits 32 bits; `split` is at most 45 bytes.
  package static func indices(split: String, count: Int) -> [Int] {
    precondition(count >= 0 && count <= Int(UInt32.max), "\(count) samples")
    precondition(split.utf8.count <= longestSplitName, "the split name '\(split)' is too long")
    var hasher = IndexHasher(salt: split)
    let digests = (0..<count).map { hasher.digest(of: $0) }

    var bucketBits = 0
    while bucketBits < 24 && (1 << bucketBits) < count { bucketBits += 1 }
    let shift = UInt64(64 - bucketBits)  // a shift by 64 gives 0, the only bucket
    var starts = [Int](repeating: 0, count: (1 << bucketBits) + 1)
    for digest in digests { starts[Int(digest.high >> shift) + 1] += 1 }
    for bucket in 1..<starts.count { starts[bucket] += starts[bucket - 1] }

    var order = [Int](repeating: 0, count: count)
    var next = starts
    for index in 0..<count {
      let bucket = Int(digests[index].high >> shift)
      order[next[bucket]] = index
      next[bucket] += 1
    }
    for bucket in 0..<(starts.count - 1) where starts[bucket + 1] - starts[bucket] > 1 {
      order[starts[bucket]..<starts[bucket + 1]].sort { digests[$0] < digests[$1] }
    }
    return order
  }

  struct Digest: Comparable {
    let high: UInt64
    let low: UInt64

    static func < (left: Digest, right: Digest) -> Bool {
      left.high != right.high ? left.high < right.high : left.low < right.low
    }
  }

  /// Digests of a fixed text followed by a decimal number, each one block of MD5.
  struct IndexHasher {
    private let salt: [UInt8]
    private let block: MD5.Block

    init(salt: String) {
      self.salt = Array(salt.utf8)
      var block = MD5.Block(repeating: 0)
      for (position, byte) in self.salt.enumerated() { Self.put(byte, at: position, in: &block) }
      self.block = block
    }

    mutating func digest(of index: Int) -> Digest {
      var digitCount = 1
      var power = 10
      while power <= index {
        digitCount += 1
        power *= 10
      }
      var block = block
      var rest = index
      let end = salt.count + digitCount
      for position in stride(from: end - 1, through: salt.count, by: -1) {
        Self.put(UInt8(ascii: "0") + UInt8(rest % 10), at: position, in: &block)
        rest /= 10
      }
      Self.put(0x80, at: end, in: &block)
      block[14] = UInt32(end * 8)
      var md5 = MD5()
      md5.add(block)
      return Digest(high: md5.highHalf, low: md5.lowHalf)
    }

    private static func put(_ byte: UInt8, at position: Int, in block: inout MD5.Block) {
      block[position / 4] |= UInt32(byte) &<< UInt32(8 * (position % 4))
    }
  }
}
