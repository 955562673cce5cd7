internal import CNNGraph

/// Where a window stands along one axis, from the formulas of Keras's documentation alone.
///
///     valid: outputs = floor((n - d(k - 1) - 1) / s) + 1, no padding
///     same:  outputs = ceil(n / s); padding max(0, (outputs - 1) s + d(k - 1) + 1 - n), the smaller half before
struct ReferenceAxis {
  let size, window, stride, dilation, outputs, before: Int

  init(_ geometry: WindowGeometry) {
    size = geometry.size
    window = geometry.window
    stride = geometry.stride
    dilation = geometry.dilation
    let reach = dilation * (window - 1) + 1
    let same = Int((Double(size) / Double(stride)).rounded(.up))
    let valid = reach > size ? 0 : Int((Double(size - reach) / Double(stride)).rounded(.down)) + 1
    precondition(geometry.output == same || geometry.output == valid, "neither valid nor same")
    outputs = geometry.output
    before = Int((Double(max(0, (outputs - 1) * stride + reach - size)) / 2).rounded(.down))
  }

  /// The input position under a tap of the window at `output`, or `nil` in the padding.
  func input(_ output: Int, _ tap: Int) -> Int? {
    let position = output * stride + tap * dilation - before
    return position >= 0 && position < size ? position : nil
  }
}

/// A two-dimensional window over images of `channels`, row-major [row][column][channel].
struct ReferenceWindow {
  let rows, columns: ReferenceAxis

  init(_ window: Window2D) {
    rows = ReferenceAxis(window.rows)
    columns = ReferenceAxis(window.columns)
  }

  /// Calls `body` with the place of each output pixel.
  func forEachOutput(_ body: (_ row: Int, _ column: Int, _ pixel: Int) -> Void) {
    for row in 0..<rows.outputs {
      for column in 0..<columns.outputs { body(row, column, row * columns.outputs + column) }
    }
  }

  /// The real cells under the window at an output: their tap, counted row-major, and their pixel in the input.
  func cells(_ row: Int, _ column: Int) -> [(tap: Int, pixel: Int)] {
    var cells: [(tap: Int, pixel: Int)] = []
    for a in 0..<rows.window {
      for b in 0..<columns.window {
        guard let r = rows.input(row, a), let c = columns.input(column, b) else { continue }
        cells.append((a * columns.window + b, r * columns.size + c))
      }
    }
    return cells
  }
}
