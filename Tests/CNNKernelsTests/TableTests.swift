import CKernels
import Testing

@Suite("The table of kernels")
struct TableTests {
  @Test("asking for more than the machine has gives what it has")
  func best() {
    let asked = unsafe ck_kernels(CK_ISA_AVX512).pointee
    #expect(asked.isa == ck_best_isa())
  }

  @Test("each instruction set answers for itself, and its panel is whole vectors", arguments: InstructionSet.all)
  func identity(_ set: InstructionSet) {
    #expect(set.kernels.isa == set.isa)
    let lanes = [1, 8, 16][Int(set.isa.rawValue)]
    #expect(set.panel > 0 && set.panel % lanes == 0)
  }

  @Test("the burst reports the operations it did", arguments: InstructionSet.all)
  func burst(_ set: InstructionSet) {
    #expect(ck_fma_burst(set.isa, 20) == 2 * ck_fma_burst(set.isa, 10))
    #expect(ck_fma_burst(set.isa, 1) > 0)
  }
}

@Suite("Philox4x32-10")
struct PhiloxTests {
  /// The known answers that come with Random123 (Salmon et al., SC 2011): `kat_vectors`.
  @Test(
    "gives the published answers",
    arguments: [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      ([.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func published(counter: [UInt32], key: [UInt32], answer: [UInt32]) {
    var out = [UInt32](repeating: 0, count: 4)
    unsafe ck_philox(counter, key, &out)
    #expect(out == answer)
  }

  @Test("dropout keeps what Philox says and scales it, at any length and in place", arguments: InstructionSet.all)
  func dropout(_ set: InstructionSet) {
    var random = SeededRandom(seed: 7)
    let seed: UInt64 = 0x0123_4567_89ab_cdef
    let threshold: UInt32 = 0x4000_0000
    for count in edgeCounts + [257] {
      let x = random.floats(count)
      let expected = (0..<count).map { e -> Float in
        var draw = [UInt32](repeating: 0, count: 4)
        unsafe ck_philox([UInt32(e / 4), 5, 3, 9], [0x89ab_cdef, 0x0123_4567], &draw)
        return draw[e % 4] >= threshold ? x[e] * 1.5 : 0
      }
      let y = Guarded(x)
      unsafe set.kernels.dropout(y.start, Int64(count), seed, 9, 3, 5, threshold, 1.5, y.start)
      #expect(y.bits == expected.map(\.bitPattern) && y.isIntactBefore, "count \(count)")
    }
  }
}
