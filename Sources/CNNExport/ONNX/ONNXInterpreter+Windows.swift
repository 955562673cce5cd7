/// How a window of ONNX slides over `[N, C, H, W]`.
private struct ONNXWindow {
  let kernel, strides, dilations: [Int]
  /// `[top, left, bottom, right]`
  let pads: [Int]

  init(_ node: ONNXNode) {
    kernel = node.ints("kernel_shape", default: [1, 1])
    strides = node.ints("strides", default: [1, 1])
    dilations = node.ints("dilations", default: [1, 1])
    pads = node.ints("pads", default: [0, 0, 0, 0])
  }

  var isSound: Bool {
    kernel.count == 2 && strides.count == 2 && dilations.count == 2 && pads.count == 4
      && (kernel + strides + dilations).allSatisfy { $0 > 0 } && pads.allSatisfy { $0 >= 0 }
  }

  /// floor((size + pads - dilated) / stride) + 1
  func output(_ size: Int, _ axis: Int) -> Int {
    (size + pads[axis] + pads[axis + 2] - dilations[axis] * (kernel[axis] - 1) - 1) / strides[axis] + 1
  }

  /// Where tap `tap` of the window at `output` lies; outside of the input, it may be negative.
  func place(_ output: Int, _ tap: Int, _ axis: Int) -> Int {
    output * strides[axis] - pads[axis] + tap * dilations[axis]
  }

  /// The outputs along an axis whose tap lies in the input.
  func outputs(_ count: Int, tap: Int, _ axis: Int, within size: Int) -> Range<Int> {
    let start = (0..<count).first { place($0, tap, axis) >= 0 } ?? count
    let end = (start..<count).first { place($0, tap, axis) >= size } ?? count
    return start..<end
  }
}

