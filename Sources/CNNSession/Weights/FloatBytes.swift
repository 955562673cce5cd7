/// Floats to little-endian bytes and back, as one copy of memory.
///
/// The one place of this module that handles raw memory: bounds are proven here, and every pattern of bits is a
/// `Float`.
package enum FloatBytes {
  package static func append(_ values: [Float], to bytes: inout [UInt8]) {
    #if _endian(little)
      unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    #else
      for value in values {
        let bits = value.bitPattern
        bytes += [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: bits >> $0) }
      }
    #endif
  }

  /// - Precondition: `range` lies within `bytes` and is a multiple of four long.
  package static func floats(_ bytes: [UInt8], _ range: Range<Int>) -> [Float] {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= bytes.count && range.count.isMultiple(of: 4),
      "floats in \(range) of \(bytes.count) bytes")
    #if _endian(little)
      return unsafe [Float](unsafeUninitializedCapacity: range.count / 4) { target, count in
        unsafe bytes.withUnsafeBytes { source in
          unsafe UnsafeMutableRawBufferPointer(target)
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[range]))
        }
        count = range.count / 4
      }
    #else
      return stride(from: range.lowerBound, to: range.upperBound, by: 4).map { start in
        Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
      }
    #endif
  }

  /// Index of the first infinity or not-a-number.
  static func firstNonFinite(_ values: [Float]) -> Int? {
    // Two passes: the first has no exit, so that it runs as wide as the machine is.
    var largest: UInt32 = 0
    for value in values { largest = max(largest, value.bitPattern & 0x7fff_ffff) }
    if largest < Float.infinity.bitPattern { return nil }
    return values.firstIndex { !$0.isFinite }
  }
}
