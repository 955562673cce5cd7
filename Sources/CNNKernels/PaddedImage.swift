/// An image with its padding around it, for kernels that must find every patch whole.
package struct PaddedImage: Sendable {
  /// Rows and floats of a row of the image, and of the same padded.
  let rows, rowCount, paddedRows, paddedRowCount: Int
  /// Rows of padding above the image, and floats of it at the left.
  private let top, left: Int
  /// Floats from the start of a padded image to its first real value.
  var inset: Int { top * paddedRowCount + left }
  /// Whether there is any padding; without it the image itself serves.
  package let isPadded: Bool

  /// - Parameter paddedHeight: rows that the windows reach over, padding included; `paddedWidth` likewise.
  package init(
    height: Int, width: Int, channels: Int, top: Int, left: Int, paddedHeight: Int, paddedWidth: Int
  ) {
    isPadded = top > 0 || left > 0 || paddedHeight > height || paddedWidth > width
    self.top = top
    self.left = left * channels
    rows = height
    rowCount = width * channels
    paddedRows = isPadded ? max(paddedHeight, height + top) : height
    paddedRowCount = (isPadded ? max(paddedWidth, width + left) : width) * channels
  }

  /// Floats of a padded image.
  package var count: Int { paddedRows * paddedRowCount }

  @unsafe func pad(_ x: UnsafePointer<Float>, images: Int, into padded: UnsafeMutablePointer<Float>) {
    for image in 0..<images {
      unsafe pad(x + image * rows * rowCount, rows: 0..<paddedRows, into: padded + image * count)
    }
  }

  /// Some rows of one padded image.
  ///
  /// - Parameter wanted: counted from the padding's first.
  @unsafe func pad(_ x: UnsafePointer<Float>, rows wanted: Range<Int>, into padded: UnsafeMutablePointer<Float>) {
    unsafe padded.update(repeating: 0, count: wanted.count * paddedRowCount)
    for row in wanted.clamped(to: top..<top + rows) {
      unsafe (padded + (row - wanted.lowerBound) * paddedRowCount + left).update(
        from: x + (row - top) * rowCount, count: rowCount)
    }
  }

  @unsafe func crop(_ padded: UnsafePointer<Float>, images: Int, into x: UnsafeMutablePointer<Float>) {
    for image in 0..<images {
      for row in 0..<rows {
        unsafe (x + (image * rows + row) * rowCount).update(
          from: padded + image * count + inset + row * paddedRowCount, count: rowCount)
      }
    }
  }
}

/// The input of a convolution with its padding around it, and the rows of it that a window reaches over.
package struct PaddedInput: Sendable {
  package let image: PaddedImage
  package let windowRows: Int

  package init(_ image: PaddedImage, windowRows: Int) {
    self.image = image
    self.windowRows = windowRows
  }

  /// Those that some rows of outputs read.
  func rows(_ outputs: Range<Int>, stride: Int) -> Range<Int> {
    let first = outputs.lowerBound * stride
    return first..<max(first, (outputs.upperBound - 1) * stride + windowRows)
  }

  /// Floats of scratch for so many images at once, or for one in bands.
  package func count(images: Int, of shape: ConvolutionShape) -> Int {
    if images > 1 || shape.gradientRows == shape.outputRows { return images * image.count }
    return rows(0..<shape.gradientRows, stride: shape.rowStride).count * image.paddedRowCount
  }
}
