import CKernels
import Foundation
import Testing

/// An instruction set of this machine, and its kernels.
struct InstructionSet: Sendable, CustomTestStringConvertible {
  let isa: ck_isa

  static let all: [InstructionSet] = [CK_ISA_SCALAR, CK_ISA_AVX2, CK_ISA_AVX512]
    .filter { $0.rawValue <= ck_best_isa().rawValue }.map(InstructionSet.init)
  static let vector = all.filter { $0.isa != CK_ISA_SCALAR }

  var kernels: ck_table { unsafe ck_kernels(isa).pointee }
  var panel: Int { Int(kernels.panel) }
  var testDescription: String { ["scalar", "AVX2", "AVX-512"][Int(isa.rawValue)] }
}

/// Counts around every vector width and tile.
let edgeCounts = [1, 2, 3, 7, 8, 9, 15, 16, 17, 20, 24, 31, 32, 33, 48, 64, 80, 100, 144]

/// Elements that end at an unreadable page and start after a pattern, so that a kernel which reads or writes past the
/// end crashes the test and one which writes before the beginning fails it.
@safe final class Guarded<Element: BitwiseCopyable> {
  let start: UnsafeMutablePointer<Element>
  let count: Int
  private let region: UnsafeMutableRawPointer
  private let byteCount: Int
  private let guardedBytes: Int
  private static var pattern: UInt8 { 0xA5 }

  init(count: Int, repeating value: Element) {
    let page = sysconf(Int32(_SC_PAGESIZE))
    let used = count * MemoryLayout<Element>.stride
    let pages = (used + 64 + page - 1) / page
    self.count = count
    byteCount = (pages + 1) * page
    let mapped = unsafe mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(unsafe mapped != MAP_FAILED)
    unsafe region = mapped!
    precondition(unsafe mprotect(region + pages * page, page, PROT_NONE) == 0)
    guardedBytes = pages * page - used
    unsafe memset(region, Int32(Self.pattern), guardedBytes)
    unsafe start = (region + guardedBytes).bindMemory(to: Element.self, capacity: count)
    unsafe start.initialize(repeating: value, count: count)
  }

  convenience init(_ elements: [Element]) {
    precondition(!elements.isEmpty)
    self.init(count: elements.count, repeating: elements[0])
    for (index, element) in elements.enumerated() { self[index] = element }
  }

  deinit { unsafe munmap(region, byteCount) }

  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return unsafe start[index]
    }
    set {
      precondition(index >= 0 && index < count)
      unsafe start[index] = newValue
    }
  }

  var elements: [Element] { unsafe Array(UnsafeBufferPointer(start: start, count: count)) }
  var isIntactBefore: Bool {
    unsafe UnsafeRawBufferPointer(start: region, count: guardedBytes).allSatisfy { $0 == Self.pattern }
  }
}

extension Guarded<Float> {
  var bits: [UInt32] { elements.map(\.bitPattern) }
}

/// SplitMix64: a seed names the whole sequence.
struct SeededRandom: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// Half an ulp of numbers in 1..<2: what one rounding adds, relative to the magnitude of what is rounded.
let rounding = 0x1p-24

/// How far results are from what they should be, in units of what they may.
struct Deviation {
  private(set) var worst = 0.0
  private(set) var place = -1

  /// A sum of `terms` products is allowed one rounding a term (two in scalar code) and its few last operations, each
  /// relative to the sum of magnitudes.
  mutating func see(_ actual: Float, _ expected: Double, magnitude: Double, terms: Int, at index: Int) {
    see(actual, expected, allowance: Double(terms + 4) * 1.01 * rounding * magnitude, at: index)
  }

  mutating func see(_ actual: Float, _ expected: Double, allowance: Double, at index: Int) {
    if expected.isNaN && actual.isNaN || Double(actual) == expected { return }
    let ratio = abs(Double(actual) - expected) / max(allowance, Double(Float.leastNonzeroMagnitude))
    if !(ratio <= worst) { (worst, place) = (ratio, index) }
  }

  var isAllowed: Bool { worst <= 1 }
}

/// A rectangle of pixels with room around each, and the positions of its pixels in order.
struct PixelCase: CustomTestStringConvertible, Sendable {
  var images, rows, cols: Int
  var xColumn, yColumn: Int
  var pastCaches = false
  /// Without, rows and images of outputs follow on.
  var hasGaps = true

  var xRow: Int { cols * xColumn + 3 }
  var yRow: Int { cols * yColumn + (hasGaps ? 2 : 0) }
  var xImage: Int { rows * xRow + 5 }
  var yImage: Int { rows * yRow + (hasGaps ? 1 : 0) }
  var pixelCount: Int { images * rows * cols }
  var testDescription: String { "\(images)x\(rows)x\(cols)" }

  var pixels: ck_pixels {
    ck_pixels(
      images: Int32(images), rows: Int32(rows), cols: Int32(cols), x_row: Int32(xRow), x_col: Int32(xColumn),
      y_row: Int32(yRow), y_col: Int32(yColumn), x_image: Int64(xImage), y_image: Int64(yImage),
      past_caches: pastCaches ? 1 : 0)
  }

  var positions: [(x: Int, y: Int)] {
    (0..<images).flatMap { i in
      (0..<rows).flatMap { r in
        (0..<cols).map { c in (i * xImage + r * xRow + c * xColumn, i * yImage + r * yRow + c * yColumn) }
      }
    }
  }

  /// The positions end where the last image's last pixel begins.
  var xExtent: Int { positions.map(\.x).max() ?? 0 }
  var yExtent: Int { positions.map(\.y).max() ?? 0 }
}
