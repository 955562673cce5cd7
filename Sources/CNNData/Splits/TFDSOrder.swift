/// The order in which TensorFlow Datasets serves a split, computed from nothing but its name and size.
///
/// When TensorFlow Datasets prepares a data set it sorts the examples of a split by the MD5 digest
/// of the split's name followed by the example's key, here the decimal index in the source file,
/// read as a big-endian number of 128 bits (tensorflow/datasets: `core/hashing.py`,
/// `core/shuffle.py`; `image_classification/mnist.py` for the key). Old versions used
/// another hash (CityHash64), and so another order.
///
///     TFDSOrder.indices(split: "train", count: 60_000).prefix(3)   // 16399, 1680, 47917
package enum TFDSOrder {
  /// The indices `0 ..< count` of the source in the order in which they are served.
  ///
  /// Takes a few milliseconds for 60,000. The digests are evenly spread, so they are dealt into buckets by
  /// their first bits, and what shares a bucket is sorted there.
  /// - Precondition: `count` is at most `IDXHeader.maximumRecordCount`.
  package static func indices(split: String, count: Int) -> [Int] {
    precondition(count >= 0 && count <= IDXHeader.maximumRecordCount, "\(count) samples")
    let hasher = IndexHasher(salt: split)
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

    init(_ md5: MD5) {
      high = md5.highHalf
      low = md5.lowHalf
    }

    static func < (left: Digest, right: Digest) -> Bool {
      left.high != right.high ? left.high < right.high : left.low < right.low
    }
  }

  /// Digests of a fixed text followed by a decimal number.
  struct IndexHasher {
    private let salt: [UInt8]
    /// The salt as the first bytes of a block, or `nil` if it leaves too little room.
    private let start: UInt128?

    init(salt: String) {
      self.salt = Array(salt.utf8)
      start = self.salt.count > 7 ? nil : self.salt.reversed().reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// - Precondition: `index` has at most eight digits.
    func digest(of index: Int) -> Digest {
      guard let start else { return Digest(MD5(of: salt + Array(String(index).utf8))) }
      // First byte lowest, as MD5 reads its words; the byte 0x80 ends the message. Salt, digits and
      // end fit sixteen bytes, so all else of the block but the length is zero.
      var digits: UInt64 = 0
      var digitCount = 0
      var rest = UInt32(index)
      repeat {
        digits = digits &<< 8 | UInt64(UInt8(ascii: "0")) + UInt64(rest % 10)
        rest /= 10
        digitCount += 1
      } while rest > 0
      let length = salt.count + digitCount
      let text = start | UInt128(digits) << (8 * salt.count) | 0x80 << (8 * length)
      var block = MD5.Block(repeating: 0)
      block[0] = UInt32(truncatingIfNeeded: text)
      block[1] = UInt32(truncatingIfNeeded: text >> 32)
      block[2] = UInt32(truncatingIfNeeded: text >> 64)
      block[3] = UInt32(truncatingIfNeeded: text >> 96)
      block[14] = UInt32(8 * length)
      var md5 = MD5()
      md5.add(block)
      return Digest(md5)
    }
  }
}