extension ONNXInterpreter {
  /// Operators on images with channels first; `nil` for another one.
  func windows(_ node: ONNXNode) throws(ExportError) -> ONNXArray? {
    guard
      ["Conv", "ConvTranspose", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool"].contains(node.op)
    else { return nil }
    let x = try input(0, of: node)
    let window = ONNXWindow(node)
    guard x.rank == 4, window.isSound else { throw fault(node, "has an input \(x.extents)") }
    switch node.op {
    case "Conv": return try convolution(node, x, window)
    case "ConvTranspose": return try transposedConvolution(node, x, window)
    case "MaxPool":
      return pool(x, window) { $0.max() ?? 0 }
    case "AveragePool":
      guard node.int("count_include_pad", default: 0) == 0 else { throw fault(node, "counts its padding") }
      return pool(x, window) { $0.reduce(0, +) / Double($0.count) }
    case "GlobalAveragePool": return globalPool(x) { $0.reduce(0) { $0 + Double($1) } / Double($0.count) }
    default: return globalPool(x) { $0.reduce(-.infinity) { max($0, Double($1)) } }
    }
  }

  private func pool(_ x: ONNXArray, _ window: ONNXWindow, _ body: ([Double]) -> Double) -> ONNXArray {
    let (height, width) = (x.extents[2], x.extents[3])
    let (rows, columns) = (window.output(height, 0), window.output(width, 1))
    var values: [Float] = []
    for plane in 0..<x.extents[0] * x.extents[1] {
      for row in 0..<rows {
        for column in 0..<columns {
          var cells: [Double] = []
          for i in 0..<window.kernel[0] {
            for j in 0..<window.kernel[1] {
              let (y, z) = (window.place(row, i, 0), window.place(column, j, 1))
              guard y >= 0, y < height, z >= 0, z < width else { continue }
              cells.append(Double(x.values[(plane * height + y) * width + z]))
            }
          }
          values.append(Float(body(cells)))
        }
      }
    }
    return ONNXArray([x.extents[0], x.extents[1], rows, columns], values)
  }

  private func globalPool(_ x: ONNXArray, _ body: (ArraySlice<Float>) -> Double) -> ONNXArray {
    let area = x.extents[2] * x.extents[3]
    let planes = x.extents[0] * x.extents[1]
    return ONNXArray(
      [x.extents[0], x.extents[1], 1, 1],
      (0..<planes).map { Float(body(x.values[$0 * area..<($0 + 1) * area])) })
  }

  /// y[n, o] = bias[o] + sum over the group's channels c and taps of w[o, c, tap] * x[n, c, place of tap]
  private func convolution(_ node: ONNXNode, _ x: ONNXArray, _ window: ONNXWindow) throws(ExportError) -> ONNXArray {
    let w = try input(1, of: node)
    let bias = try optional(2, of: node)
    let groups = node.int("group", default: 1)
    guard w.rank == 4, groups > 0, w.extents[1] * groups == x.extents[1], w.extents[0] % groups == 0,
      window.kernel == Array(w.extents[2...]), bias.map({ $0.extents == [w.extents[0]] }) ?? true
    else { throw fault(node, "has an input \(x.extents) and a kernel \(w.extents)") }
    let (height, width) = (x.extents[2], x.extents[3])
    let (rows, columns) = (window.output(height, 0), window.output(width, 1))
    let (outputs, inputs) = (w.extents[0], w.extents[1])
    let stride = window.strides[1]
    let taps = (0..<window.kernel[0] * window.kernel[1]).map { tap in
      (
        i: tap / window.kernel[1], j: tap % window.kernel[1],
        columns: window.outputs(columns, tap: tap % window.kernel[1], 1, within: width)
      )
    }
    var values: [Float] = []
    values.reserveCapacity(x.extents[0] * outputs * rows * columns)
    for n in 0..<x.extents[0] {
      for o in 0..<outputs {
        var sums = [Double](repeating: bias.map { Double($0.values[o]) } ?? 0, count: rows * columns)
        for c in 0..<inputs {
          let channel = o / (outputs / groups) * inputs + c
          let plane = (n * x.extents[1] + channel) * height * width
          for (tap, place) in taps.enumerated() where !place.columns.isEmpty {
            let factor = Double(w.values[(o * inputs + c) * taps.count + tap])
            for row in 0..<rows {
              let y = window.place(row, place.i, 0)
              guard y >= 0, y < height else { continue }
              let start = plane + y * width + window.place(0, place.j, 1)
              for column in place.columns {
                sums[row &* columns &+ column] += factor * Double(x.values[start &+ column &* stride])
              }
            }
          }
        }
        for sum in sums { values.append(Float(sum)) }
      }
    }
    return ONNXArray([x.extents[0], outputs, rows, columns], values)
  }

  /// Each input pixel adds w[c, o, tap] * x to the outputs that its taps lie on; `pads` are cut off.
  private func transposedConvolution(
    _ node: ONNXNode, _ x: ONNXArray, _ window: ONNXWindow
  ) throws(ExportError) -> ONNXArray {
    let w = try input(1, of: node)
    let bias = try optional(2, of: node)
    let extra = node.ints("output_padding", default: [0, 0])
    guard w.rank == 4, w.extents[0] == x.extents[1], window.kernel == Array(w.extents[2...]), extra.count == 2,
      node.int("group", default: 1) == 1, bias.map({ $0.extents == [w.extents[1]] }) ?? true
    else { throw fault(node, "has an input \(x.extents) and a kernel \(w.extents)") }
    let (height, width) = (x.extents[2], x.extents[3])
    let size = [height, width].enumerated().map { axis, size in
      window.strides[axis] * (size - 1) + extra[axis] + (window.kernel[axis] - 1) * window.dilations[axis] + 1
        - window.pads[axis] - window.pads[axis + 2]
    }
    let (rows, columns) = (size[0], size[1])
    let (inputs, outputs) = (w.extents[0], w.extents[1])
    var values: [Float] = []
    for n in 0..<x.extents[0] {
      for o in 0..<outputs {
        var sums = [Double](repeating: bias.map { Double($0.values[o]) } ?? 0, count: rows * columns)
        for c in 0..<inputs {
          for i in 0..<window.kernel[0] {
            for j in 0..<window.kernel[1] {
              let factor = Double(w.values[((c * outputs + o) * window.kernel[0] + i) * window.kernel[1] + j])
              for y in 0..<height {
                let row = window.place(y, i, 0)
                guard row >= 0, row < rows else { continue }
                for z in 0..<width {
                  let column = window.place(z, j, 1)
                  guard column >= 0, column < columns else { continue }
                  sums[row * columns + column] += factor * Double(x.values[((n * inputs + c) * height + y) * width + z])
                }
              }
            }
          }
        }
        for sum in sums { values.append(Float(sum)) }
      }
    }
    return ONNXArray([x.extents[0], outputs, rows, columns], values)
  }
}
