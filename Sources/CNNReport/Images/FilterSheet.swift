internal import CNNDiagnostics

/// The filters of a convolution as small pictures.
package struct FilterSheet: Sendable {
  /// The layer that has them.
  package let layer: String
  package let pictures: [Thumbnail]
  /// How many there are in all.
  package let count: Int
  /// What a picture shows.
  package let caption: String

  /// More would be no picture any more.
  private static let mostFilters = 64

  /// - Parameters:
  ///   - kernel: `[height, width, in, out]`, row-major, as Keras stores it.
  ///   - extents: those four.
  /// - Returns: `nil` if it has not four extents.
  package init?(layer: String, kernel: [Float], extents: [Int]) {
    guard extents.count == 4, extents.allSatisfy({ $0 > 0 }), kernel.count == extents.reduce(1, *) else { return nil }
    let (rows, columns, inputs, outputs) = (extents[0], extents[1], extents[2], extents[3])
    self.layer = layer
    count = outputs
    let isColor = inputs == 3
    let finite = kernel.lazy.filter(\.isFinite).map(\.magnitude)
    let largest = max(finite.max() ?? 1, .leastNormalMagnitude)
    pictures = (0..<min(outputs, Self.mostFilters)).map { filter in
      var pixels: [UInt8] = []
      for pixel in 0..<rows * columns {
        let values = (0..<inputs).map { kernel[(pixel * inputs + $0) * outputs + filter] }
        if isColor {
          pixels += values.map { Self.level($0 / largest) }
        } else {
          pixels += Self.diverging(values.reduce(0, +) / Float(inputs) / largest)
        }
      }
      return Thumbnail(height: rows, width: columns, channels: 3, pixels: pixels)
    }
    let shown = outputs > Self.mostFilters ? ", the first \(Self.mostFilters) of \(outputs.grouped)" : ""
    let what =
      isColor
      ? "red, green and blue weights, gray for zero"
      : inputs == 1
        ? "blue below zero, orange above"
        : "means over \(inputs.grouped) input channels, blue below zero, orange above"
    caption =
      "\(rows)x\(columns) weights\(shown); \(what); full colour is \(NumberFormat.metric(Double(largest)))"
  }

  /// -1…1 as a byte, 0 in the middle.
  private static func level(_ value: Float) -> UInt8 {
    let level = 127.5 + 127.5 * value
    return level.isFinite ? UInt8(max(0, min(255, level.rounded()))) : 0
  }

  /// From blue (0, 114, 178) over white to orange (213, 94, 0), Okabe and Ito's.
  private static func diverging(_ value: Float) -> [UInt8] {
    let end: [Float] = value < 0 ? [0, 114, 178] : [213, 94, 0]
    let share = value.isFinite ? min(1, value.magnitude) : 1
    return end.map { UInt8((255 + share * ($0 - 255)).rounded()) }
  }
}
