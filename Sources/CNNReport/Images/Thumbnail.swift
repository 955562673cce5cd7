/// A small picture: bytes, row by row, of one channel or three.
package struct Thumbnail: Sendable, Equatable {
  package let height, width: Int
  /// 1 for gray, 3 for red, green and blue.
  package let channels: Int
  package let pixels: [UInt8]

  /// - Precondition: as many pixels as the extents say.
  package init(height: Int, width: Int, channels: Int, pixels: [UInt8]) {
    precondition(channels == 1 || channels == 3, "\(channels) channels")
    precondition(
      pixels.count == height * width * channels && height > 0 && width > 0,
      "\(pixels.count) bytes of a picture of \(height)x\(width)x\(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.pixels = pixels
  }

  /// A side is at most so long; what is larger is made smaller by means over squares.
  package static let longestSide = 96

  /// The picture that a sample of `[H, W, C]` values is; `nil` if it has not three extents.
  ///
  /// One channel is gray, three or more are red, green and blue, two are their mean.
  /// - Parameter range: the values that become black and white.
  package init?(values: [Float], shape: [Int], range: ClosedRange<Float>) {
    guard shape.count == 3, let rows = shape.first, rows > 0, shape[1] > 0, shape[2] > 0,
      values.count == shape.reduce(1, *)
    else { return nil }
    let (columns, depth) = (shape[1], shape[2])
    let channels = depth >= 3 ? 3 : 1
    let factor = max(1, (max(rows, columns) + Self.longestSide - 1) / Self.longestSide)
    let (height, width) = ((rows + factor - 1) / factor, (columns + factor - 1) / factor)
    let span = range.upperBound - range.lowerBound
    let scale = span > 0 ? 255 / span : 0
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * channels)
    for y in 0..<height {
      for x in 0..<width {
        let (rowRange, columnRange) = (
          y * factor..<min(rows, (y + 1) * factor), x * factor..<min(columns, (x + 1) * factor)
        )
        for channel in 0..<channels {
          // Of two channels both.
          let sources = depth == 2 ? 0..<2 : channel..<channel + 1
          var sum: Float = 0
          for row in rowRange {
            for column in columnRange {
              for source in sources { sum += values[(row * columns + column) * depth + source] }
            }
          }
          let mean = sum / Float(rowRange.count * columnRange.count * sources.count)
          let level = (mean - range.lowerBound) * scale
          pixels.append(level.isFinite ? UInt8(max(0, min(255, level.rounded()))) : 0)
        }
      }
    }
    self.init(height: height, width: width, channels: channels, pixels: pixels)
  }

  /// What becomes black and white, for values that may be bytes, shares, or centred about zero.
  package static func range(of samples: [[Float]]) -> ClosedRange<Float> {
    var (low, high) = (Float.infinity, -Float.infinity)
    for values in samples {
      for value in values where value.isFinite {
        low = min(low, value)
        high = max(high, value)
      }
    }
    guard low <= high else { return 0...1 }
    if low >= 0 {
      if high > 100, high <= 255 { return 0...255 }
      if high > 0.4, high <= 1 { return 0...1 }
      return 0...max(high, .leastNormalMagnitude)
    }
    return low...max(high, low.nextUp)
  }

  /// For `src` and `href`: the picture as PNG, within the page.
  package var dataURI: String { "data:image/png;base64," + Base64.text(of: PNGEncoder.encode(self)) }

  /// Whether its pixels are shown as squares.
  var isSmall: Bool { max(height, width) <= 64 }
}
