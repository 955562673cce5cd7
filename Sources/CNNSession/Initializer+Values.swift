package import CNNGraph

extension Initializer {
  /// The first values of a parameter: a function of seed, index and shape.
  ///
  /// Keras's distributions (`keras/src/initializers/random_initializers.py`), not Keras's values: those differ from
  /// one of its backends to the next.
  /// - Parameter index: the parameter's place in its graph; two of them never start alike.
  package func values(_ parameter: Parameter, index: Int, seed: UInt64) -> [Float] {
    let count = parameter.elementCount
    let random = CounterRandom(seed: seed, purpose: .initializer, index: index)
    switch self {
    case .zeros: return [Float](repeating: 0, count: count)
    case .ones: return [Float](repeating: 1, count: count)
    case .constant(let value): return [Float](repeating: Float(value), count: count)
    case .varianceScalingUniform(let scale, let mode):
      let limit = (3 * scale / Fans(parameter.declaration.extents).value(mode)).squareRoot()
      return random.uniform(count, from: -limit, to: limit)
    case .varianceScalingNormal(let scale, let mode):
      let deviation = (scale / Fans(parameter.declaration.extents).value(mode)).squareRoot()
      return random.truncatedNormal(count, mean: 0, deviation: deviation / CutNormal.deviation)
    case .randomNormal(let mean, let deviation): return random.normal(count, mean: mean, deviation: deviation)
    case .truncatedNormal(let mean, let deviation):
      return random.truncatedNormal(count, mean: mean, deviation: deviation)
    case .randomUniform(let minimum, let maximum): return random.uniform(count, from: minimum, to: maximum)
    }
  }
}

/// How many inputs an output of a weight has, and outputs an input, as Keras counts them.
///
///     [n]                 n and n
///     [in, out]           in and out
///     [kh, kw, in, out]   kh * kw * in and kh * kw * out
///
/// A grouped convolution's `in` is that of one group, and its `out` is not divided. In floating point, as Keras does
/// it, so no extent overflows.
package struct Fans: Sendable, Equatable {
  package let input, output: Double

  package init(_ extents: [Int]) {
    let receptive = extents.dropLast(2).reduce(1) { $0 * Double($1) }
    output = receptive * Double(extents.last ?? 1)
    input = receptive * Double(extents.dropLast().last ?? extents.last ?? 1)
  }

  /// At least 1.
  func value(_ mode: Initializer.FanMode) -> Double {
    switch mode {
    case .fanIn: max(1, input)
    case .fanOut: max(1, output)
    case .fanAverage: max(1, (input + output) / 2)
    }
  }
}

/// A standard normal variable kept to two standard deviations on either side.
private enum CutNormal {
  /// Its own standard deviation.
  static let deviation = 0.87962566103423978
  /// Probability of being below -2.
  static let below = 0.022750131948179209
  /// Probability of being within.
  static let within = 0.95449973610364158
}

extension CounterRandom {
  fileprivate func uniform(_ count: Int, from minimum: Double, to maximum: Double) -> [Float] {
    let width = maximum - minimum
    return values(count) { Float(minimum + width * Double(Self.uniform($0))) }
  }

  fileprivate func normal(_ count: Int, mean: Double, deviation: Double) -> [Float] {
    values(count) { Float(mean + deviation * NormalQuantile.value(Self.openUniform($0))) }
  }

  fileprivate func truncatedNormal(_ count: Int, mean: Double, deviation: Double) -> [Float] {
    values(count) { word in
      let p = CutNormal.below + CutNormal.within * Self.openUniform(word)
      return Float(mean + deviation * NormalQuantile.value(p))
    }
  }

  /// One value from each of the words at positions `0 ..< count`.
  @inline(__always)
  private func values(_ count: Int, _ value: (UInt32) -> Float) -> [Float] {
    var result = [Float](repeating: 0, count: count)
    var start = 0
    while start < count {
      let words = block(UInt64(start / 4))
      result[start] = value(words.0)
      if start + 3 < count {
        result[start + 1] = value(words.1)
        result[start + 2] = value(words.2)
        result[start + 3] = value(words.3)
      } else {
        if start + 1 < count { result[start + 1] = value(words.1) }
        if start + 2 < count { result[start + 2] = value(words.2) }
      }
      start += 4
    }
    return result
  }
}
