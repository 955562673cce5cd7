internal import CKernels

/// The vector instructions a kernel may use; ordered, each includes the ones before it.
package enum InstructionSet: Int, Sendable, CaseIterable, Comparable, CustomStringConvertible {
  case scalar = 0
  case avx2 = 1
  case avx512 = 2

  package var description: String {
    switch self {
    case .scalar: "scalar"
    case .avx2: "AVX2+FMA"
    case .avx512: "AVX-512"
    }
  }

  /// Floats of a vector.
  package var lanes: Int {
    switch self {
    case .scalar: 1
    case .avx2: 8
    case .avx512: 16
    }
  }

  /// The word that `CNNRUN_ISA` takes.
  package var word: String {
    switch self {
    case .scalar: "scalar"
    case .avx2: "avx2"
    case .avx512: "avx512"
    }
  }

  /// The best one that this processor and its operating system support.
  package static var best: InstructionSet { InstructionSet(rawValue: Int(ck_best_isa().rawValue)) ?? .scalar }

  package static func < (left: InstructionSet, right: InstructionSet) -> Bool { left.rawValue < right.rawValue }
}

/// The micro-kernels of one instruction set, chosen once when a session opens.
package struct KernelTable: Sendable {
  package let instructionSet: InstructionSet
  let functions: ck_table
  /// Output channels that one panel of a filter holds.
  package var panel: Int { Int(functions.panel) }

  /// - Parameter instructionSet: a lower one than the processor's best may be asked for, to compare; a
  ///   higher one gives the best.
  package init(_ instructionSet: InstructionSet = .best) {
    self.instructionSet = min(instructionSet, .best)
    functions = unsafe ck_kernels(ck_isa(UInt32(self.instructionSet.rawValue))).pointee
  }
}
