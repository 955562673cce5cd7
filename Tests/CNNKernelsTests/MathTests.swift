import CKernels
import Foundation
import Testing

@Suite("Elementary functions")
struct MathTests {
  static func apply(_ set: InstructionSet, _ f: ck_unary, _ x: [Float], parameter: Float = 0) -> [Float] {
    let input = Guarded(x)
    let y = Guarded<Float>(count: x.count, repeating: 99)
    unsafe set.kernels.unary(f, parameter, input.start, Int64(x.count), y.start)
    #expect(y.isIntactBefore)
    return withExtendedLifetime(input) { y.elements }
  }

  @Test("exp is within 2 ulp everywhere, denormal results included", arguments: InstructionSet.all)
  func exponential(_ set: InstructionSet) {
    let x = (0...200_000).map { Float(-104 + Double($0) * 192.8 / 200_000) }
    var worst = 0.0
    for (x, y) in zip(x, Self.apply(set, CK_EXP, x)) {
      let exact = exp(Double(x))
      guard exact < Double(Float.greatestFiniteMagnitude) else { continue }
      worst = max(worst, abs(Double(y) - exact) / Double(max(Float(exact).ulp, Float.leastNonzeroMagnitude)))
    }
    #expect(worst < 2)
  }

  @Test("exp has its limits", arguments: InstructionSet.all)
  func limits(_ set: InstructionSet) {
    let x: [Float] = [-.infinity, -1e30, -105, 0, -0.0, 89, 1e30, .infinity, .nan]
    let y = Self.apply(set, CK_EXP, x)
    #expect(Array(y.dropLast()) == [0, 0, 0, 1, 1, .infinity, .infinity, .infinity])
    #expect(y.last!.isNaN)
    for f in [CK_SIGMOID, CK_TANH, CK_RELU6, CK_ELU, CK_SELU, CK_GELU, CK_SILU, CK_HARD_SIGMOID, CK_SOFTPLUS] {
      #expect(Self.apply(set, f, [.nan], parameter: 1)[0].isNaN, "\(f)")
    }
    #expect(Self.apply(set, CK_SIGMOID, [-.infinity, .infinity]) == [0, 1])
    #expect(Self.apply(set, CK_TANH, [-.infinity, .infinity]) == [-1, 1])
    #expect(Self.apply(set, CK_SOFTPLUS, [-.infinity, .infinity]) == [0, .infinity])
    #expect(Self.apply(set, CK_ELU, [-.infinity, .infinity], parameter: 0.5) == [-0.5, .infinity])
  }

  /// A function, its derivative, and what either may be off by: relative to the value, and in absolute terms.
  struct Function: Sendable {
    var f: ck_unary
    var parameter: Float = 0
    var relative = 0.0
    var absolute = 0.0
    var value: @Sendable (Double) -> Double
    var slope: @Sendable (Double) -> Double
  }

