internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  /// y[r, c, k m + j] = sum over taps a, b of x[r s + a d - p, c s + b d - p, k] w[a, b, k, j], then bias and rectifier.
  mutating func depthwise(_ operation: DepthwiseConv2DOperation) -> [[[Double]]] {
    let window = ReferenceWindow(operation.window)
    let (inputs, multiplier) = (types[1].extents[2], types[1].extents[3])
    let (kernel, outputs) = (operands[1][0], inputs * multiplier)
    var results: [[Double]] = []
    for x in operands[0] {
      var y = [Double](repeating: 0, count: window.rows.outputs * window.columns.outputs * outputs)
      window.forEachOutput { row, column, pixel in
        for (tap, from) in window.cells(row, column) {
          for o in 0..<outputs {
            y[pixel * outputs + o] += x[from * inputs + o / multiplier] * kernel[tap * outputs + o]
          }
        }
      }
      if operation.hasBias { for i in y.indices { y[i] += operands[2][0][i % outputs] } }
      results.append(operation.isRectified ? y.map { rectified($0) } : y)
    }
    return [results]
  }

  func depthwiseGradient(_ operation: DepthwiseConv2DGradientOperation) -> [[[Double]]] {
    let window = ReferenceWindow(operation.window)
    let (inputs, multiplier) = (types[0].channels, operation.multiplier)
    let outputs = inputs * multiplier
    var rest = operands[1...]
    let kernel = operation.wantsInput ? rest.popFirst()?[0] : nil
    let y = operation.isRectified ? rest.popFirst() : nil
    var dxs: [[Double]] = []
    var dKernel = [Double](repeating: 0, count: window.rows.window * window.columns.window * outputs)
    var dBias = [Double](repeating: 0, count: outputs)
    for (sample, x) in operands[0].enumerated() {
      var dy = operands[operands.count - 1][sample]
      if let y { for i in dy.indices where y[sample][i] <= 0 { dy[i] = 0 } }
      var dx = [Double](repeating: 0, count: x.count)
      window.forEachOutput { row, column, pixel in
        for (tap, from) in window.cells(row, column) {
          for o in 0..<outputs {
            let place = from * inputs + o / multiplier
            dKernel[tap * outputs + o] += x[place] * dy[pixel * outputs + o]
            if let kernel { dx[place] += kernel[tap * outputs + o] * dy[pixel * outputs + o] }
          }
        }
      }
      for i in dy.indices { dBias[i % outputs] += dy[i] }
      dxs.append(dx)
    }
    return (operation.wantsInput ? [dxs] : []) + (operation.wantsKernel ? [[dKernel]] : [])
      + (operation.wantsBias ? [[dBias]] : [])
  }

  /// Each input pixel goes to the cells that the convolution's window at its place covers:
  /// y[r s + a d - p, c s + b d - p, o] += x[r, c, i] w[a, b, o, i], then bias and rectifier.
  mutating func transposedConvolution(_ operation: Conv2DTransposeOperation) -> [[[Double]]] {
    let window = ReferenceWindow(operation.convolution)
    let (outputs, inputs) = (types[1].extents[2], types[1].extents[3])
    let kernel = operands[1][0]
    var results: [[Double]] = []
    for x in operands[0] {
      var y = [Double](repeating: 0, count: window.rows.size * window.columns.size * outputs)
      window.forEachOutput { row, column, pixel in
        for (tap, to) in window.cells(row, column) {
          for o in 0..<outputs {
            for i in 0..<inputs {
              y[to * outputs + o] += x[pixel * inputs + i] * kernel[(tap * outputs + o) * inputs + i]
            }
          }
        }
      }
      if operation.hasBias { for i in y.indices { y[i] += operands[2][0][i % outputs] } }
      results.append(operation.isRectified ? y.map { rectified($0) } : y)
    }
    return [results]
  }

  func transposedConvolutionGradient(_ operation: Conv2DTransposeGradientOperation) -> [[[Double]]] {
    let window = ReferenceWindow(operation.convolution)
    let (inputs, outputs) = (types[0].channels, types[types.count - 1].channels)
    var rest = operands[1...]
    let kernel = operation.wantsInput ? rest.popFirst()?[0] : nil
    let y = operation.isRectified ? rest.popFirst() : nil
    var dxs: [[Double]] = []
    var dKernel = [Double](repeating: 0, count: window.rows.window * window.columns.window * outputs * inputs)
    var dBias = [Double](repeating: 0, count: outputs)
    for (sample, x) in operands[0].enumerated() {
      var dy = operands[operands.count - 1][sample]
      if let y { for i in dy.indices where y[sample][i] <= 0 { dy[i] = 0 } }
      var dx = [Double](repeating: 0, count: x.count)
      window.forEachOutput { row, column, pixel in
        for (tap, to) in window.cells(row, column) {
          for o in 0..<outputs {
            for i in 0..<inputs {
              let weight = (tap * outputs + o) * inputs + i
              dKernel[weight] += x[pixel * inputs + i] * dy[to * outputs + o]
              if let kernel { dx[pixel * inputs + i] += kernel[weight] * dy[to * outputs + o] }
            }
          }
        }
      }
      for i in dy.indices { dBias[i % outputs] += dy[i] }
      dxs.append(dx)
    }
    return (operation.wantsInput ? [dxs] : []) + (operation.wantsKernel ? [[dKernel]] : [])
      + (operation.wantsBias ? [[dBias]] : [])
  }
}
