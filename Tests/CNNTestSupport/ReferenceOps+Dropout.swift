internal import CNNLayers

extension ReferenceNode {
  /// Element e of a sample is kept if its draw is at least rate * 2^32: word e % 4 of Philox at counter
  /// (e / 4, sample, step, stream) under the seed as key.
  func dropout(_ operation: DropoutOperation) -> [[Double]] {
    let threshold = UInt32(min(operation.rate * 4_294_967_296, 4_294_967_295))
    let scale = operation.rate < 1 ? 1 / (1 - operation.rate) : 0
    let key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
    return operands[0].enumerated().map { sample, x in
      x.indices.map { e in
        let draw = philox4x32([UInt32(e / 4), UInt32(sample), step, operation.stream.number], key: key)
        return draw[e % 4] >= threshold ? x[e] * scale : 0
      }
    }
  }
}

/// Philox4x32-10: ten rounds of two multiplications (Salmon et al., SC 2011, section 3.3).
package func philox4x32(_ counter: [UInt32], key: [UInt32]) -> [UInt32] {
  var (c, k) = (counter, key)
  for _ in 0..<10 {
    let (left, right) = (c[0].multipliedFullWidth(by: 0xD251_1F53), c[2].multipliedFullWidth(by: 0xCD9E_8D57))
    c = [right.high ^ c[1] ^ k[0], right.low, left.high ^ c[3] ^ k[1], left.low]
    k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
  }
  return c
}