  static func normal(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
  static func gelu(_ x: Double) -> Double { x * 0.5 * erfc(-x / 2.0.squareRoot()) }
  static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

  /// Five roundings and an exponential of 2 ulp are below 4e-7; slopes from a rounded y of magnitude 1 are off by
  /// roundings of 1. The tail of the normal distribution is known to 6e-7 of itself.
  static let functions: [Function] = [
    Function(f: CK_SIGMOID, relative: 4e-7, absolute: 2e-7, value: logistic) { logistic($0) * logistic(-$0) },
    Function(f: CK_TANH, relative: 4e-7, absolute: 4e-7, value: tanh) { 1 - tanh($0) * tanh($0) },
    Function(f: CK_RELU6, value: { min(max($0, 0), 6) }, slope: { $0 > 0 && $0 < 6 ? 1 : 0 }),
    Function(
      f: CK_ELU, parameter: 0.7, relative: 4e-7, absolute: 2e-7,
      value: { $0 > 0 ? $0 : Double(Float(0.7)) * expm1($0) },
      slope: { $0 > 0 ? 1 : Double(Float(0.7)) * exp($0) }),
    Function(
      f: CK_SELU, relative: 4e-7, absolute: 4e-7,
      value: { 1.0507009873554805 * ($0 > 0 ? $0 : 1.6732632423543772 * expm1($0)) },
      slope: { 1.0507009873554805 * ($0 > 0 ? 1 : 1.6732632423543772 * exp($0)) }),
    Function(
      f: CK_GELU, relative: 8e-7, absolute: 6e-7, value: gelu,
      slope: { normal($0) + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }),
    Function(
      f: CK_SILU, relative: 6e-7, absolute: 6e-7, value: { $0 * logistic($0) },
      slope: { logistic($0) * (1 + $0 * logistic(-$0)) }),
    Function(
      f: CK_HARD_SIGMOID, relative: 2e-7, absolute: 1e-7, value: { min(max($0 + 3, 0), 6) / 6 },
      slope: { $0 > -3 && $0 < 3 ? 1.0 / 6 : 0 }),
    Function(
      f: CK_SOFTPLUS, relative: 6e-7, absolute: 0, value: { max($0, 0) + log1p(exp(-abs($0))) }, slope: logistic),
    Function(
      f: CK_LEAKY_RELU, parameter: 0.3, relative: 1e-7, value: { $0 > 0 ? $0 : Double(Float(0.3)) * $0 },
      slope: { $0 > 0 ? 1 : Double(Float(0.3)) }),
    Function(f: CK_EXP, relative: 3e-7, value: exp, slope: exp),
  ]

  /// Where a result, or the exponential that it is a product of, is below the normal numbers: spaced 1.4e-45, times
  /// arguments up to 104.
  private var denormalAllowance: Double { 104 * 0x1p-149 }

  /// The ends and the middle: of each function the value to its relative bound, however small; then signs of zero.
  @Test("activations keep their relative accuracy at the edges", arguments: InstructionSet.all)
  func edges(_ set: InstructionSet) {
    let magnitudes: [Float] =
      [0, .leastNonzeroMagnitude, .leastNormalMagnitude, 1e-30, 1e-10, 1e-5, 0.01, 0.1, 0.5, 0.624, 0.626, 1, 2, 2.99]
      + [3, 3.01, 5, 5.99, 6, 6.01, 8, 10, 13, 14, 17, 20, 40, 87, 88, 89, 100, 103, 104, 105, 1000, 1e10, 1e30]
      + [.greatestFiniteMagnitude]
    let x = magnitudes + magnitudes.map { -$0 }
    for function in Self.functions where function.f != CK_EXP {
      let y = Self.apply(set, function.f, x, parameter: function.parameter)
      var deviation = Deviation()
      for (index, x) in x.enumerated() {
        let exact = function.value(Double(x))
        // SELU of the greatest number is beyond it.
        let value = abs(exact) > Double(Float.greatestFiniteMagnitude) ? .infinity : exact
        deviation.see(y[index], value, allowance: function.relative * abs(value) + denormalAllowance, at: index)
      }
      #expect(deviation.isAllowed, "\(function.f): \(deviation), at \(x[max(0, deviation.place)])")
    }
    for f in [CK_TANH, CK_ELU, CK_SELU, CK_GELU, CK_SILU, CK_LEAKY_RELU] {
      let zeros = Self.apply(set, f, [0, -0.0], parameter: 0.5)
      #expect(zeros == [0, 0] && zeros[0].sign == .plus && zeros[1].sign == .minus, "\(f)")
    }
    #expect(Self.apply(set, CK_GELU, [.infinity, 1e30]) == [.infinity, 1e30])
  }

  @Test("activations and their gradients", arguments: InstructionSet.all)
  func activations(_ set: InstructionSet) {
    for function in Self.functions {
      for count in [1, 7, 16, 33, 20_001] {
        let x = count == 1 ? [0.75] : (0..<count).map { Float(-30 + 60 * Double($0) / Double(count - 1)) }
        let y = Self.apply(set, function.f, x, parameter: function.parameter)
        let dx = Guarded<Float>(count: count, repeating: 99)
        let dy = Guarded<Float>(count: count, repeating: -2)
        let input = Guarded(x)
        let output = Guarded(y)
        unsafe set.kernels.unary_gradient(
          function.f, function.parameter, input.start, output.start, dy.start, Int64(count), dx.start)
        var forward = Deviation()
        var backward = Deviation()
        for (i, x) in x.enumerated() {
          let (value, slope) = (function.value(Double(x)), function.slope(Double(x)))
          forward.see(
            y[i], value, allowance: function.relative * abs(value) + denormalAllowance, at: i)
          backward.see(
            dx[i], -2 * slope, allowance: 2 * (function.relative * abs(slope) + function.absolute), at: i)
        }
        #expect(forward.isAllowed, "\(function.f) of \(count): \(forward)")
        #expect(backward.isAllowed && dx.isIntactBefore, "gradient of \(function.f) of \(count): \(backward)")
        withExtendedLifetime((input, output, dy)) {}
      }
    }
  }

  @Test("softmax, its gradient and cross-entropy over rows", arguments: InstructionSet.all)
  func softmax(_ set: InstructionSet) {
    for c in edgeCounts {
      let rows = 5
      var random = SeededRandom(seed: UInt64(c))
      let x = Guarded(random.floats(rows * c, in: -20...20).map { ($0 * 2).rounded() / 2 })
      let dy = Guarded(random.floats(rows * c))
      let labels = Guarded((0..<rows).map { Int32(($0 * 7) % c) })
      let y = Guarded<Float>(count: rows * c, repeating: 9)
      let gradient = Guarded<Float>(count: rows * c, repeating: 9)
      let p = Guarded<Float>(count: rows * c, repeating: 9)
      let dx = Guarded<Float>(count: rows * c, repeating: 9)
      let loss = Guarded<Float>(count: rows, repeating: 9)
      let hits = Guarded<Float>(count: rows, repeating: 9)
      let k = set.kernels
      let n = Int32(c)
      unsafe k.softmax(x.start, Int64(rows), n, y.start)
      unsafe k.softmax_gradient(y.start, dy.start, Int64(rows), n, gradient.start)
      unsafe k.softmax_cross_entropy(
        x.start, labels.start, Int64(rows), n, 0.25, 0, nil, p.start, dx.start, loss.start, hits.start)
      var deviation = Deviation()
      for row in 0..<rows {
        let values = (0..<c).map { Double(x[row * c + $0]) }
        let label = Int(labels[row])
        let greatest = values.max()!
        let sum = values.map { exp($0 - greatest) }.reduce(0, +)
        let shares = values.map { exp($0 - greatest) / sum }
        let dot = (0..<c).map { shares[$0] * Double(dy[row * c + $0]) }.reduce(0, +)
        for j in 0..<c {
          let place = row * c + j
          // exp is off by 2 ulp, the sum by a rounding a term, and the quotient by one more.
          deviation.see(y[place], shares[j], magnitude: shares[j], terms: c + 8, at: place)
          deviation.see(p[place], shares[j], magnitude: shares[j], terms: c + 8, at: place)
          deviation.see(
            gradient[place], shares[j] * (Double(dy[place]) - dot), magnitude: 2 * shares[j], terms: 2 * c + 16,
            at: place)
          let target = j == label ? 1.0 : 0
          deviation.see(dx[place], (shares[j] - target) * 0.25, magnitude: 0.25, terms: c + 8, at: place)
        }
        let exact = log(sum) + greatest - values[label]
        deviation.see(loss[row], exact, magnitude: 1 + exact, terms: c + 8, at: row)
        #expect(hits[row] == (values.firstIndex(of: greatest) == label ? 1 : 0), "c \(c), row \(row)")
      }
      #expect(deviation.isAllowed, "c \(c): \(deviation)")
      let intact = [y, gradient, p, dx, loss, hits].allSatisfy(\.isIntactBefore)
      #expect(intact, "c \(c)")
      // Without p the gradient, without both the loss, keep their bits.
      let (bits, losses) = (dx.bits, loss.bits)
      unsafe k.softmax_cross_entropy(
        x.start, labels.start, Int64(rows), n, 0.25, 0, nil, nil, dx.start, loss.start, hits.start)
      #expect(dx.bits == bits && loss.bits == losses, "c \(c)")
      unsafe k.softmax_cross_entropy(
        x.start, labels.start, Int64(rows), n, 0.25, 0, nil, nil, nil, loss.start, hits.start)
      #expect(loss.bits == losses, "c \(c)")
      withExtendedLifetime((x, dy, labels)) {}
    }
  }

  @Test("a row's softmax has the same bits alone and in a batch", arguments: InstructionSet.all)
  func rows(_ set: InstructionSet) {
    var random = SeededRandom(seed: 3)
    let x = Guarded(random.floats(7 * 10, in: -5...5))
    let all = Guarded<Float>(count: 70, repeating: 0)
    let alone = Guarded<Float>(count: 70, repeating: 0)
    unsafe set.kernels.softmax(x.start, 7, 10, all.start)
    for row in 0..<7 { unsafe set.kernels.softmax(x.start + row * 10, 1, 10, alone.start + row * 10) }
    #expect(all.bits == alone.bits)
    withExtendedLifetime(x) {}
  }
}
