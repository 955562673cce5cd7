internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  mutating func pool(_ geometry: Window2D, isMax: Bool) -> [[Double]] {
    let window = ReferenceWindow(geometry)
    let channels = types[0].channels
    var results: [[Double]] = []
    for x in operands[0] {
      if isMax {
        results.append(maxima(x, window, channels: channels).values)
        continue
      }
      var y = [Double](repeating: 0, count: window.rows.outputs * window.columns.outputs * channels)
      window.forEachOutput { row, column, pixel in
        // Cells in the padding count neither in the sum nor in the divisor.
        let cells = window.cells(row, column)
        for channel in 0..<channels {
          let sum = cells.reduce(0) { $0 + x[$1.pixel * channels + channel] }
          y[pixel * channels + channel] = sum / Double(cells.count)
        }
      }
      results.append(y)
    }
    return results
  }

  /// The largest real cell of each window, and the first tap that has it.
  mutating func maxima(
    _ x: [Double], _ window: ReferenceWindow, channels: Int
  ) -> (values: [Double], winners: [Int]) {
    var values = [Double](repeating: 0, count: window.rows.outputs * window.columns.outputs * channels)
    var winners = [Int](repeating: 0, count: values.count)
    window.forEachOutput { row, column, pixel in
      let cells = window.cells(row, column)
      for channel in 0..<channels {
        var best = -Double.infinity
        var winner = 0
        for cell in cells where x[cell.pixel * channels + channel] > best {
          best = x[cell.pixel * channels + channel]
          winner = cell.tap
        }
        for cell in cells { note(distance: best - x[cell.pixel * channels + channel]) }
        values[pixel * channels + channel] = best
        winners[pixel * channels + channel] = winner
      }
    }
    return (values, winners)
  }

  /// Each output's gradient at the cell that its winner names; windows may overlap.
  func scattered(_ dy: [Double], _ winners: [Int], _ window: ReferenceWindow, channels: Int) -> [Double] {
    var dx = [Double](repeating: 0, count: window.rows.size * window.columns.size * channels)
    window.forEachOutput { row, column, pixel in
      for (tap, from) in window.cells(row, column) {
        for channel in 0..<channels where winners[pixel * channels + channel] == tap {
          dx[from * channels + channel] += dy[pixel * channels + channel]
        }
      }
    }
    return dx
  }

  func poolGradient(_ operation: PoolGradientOperation) -> [[Double]] {
    let window = ReferenceWindow(operation.window)
    let channels = operation.input.channels
    return operands[operands.count - 1].enumerated().map { sample, dy in
      if operation.isMax {
        var search = self
        let winners = search.maxima(operands[0][sample], window, channels: channels).winners
        return scattered(dy, winners, window, channels: channels)
      }
      var dx = [Double](repeating: 0, count: operation.input.elementCount)
      window.forEachOutput { row, column, pixel in
        let cells = window.cells(row, column)
        for (_, from) in cells {
          for channel in 0..<channels {
            dx[from * channels + channel] += dy[pixel * channels + channel] / Double(cells.count)
          }
        }
      }
      return dx
    }
  }

  func globalAverage() -> [[Double]] {
    let channels = types[0].channels
    return operands[0].map { x in
      (0..<channels).map { channel in
        stride(from: channel, to: x.count, by: channels).reduce(0) { $0 + x[$1] } / Double(x.count / channels)
      }
    }
  }

  func globalAverageGradient() -> [[Double]] {
    let channels = types[0].channels
    let count = resultTypes[0].elementCount
    return operands[0].map { dy in (0..<count).map { dy[$0 % channels] / Double(count / channels) } }
  }
}
