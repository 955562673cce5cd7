internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  /// Element by element: where each place of the result comes from; `nil` for a zero.
  private func gathered(_ from: (_ row: Int, _ column: Int) -> (row: Int, column: Int)?) -> [[Double]] {
    let (source, result) = (types[0].extents, resultTypes[0].extents)
    return operands[0].map { x in
      var y: [Double] = []
      for row in 0..<result[0] {
        for column in 0..<result[1] {
          for channel in 0..<result[2] {
            let place = from(row, column)
            y.append(place.map { x[($0.row * source[1] + $0.column) * source[2] + channel] } ?? 0)
          }
        }
      }
      return y
    }
  }

  func pad(_ operation: PadOperation) -> [[Double]] {
    let (margins, extents) = (operation.margins, types[0].extents)
    return gathered { row, column in
      let place = (row: row - margins.top, column: column - margins.left)
      return (0..<extents[0]).contains(place.row) && (0..<extents[1]).contains(place.column) ? place : nil
    }
  }

  func crop(_ operation: CropOperation) -> [[Double]] {
    gathered { row, column in (row + operation.margins.top, column + operation.margins.left) }
  }

  func permute(_ operation: PermuteOperation) -> [[Double]] {
    let (source, result) = (types[0].extents, resultTypes[0].extents)
    return operands[0].map { x in
      (0..<x.count).map { index in
        // The result's coordinates, then where the source has them.
        var (rest, place) = (index, [Int](repeating: 0, count: source.count))
        for axis in result.indices.reversed() {
          place[operation.axes[axis]] = rest % result[axis]
          rest /= result[axis]
        }
        return x[zip(place, source).reduce(0) { $0 * $1.1 + $1.0 }]
      }
    }
  }

  /// Of an output position the inputs it is made of, and their shares: half-pixel centres, edges repeated.
  private func sources(_ output: Int, _ factor: Int, _ size: Int, _ interpolation: Interpolation) -> [(Int, Double)] {
    if interpolation == .nearest { return [(output / factor, 1)] }
    let place = (Double(output) + 0.5) / Double(factor) - 0.5
    let low = Int(place.rounded(.down))
    let share = place - Double(low)
    return [(max(low, 0), 1 - share), (min(low + 1, size - 1), share)]
  }

  /// Calls `body` with each output pixel, an input pixel that it is made of, and the share.
  private func forEachShare(_ operation: UpsampleOperation, _ input: TensorType, _ body: (Int, Int, Double) -> Void) {
    let (height, width) = (input.extents[0], input.extents[1])
    for row in 0..<height * operation.rows {
      for column in 0..<width * operation.columns {
        for (r, above) in sources(row, operation.rows, height, operation.interpolation) {
          for (c, across) in sources(column, operation.columns, width, operation.interpolation) {
            body(row * width * operation.columns + column, r * width + c, above * across)
          }
        }
      }
    }
  }

  func upsample(_ operation: UpsampleOperation) -> [[Double]] {
    let channels = types[0].channels
    return operands[0].map { x in
      var y = [Double](repeating: 0, count: resultTypes[0].elementCount)
      forEachShare(operation, types[0]) { output, input, share in
        for k in 0..<channels { y[output * channels + k] += share * x[input * channels + k] }
      }
      return y
    }
  }

  func upsampleGradient(_ operation: UpsampleGradientOperation) -> [[Double]] {
    let channels = types[0].channels
    return operands[0].map { dy in
      var dx = [Double](repeating: 0, count: operation.input.elementCount)
      forEachShare(operation.forward, operation.input) { output, input, share in
        for k in 0..<channels { dx[input * channels + k] += share * dy[output * channels + k] }
      }
      return dx
    }
  }

  mutating func globalMax() -> [[Double]] {
    let channels = types[0].channels
    return operands[0].map { x in
      (0..<channels).map { channel in
        let values = stride(from: channel, to: x.count, by: channels).map { x[$0] }
        let best = values.max() ?? 0
        for value in values where value < best { note(distance: best - value) }
        return best
      }
    }
  }

  /// Those that equal the largest share the gradient.
  func globalMaxGradient() -> [[Double]] {
    let channels = types[0].channels
    return operands[0].enumerated().map { sample, x in
      let (y, dy) = (operands[1][sample], operands[2][sample])
      return x.indices.map { index in
        let channel = index % channels
        guard x[index] == y[channel] else { return 0 }
        let count = stride(from: channel, to: x.count, by: channels).count { x[$0] == y[channel] }
        return dy[channel] / Double(count)
      }
    }
  }
}
