import CKernels
import Foundation
import Testing

/// Optimisers' sweeps against their formulas in `keras/src/optimizers` (Keras 3.15), one rounding an operation: so every
/// instruction set has the bits that are written down here.
@Suite("Optimisers' sweeps") struct OptimizerKernelTests {
  /// What a rule keeps of one weight, and how it changes both.
  struct Rule: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let vectorCount: Int
    /// Calls the kernel: weights, vectors, gradients, count, and what is done before the rule.
    let run: @Sendable (ck_table, Vector, [Vector], Vector, ck_update) -> Void
    /// One weight by the formula, its gradient already clipped and itself already decayed.
    let formula: @Sendable (_ w: Float, _ v: [Float], _ g: Float, _ rate: Float) -> (w: Float, v: [Float])
  }

  typealias Vector = Guarded<Float>

  private static func sign(_ x: Float) -> Float { x > 0 ? 1 : x < 0 ? -1 : 0 }

  static let rules: [Rule] = [
    Rule(
      testDescription: "sgd", vectorCount: 0,
      run: { k, w, _, g, u in
        var u = u
        unsafe k.sgd(w.start, nil, g.start, Int64(w.count), &u, 0, 0)
      }, formula: { w, _, g, rate in (w - rate * g, []) }),
    Rule(
      testDescription: "sgd with momentum", vectorCount: 1,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.sgd(w.start, v[0].start, g.start, Int64(w.count), &u, 0.9, 0)
      },
      formula: { w, v, g, rate in
        let velocity = 0.9 * v[0] - rate * g
        return (w + velocity, [velocity])
      }),
    Rule(
      testDescription: "sgd with Nesterov momentum", vectorCount: 1,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.sgd(w.start, v[0].start, g.start, Int64(w.count), &u, 0.9, 1)
      },
      formula: { w, v, g, rate in
        let velocity = 0.9 * v[0] - rate * g
        let ahead = 0.9 * velocity
        return (w + (ahead - rate * g), [velocity])
      }),
    Rule(
      testDescription: "adam", vectorCount: 2,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.adam(w.start, v[0].start, v[1].start, nil, g.start, Int64(w.count), &u, 0.01, 0.1, 0.001, 1e-7)
      },
      formula: { w, v, g, _ in
        let mean = v[0] + (g - v[0]) * 0.1
        let square = g * g
        let spread = v[1] + (square - v[1]) * 0.001
        return (w - 0.01 * mean / (spread.squareRoot() + 1e-7), [mean, spread])
      }),
    Rule(
      testDescription: "adam with amsgrad", vectorCount: 3,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.adam(
          w.start, v[0].start, v[1].start, v[2].start, g.start, Int64(w.count), &u, 0.01, 0.1, 0.5, 1e-7)
      },
      formula: { w, v, g, _ in
        let mean = v[0] + (g - v[0]) * 0.1
        let square = g * g
        let spread = v[1] + (square - v[1]) * 0.5
        let most = max(spread, v[2])
        return (w - 0.01 * mean / (most.squareRoot() + 1e-7), [mean, spread, most])
      }),
    Rule(
      testDescription: "nadam", vectorCount: 2,
      run: { k, w, v, g, u in
        var u = u
        var numbers = ck_nadam(
          one_minus_b1: 0.1, one_minus_b2: 0.001, mean_share: 0.75, gradient_share: 0.5, square_share: 1.5, eps: 1e-7)
        unsafe k.nadam(w.start, v[0].start, v[1].start, g.start, Int64(w.count), &u, &numbers)
      },
      formula: { w, v, g, rate in
        let mean = v[0] + (g - v[0]) * 0.1
        let square = g * g
        let spread = v[1] + (square - v[1]) * 0.001
        let own = 0.5 * g
        let ahead = 0.75 * mean + own
        let scaled = spread * 1.5
        return (w - ahead * rate / (scaled.squareRoot() + 1e-7), [mean, spread])
      }),
    Rule(
      testDescription: "rmsprop", vectorCount: 1,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.rmsprop(w.start, v[0].start, nil, nil, g.start, Int64(w.count), &u, 0.75, 0.25, 0, 1e-7)
      },
      formula: { w, v, g, rate in
        let square = g * g
        let taken = 0.25 * square
        let spread = 0.75 * v[0] + taken
        return (w - rate * g / (spread + 1e-7).squareRoot(), [spread])
      }),
    Rule(
      testDescription: "rmsprop, centred, with momentum", vectorCount: 3,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.rmsprop(
          w.start, v[0].start, v[1].start, v[2].start, g.start, Int64(w.count), &u, 0.75, 0.25, 0.5, 1e-3)
      },
      formula: { w, v, g, rate in
        let square = g * g
        let taken = 0.25 * square
        let spread = 0.75 * v[0] + taken
        let takenMean = 0.25 * g
        let mean = 0.75 * v[1] + takenMean
        let meanSquare = mean * mean
        let step = rate * g / (max(spread - meanSquare, 0) + 1e-3).squareRoot()
        let velocity = 0.5 * v[2] + step
        return (w - velocity, [spread, mean, velocity])
      }),
    Rule(
      testDescription: "adagrad", vectorCount: 1,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.adagrad(w.start, v[0].start, g.start, Int64(w.count), &u, 1e-7)
      },
      formula: { w, v, g, rate in
        let square = g * g
        let sum = v[0] + square
        return (w - rate * g / (sum + 1e-7).squareRoot(), [sum])
      }),
    Rule(
      testDescription: "lion", vectorCount: 1,
      run: { k, w, v, g, u in
        var u = u
        unsafe k.lion(w.start, v[0].start, g.start, Int64(w.count), &u, 0.75, 0.25, 0.5, 0.5)
      },
      formula: { w, v, g, rate in
        let own = g * 0.25
        let way = v[0] * 0.75 + own
        let rest = g * 0.5
        return (w - rate * sign(way), [v[0] * 0.5 + rest])
      }),
  ]

  /// What is done before a rule: nothing, then each of scaling, bounding and decay, then all.
  static let before = [
    ck_update(rate: 0.1, decay: 0, scale: 1, limit: .infinity),
    ck_update(rate: 0.1, decay: 0, scale: 0.3, limit: .infinity),
    ck_update(rate: 0.1, decay: 0, scale: 1, limit: 0.25), ck_update(rate: 0.1, decay: 0.4, scale: 1, limit: .infinity),
    ck_update(rate: 0.2, decay: 0.7, scale: 0.6, limit: 0.3),
  ]

  @Test("each rule has the bits of its formula", arguments: InstructionSet.all, rules)
  func formulas(_ set: InstructionSet, _ rule: Rule) {
    for count in edgeCounts {
      for (index, update) in Self.before.enumerated() {
        var random = SeededRandom(seed: UInt64(count * 10 + index))
        var gradients = random.floats(count)
        // A gradient of exactly nothing, as weights have that no sample reaches.
        gradients[count / 2] = 0
        let weights = random.floats(count)
        var vectors = (0..<rule.vectorCount).map { _ in random.floats(count, in: 0...1) }
        for vector in vectors.indices where count > 2 { vectors[vector][count / 2] = 0 }
        let g = Guarded(gradients)
        let w = Guarded(weights)
        let v = vectors.map { Guarded($0) }
        rule.run(set.kernels, w, v, g, update)
        for i in 0..<count {
          let scaled = gradients[i] * update.scale
          let gradient = min(max(scaled, -update.limit), update.limit)
          let decayed = weights[i] * update.decay
          let expected = rule.formula(
            weights[i] - decayed * update.rate, vectors.map { $0[i] }, gradient, update.rate)
          #expect(w[i] == expected.w, "weight \(i) of \(count), \(update)")
          #expect(v.map { $0[i] } == expected.v, "state \(i) of \(count), \(update)")
        }
        #expect(g.elements == gradients)
        let intact = ([w, g] + v).allSatisfy(\.isIntactBefore)
        #expect(intact, "\(count)")
      }
    }
  }

  @Test("the average moves, and gradients are averaged", arguments: InstructionSet.all)
  func averages(_ set: InstructionSet) {
    for count in edgeCounts {
      var random = SeededRandom(seed: UInt64(count))
      let (first, second) = (random.floats(count), random.floats(count))
      let average = Guarded(first)
      let w = Guarded(second)
      unsafe set.kernels.moving_average(average.start, w.start, Int64(count), 0.75)
      for i in 0..<count {
        let taken = 0.25 * second[i]
        #expect(average[i] == 0.75 * first[i] + taken, "\(i) of \(count)")
      }
      // A share of nothing takes the weights as they are.
      unsafe set.kernels.moving_average(average.start, w.start, Int64(count), 0)
      #expect(average.elements == second && average.isIntactBefore)
      let g = Guarded(first)
      let sum = Guarded(second)
      unsafe set.kernels.mean_gradient(g.start, sum.start, Int64(count), 3)
      for i in 0..<count { #expect(g[i] == (first[i] + second[i]) / 3 && sum[i] == 0, "\(i) of \(count)") }
      let intact = g.isIntactBefore && sum.isIntactBefore
      #expect(intact)
      withExtendedLifetime(w) {}
    }
  }

  @Test("a smoothed and weighted cross-entropy", arguments: InstructionSet.all)
  func crossEntropy(_ set: InstructionSet) {
    for c in edgeCounts {
      let rows = 4
      var random = SeededRandom(seed: UInt64(c))
      let x = Guarded(random.floats(rows * c, in: -9...9))
      let labels = Guarded((0..<rows).map { Int32(($0 * 5) % c) })
      let weights = Guarded(random.floats(c, in: 0...3))
      let dx = Guarded<Float>(count: rows * c, repeating: 9)
      let loss = Guarded<Float>(count: rows, repeating: 9)
      let hits = Guarded<Float>(count: rows, repeating: 9)
      let s: Float = 0.2
      unsafe set.kernels.softmax_cross_entropy(
        x.start, labels.start, Int64(rows), Int32(c), 0.5, s, weights.start, nil, dx.start, loss.start, hits.start)
      var deviation = Deviation()
      for row in 0..<rows {
        let values = (0..<c).map { Double(x[row * c + $0]) }
        let label = Int(labels[row])
        let target = (0..<c).map { (1 - Double(s)) * ($0 == label ? 1 : 0) + Double(s) / Double(c) }
        let greatest = values.max() ?? 0
        let sum = values.map { exp($0 - greatest) }.reduce(0, +)
        let weight = Double(weights[label])
        let exact = zip(target, values).map { $0 * (log(sum) + greatest - $1) }.reduce(0, +) * weight
        deviation.see(loss[row], exact, magnitude: weight * (1 + abs(greatest)) + exact, terms: 2 * c + 8, at: row)
        for j in 0..<c {
          let share = exp(values[j] - greatest) / sum
          deviation.see(
            dx[row * c + j], (share - target[j]) * weight * 0.5, magnitude: weight * 0.5, terms: c + 8,
            at: row * c + j)
        }
      }
      #expect(deviation.isAllowed, "c \(c): \(deviation)")
      let intact = dx.isIntactBefore && loss.isIntactBefore
      #expect(intact)
      withExtendedLifetime((x, labels, weights, hits)) {}
    }
  }
}
