internal import CNNGraph
internal import CNNKernels
internal import CNNLayers
internal import Foundation

extension ReferenceNode {
  /// Words 0 and 1 of Philox at counter (0, sample, step, stream) as fractions of 1, of 24 bits.
  private func uniforms(_ stream: RandomStream, sample: Int) -> (first: Double, second: Double) {
    let words = words(stream, block: 0, sample: sample)
    return (Double(words[0] >> 8) / 16_777_216, Double(words[1] >> 8) / 16_777_216)
  }

  func words(_ stream: RandomStream, block: Int, sample: Int) -> [UInt32] {
    let seed = stream.seed ?? self.seed
    return philox4x32(
      [UInt32(block), UInt32(sample), step, stream.number],
      key: [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)])
  }

  func sharedDropout(_ operation: SharedDropoutOperation) -> [[Double]] {
    let threshold = UInt32(min(operation.rate * 4_294_967_296, 4_294_967_295))
    let extents = types[0].extents
    return operands[0].enumerated().map { sample, x in
      x.indices.map { e in
        var (rest, place, stride) = (e, 0, 1)
        for axis in extents.indices.reversed() {
          if operation.mask[axis] > 1 { place += rest % extents[axis] * stride }
          stride *= operation.mask[axis]
          rest /= extents[axis]
        }
        let draw = words(operation.stream, block: place / 4, sample: operation.isOneForAll ? 0 : sample)[place % 4]
        return draw >= threshold ? x[e] / (1 - operation.rate) : 0
      }
    }
  }

  /// Box & Muller (1958): a pair of uniform numbers gives a pair of normal ones.
  func gaussianNoise(_ operation: GaussianNoiseOperation) -> [[Double]] {
    operands[0].enumerated().map { sample, x in
      x.indices.map { e in
        let words = words(operation.stream, block: e / 4, sample: sample)
        func unit(_ index: Int) -> Double { (Double(words[index] >> 9) + 0.5) / 8_388_608 }
        let pair = e % 4 / 2 * 2
        let radius = (-2 * log(unit(pair))).squareRoot()
        let angle = 2 * Double.pi * unit(pair + 1)
        return x[e] + operation.deviation * radius * (e % 2 == 0 ? cos(angle) : sin(angle))
      }
    }
  }

  func randomFlip(_ operation: RandomFlipOperation) -> [[Double]] {
    let (rows, columns) = (types[0].extents[0], types[0].extents[1])
    return operands[0].enumerated().map { sample, x in
      guard uniforms(operation.stream, sample: sample).first < 0.5 else { return x }
      return pixels { row, column in
        let from = (operation.isVertical ? rows - 1 - row : row, operation.isHorizontal ? columns - 1 - column : column)
        return [(from.0, from.1, 1)]
      }.map { taps in taps.reduce(0) { $0 + x[$1.place] * $1.weight } }
    }
  }

  /// For each value of an image the values that it is a weighted sum of.
  private func pixels(_ taps: (Int, Int) -> [(Int, Int, Double)]) -> [[(place: Int, weight: Double)]] {
    let extents = types[0].extents
    return (0..<types[0].elementCount).map { i in
      let (row, column, channel) = (
        i / extents[2] / extents[1], i / extents[2] % extents[1], i % extents[2]
      )
      return taps(row, column).map { (($0.0 * extents[1] + $0.1) * extents[2] + channel, $0.2) }
    }
  }

  private func affineTaps(_ operation: RandomAffineOperation, sample: Int) -> [[(place: Int, weight: Double)]] {
    let (rows, columns) = (types[0].extents[0], types[0].extents[1])
    let drawn = uniforms(operation.stream, sample: sample)
    let map = Self.map(operation.draw, drawn, rows: Double(rows), columns: Double(columns))
    let fill = operation.sampling.fill
    return pixels { row, column in
      let (y, x) = map(Double(row), Double(column))
      let vertical = Self.along(y, rows, fill, operation.sampling.interpolation)
      let horizontal = Self.along(x, columns, fill, operation.sampling.interpolation)
      return vertical.flatMap { row in
        horizontal.map { column in (row.0, column.0, row.1 * column.1) }
      }.filter { (0..<rows).contains($0.0) && (0..<columns).contains($0.1) }
    }
  }

  /// Where an output pixel looks: Keras 3's documentation of its layers, in words of geometry.
  private static func map(
    _ draw: AffineDraw, _ drawn: (first: Double, second: Double), rows: Double, columns: Double
  ) -> (Double, Double) -> (Double, Double) {
    func at(_ range: ClosedRange<Double>, _ share: Double) -> Double {
      range.lowerBound * (1 - share) + range.upperBound * share
    }
    let (middleRow, middleColumn) = ((rows - 1) / 2, (columns - 1) / 2)
    switch draw {
    case .translation(let height, let width):
      return { ($0 - at(height, drawn.first) * rows, $1 - at(width, drawn.second) * columns) }
    case .rotation(let turns):
      let angle = 2 * Double.pi * at(turns, drawn.first)
      return { row, column in
        let (y, x) = (row - middleRow, column - middleColumn)
        return (middleRow + sin(angle) * x + cos(angle) * y, middleColumn + cos(angle) * x - sin(angle) * y)
      }
    case .zoom(let height, let width):
      let vertical = 1 + at(height, drawn.first)
      let horizontal = width.map { 1 + at($0, drawn.second) } ?? vertical
      return { (middleRow + ($0 - middleRow) * vertical, middleColumn + ($1 - middleColumn) * horizontal) }
    }
  }

  /// Pixels along one axis and their weights. Outside of the image the sequence goes on as the fill says; but for
  /// `wrap`, where TensorFlow (`image_ops.h`) maps the coordinate first, and not by whole lengths.
  private static func along(
    _ at: Double, _ length: Int, _ fill: FillMode, _ interpolation: Interpolation
  ) -> [(Int, Double)] {
    var at = at
    if fill == .wrap {
      let (whole, last) = (Double(length), Double(length - 1))
      if length == 1 {
        at = 0
      } else if at < 0 {
        at += whole * ((-at / last).rounded(.towardZero) + 1)
      } else if at > last {
        at -= whole * (at / last).rounded(.towardZero)
      }
      at = min(max(at, 0), last)
    }
    func pixel(_ index: Int) -> Int {
      switch fill {
      case .constant, .wrap: return index
      case .nearest: return min(max(index, 0), length - 1)
      case .reflect:
        let folded = ((index % (2 * length)) + 2 * length) % (2 * length)
        return folded < length ? folded : 2 * length - 1 - folded
      }
    }
    if interpolation == .nearest { return [(pixel(Int(at.rounded(.toNearestOrAwayFromZero))), 1)] }
    let below = at.rounded(.down)
    return [(pixel(Int(below)), below + 1 - at), (pixel(Int(below) + 1), at - below)]
  }

  func randomAffine(_ operation: RandomAffineOperation) -> [[Double]] {
    operands[0].enumerated().map { sample, x in
      affineTaps(operation, sample: sample).map { taps in
        taps.reduce((1 - taps.reduce(0) { $0 + $1.weight }) * operation.sampling.fillValue) {
          $0 + x[$1.place] * $1.weight
        }
      }
    }
  }

  func randomAffineGradient(_ operation: RandomAffineOperation) -> [[Double]] {
    operands[0].enumerated().map { sample, dy in
      var dx = dy.map { _ in 0.0 }
      for (i, taps) in affineTaps(operation, sample: sample).enumerated() {
        for tap in taps { dx[tap.place] += tap.weight * dy[i] }
      }
      return dx
    }
  }

  /// Places of the window's values in the whole image.
  private func window(_ operation: RandomCropOperation, of extents: [Int]) -> [Int] {
    let drawn = uniforms(operation.stream, sample: 0)
    let top = Int(drawn.first * Double(extents[0] - operation.rows + 1))
    let left = Int(drawn.second * Double(extents[1] - operation.columns + 1))
    return (0..<operation.rows * operation.columns * extents[2]).map { i in
      let (row, column) = (i / extents[2] / operation.columns, i / extents[2] % operation.columns)
      return ((top + row) * extents[1] + left + column) * extents[2] + i % extents[2]
    }
  }

  func randomCrop(_ operation: RandomCropOperation) -> [[Double]] {
    let places = window(operation, of: types[0].extents)
    return operands[0].map { x in places.map { x[$0] } }
  }

  func randomCropGradient(_ operation: RandomCropGradientOperation) -> [[Double]] {
    let places = window(operation.forward, of: operation.extents)
    return operands[0].map { dy in
      var dx = [Double](repeating: 0, count: operation.extents.reduce(1, *))
      for (place, slope) in zip(places, dy) { dx[place] = slope }
      return dx
    }
  }

  /// Before clipping, and the mean of each channel's share in it.
  private func unclipped(_ operation: RandomColorOperation, _ x: [Double], sample: Int) -> (y: [Double], factor: Double)
  {
    let share = uniforms(operation.stream, sample: sample).first
    switch operation.kind {
    case .contrast(let range):
      let factor = range.lowerBound * (1 - share) + range.upperBound * share
      let channels = types[0].channels
      let means = (0..<channels).map { channel in
        stride(from: channel, to: x.count, by: channels).reduce(0) { $0 + x[$1] } / Double(x.count / channels)
      }
      return (x.indices.map { (x[$0] - means[$0 % channels]) * factor + means[$0 % channels] }, factor)
    case .brightness(let range):
      let factor = range.lowerBound * (1 - share) + range.upperBound * share
      let delta = factor * (operation.values.upperBound - operation.values.lowerBound)
      return (x.map { $0 + delta }, 1)
    }
  }

  mutating func randomColor(_ operation: RandomColorOperation) -> [[Double]] {
    let values = operation.values
    return operands[0].indices.map { sample in
      unclipped(operation, operands[0][sample], sample: sample).y.map { y in
        note(distance: y - values.lowerBound)
        note(distance: y - values.upperBound)
        return min(max(y, values.lowerBound), values.upperBound)
      }
    }
  }

  /// By the derivative of each value with respect to each: f if they are one, and (1 - f) / M through the mean.
  func randomColorGradient(_ operation: RandomColorOperation) -> [[Double]] {
    let channels = types[0].channels
    return operands[0].indices.map { sample in
      let x = operands[0][sample]
      let (y, factor) = unclipped(operation, x, sample: sample)
      let g = x.indices.map { operation.values.contains(y[$0]) ? operands[1][sample][$0] : 0 }
      return x.indices.map { i in
        let sum = stride(from: i % channels, to: x.count, by: channels).reduce(0) { $0 + g[$1] }
        return factor * g[i] + (1 - factor) * sum / Double(x.count / channels)
      }
    }
  }
}
