/// How a window treats the border of its input: Keras's two words.
package enum Padding: String, Sendable, Hashable, CaseIterable {
  case valid, same
}

/// A window sliding along one axis: where it stands, and what of it lies outside the input.
///
///     valid: output = floor((size - dilated) / stride) + 1       dilated = dilation * (window - 1) + 1
///     same:  output = ceil(size / stride)
///            padding = max(0, (output - 1) * stride + dilated - size), the smaller half before
///
/// Matches Keras 3 and TensorFlow: `same` puts the odd pixel of padding last.
package struct WindowGeometry: Sendable, Hashable {
  package let size: Int
  package let window: Int
  package let stride: Int
  package let dilation: Int
  package let output: Int
  package let paddingBefore: Int

  /// - Parameters:
  ///   - size: input extent in pixels, at least 1.
  ///   - window: extent of the kernel or pool, at least 1.
  /// - Returns: `nil` if a dilated window does not fit a `valid` input.
  package init?(size: Int, window: Int, stride: Int, dilation: Int = 1, padding: Padding) {
    let dilated = dilation * (window - 1) + 1
    switch padding {
    case .valid:
      guard dilated <= size else { return nil }
      output = (size - dilated) / stride + 1
      paddingBefore = 0
    case .same:
      output = (size + stride - 1) / stride
      paddingBefore = max(0, (output - 1) * stride + dilated - size) / 2
    }
    self.size = size
    self.window = window
    self.stride = stride
    self.dilation = dilation
  }

  /// The first input position that the window at `output` covers; negative within the padding.
  package func start(at output: Int) -> Int { output * stride - paddingBefore }

  /// The taps of the window at `output` that lie inside the input.
  package func taps(at output: Int) -> Range<Int> {
    let start = start(at: output)
    let first = start >= 0 ? 0 : (-start + dilation - 1) / dilation
    let beyond = size - start
    let end = beyond <= 0 ? 0 : min(window, (beyond + dilation - 1) / dilation)
    return first..<max(first, end)
  }

  /// The outputs whose window has `tap` inside the input.
  package func outputs(for tap: Int) -> Range<Int> {
    // output * stride + tap * dilation - paddingBefore in 0 ..< size
    let shift = paddingBefore - tap * dilation
    let first = shift <= 0 ? 0 : (shift + stride - 1) / stride
    let beyond = size + shift
    let end = beyond <= 0 ? 0 : min(output, (beyond + stride - 1) / stride)
    return min(first, output)..<max(min(first, output), end)
  }
}

/// A two-dimensional window: rows, then columns.
package struct Window2D: Sendable, Hashable {
  package let rows: WindowGeometry
  package let columns: WindowGeometry

  package init(rows: WindowGeometry, columns: WindowGeometry) {
    self.rows = rows
    self.columns = columns
  }

  package var area: Int { rows.window * columns.window }
}
