/// FNV-1a with 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv): tells two texts apart that differ by accident.
///
/// Written into a run directory so that one can see at a glance whether two runs had the same spec or ended with the
/// same weights. Not for security: texts with a given fingerprint are easily made.
package enum Fingerprint {
  /// `fnv1a64:` and sixteen hexadecimal digits.
  package static func text(of bytes: some Sequence<UInt8>) -> String {
    let digits = String(value(of: bytes), radix: 16)
    return "fnv1a64:" + String(repeating: "0", count: 16 - digits.count) + digits
  }

  package static func value(of bytes: some Sequence<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }
}
