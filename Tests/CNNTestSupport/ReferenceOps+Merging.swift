internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  func paired(_ function: (Double, Double) -> Double) -> [[Double]] {
    zip(operands[0], operands[1]).map { zip($0, $1).map(function) }
  }

  mutating func maximum() -> [[Double]] {
    for (a, b) in zip(operands[0].joined(), operands[1].joined()) { note(distance: a - b) }
    return paired(max)
  }

  /// TensorFlow's: all of it to the greater operand, to the first of equal ones.
  func maximumGradient(_ operation: MaximumGradientOperation) -> [[Double]] {
    let winners = paired { $0 >= $1 ? 1 : 0 }
    return zip(winners, operands[2]).map { firstWon, dy in
      zip(firstWon, dy).map { ($0 == 1) == operation.ofFirst ? $1 : 0 }
    }
  }

  /// For each element of the larger shape the place in the smaller one that it comes from.
  private static func sources(_ large: [Int], _ small: [Int]) -> [Int] {
    (0..<large.reduce(1, *)).map { place in
      var (rest, source, stride) = (place, 0, 1)
      for axis in 1...max(1, large.count) where axis <= large.count {
        let index = rest % large[large.count - axis]
        rest /= large[large.count - axis]
        guard axis <= small.count else { continue }
        let extent = small[small.count - axis]
        if extent > 1 { source += index * stride }
        stride *= extent
      }
      return source
    }
  }

  func broadcast() -> [[Double]] {
    let sources = Self.sources(resultTypes[0].extents, types[0].extents)
    return operands[0].map { x in sources.map { x[$0] } }
  }

  func broadcastSum() -> [[Double]] {
    let sources = Self.sources(types[0].extents, resultTypes[0].extents)
    return operands[0].map { dy in
      var sums = [Double](repeating: 0, count: resultTypes[0].elementCount)
      for (place, source) in sources.enumerated() { sums[source] += dy[place] }
      return sums
    }
  }
}
