/// Brings images to one size by bilinear interpolation, as Keras's `image_dataset_from_directory` does.
///
/// Pixels have their centres at halves, and nothing is smoothed when an image becomes smaller (tensorflow:
/// `core/kernels/image/resize_bilinear_op.cc`, `half_pixel_centers` true, `antialias` false), in the same float32
/// arithmetic: output x reads at x' = (x + 0.5) · in / out − 0.5, between its neighbours in the image.
struct BilinearResize: Sendable {
  let target: PixelSize
  private var rows = Axis()
  private var columns = Axis()

  init(to target: PixelSize) { self.target = target }

  /// Where each output position of an axis reads, and how far between the two.
  private struct Axis: Sendable {
    var size = 0
    var lower: [Int] = []
    var upper: [Int] = []
    var weight: [Float] = []

    mutating func set(_ size: Int, to target: Int) {
      if size == self.size { return }
      self.size = size
      let scale = Float(size) / Float(target)
      lower = []
      upper = []
      weight = []
      for position in 0..<target {
        let place = (Float(position) + 0.5) * scale - 0.5
        let floor = place.rounded(.down)
        lower.append(min(max(Int(floor), 0), size - 1))
        upper.append(min(Int(place.rounded(.up)), size - 1))
        weight.append(place - floor)
      }
    }
  }

  /// Values of `[target.height, target.width, channels]`, not rounded.
  mutating func resize(_ picture: Picture, into values: inout [Float]) {
    rows.set(picture.size.height, to: target.height)
    columns.set(picture.size.width, to: target.width)
    let channels = picture.channels
    let stride = picture.size.width * channels
    values.resize(to: target.height * target.width * channels)
    var place = 0
    for row in 0..<target.height {
      let (top, bottom) = (rows.lower[row] * stride, rows.upper[row] * stride)
      let down = rows.weight[row]
      for column in 0..<target.width {
        let (left, right) = (columns.lower[column] * channels, columns.upper[column] * channels)
        let across = columns.weight[column]
        for channel in 0..<channels {
          let topLeft = Float(picture.pixels[top + left + channel])
          let topRight = Float(picture.pixels[top + right + channel])
          let bottomLeft = Float(picture.pixels[bottom + left + channel])
          let bottomRight = Float(picture.pixels[bottom + right + channel])
          let upper = topLeft + (topRight - topLeft) * across
          let lower = bottomLeft + (bottomRight - bottomLeft) * across
          values[place] = upper + (lower - upper) * down
          place += 1
        }
      }
    }
  }
}

extension [Float] {
  /// Makes the array this long, with zeros where it grows; keeps its memory.
  mutating func resize(to count: Int) {
    if count < self.count {
      removeLast(self.count - count)
    } else if count > self.count {
      append(contentsOf: repeatElement(0, count: count - self.count))
    }
  }
}
