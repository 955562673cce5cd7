internal import CKernels

/// A cyclic redundancy check with Castagnoli's polynomial (RFC 3720, appendix B.4): finds damage, not malice.
///
/// Some ten gigabytes a second where the processor has an instruction for it.
///
///     var sum = CRC32C()
///     sum.add(header)
///     sum.add(values)
///     file.append(sum.value)
package struct CRC32C: Sendable, Equatable {
  /// Of the bytes so far; 0 of none.
  package private(set) var value: UInt32 = 0
  private let instructionSet: InstructionSet

  private static let best = InstructionSet.best

  package init() { instructionSet = Self.best }

  /// - Parameter instructionSet: a lower one than the processor's, to compare.
  package init(_ instructionSet: InstructionSet) { self.instructionSet = min(instructionSet, Self.best) }

  package mutating func add(_ bytes: ArraySlice<UInt8>) {
    let isa = ck_isa(UInt32(instructionSet.rawValue))
    let sum = value
    value = unsafe bytes.withUnsafeBufferPointer { unsafe ck_crc32c(isa, sum, $0.baseAddress, $0.count) }
  }

  package mutating func add(_ bytes: [UInt8]) { add(bytes[...]) }

  package static func of(_ bytes: [UInt8]) -> UInt32 {
    var sum = CRC32C()
    sum.add(bytes)
    return sum.value
  }
}
