import CNNKernels
import Testing

@Suite("CRC-32C")
struct CRC32CTests {
  /// RFC 3720, appendix B.4, as numbers; and the check value that catalogues of such sums give.
  @Test(
    "published sums",
    arguments: [
      ([UInt8](repeating: 0, count: 32), 0x8a91_36aa), ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
      ((0..<32).map { UInt8($0) }, 0x46dd_794e), ((0..<32).map { UInt8(31 - $0) }, 0x113f_db5c),
      (Array("123456789".utf8), 0xe306_9283), ([], 0),
    ] as [([UInt8], UInt32)])
  func vectors(_ bytes: [UInt8], _ expected: UInt32) {
    for instructionSet in CNNKernels.InstructionSet.allCases {
      var sum = CRC32C(instructionSet)
      sum.add(bytes)
      #expect(sum.value == expected, "\(instructionSet)")
    }
  }

  @Test("pieces of any length give the sum of the whole, on each instruction set")
  func pieces() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 3) }
    let whole = CRC32C.of(bytes)
    for length in [1, 3, 7, 8, 9, 64, 999] {
      for instructionSet in CNNKernels.InstructionSet.allCases {
        var sum = CRC32C(instructionSet)
        for start in stride(from: 0, to: bytes.count, by: length) {
          sum.add(bytes[start..<min(start + length, bytes.count)])
        }
        #expect(sum.value == whole, "pieces of \(length), \(instructionSet)")
      }
    }
  }
}
