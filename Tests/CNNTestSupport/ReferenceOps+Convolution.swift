internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  /// y[r, c, o] = sum over taps a, b and channels k of x[r s + a d - p, c s + b d - p, g in + k] w[a, b, k, o],
  /// then bias, then the rectifier, then the pool; the winners are taps of the pool's window.
  mutating func convolution(_ operation: Conv2DOperation) -> [[[Double]]] {
    let window = ReferenceWindow(operation.window)
    let (perGroup, outputs) = (types[1].extents[2], types[1].extents[3])
    let (kernel, inputs) = (operands[1][0], types[0].channels)
    var results: [[Double]] = []
    var winners: [[Double]] = []
    for x in operands[0] {
      var y = [Double](repeating: 0, count: window.rows.outputs * window.columns.outputs * outputs)
      window.forEachOutput { row, column, pixel in
        for (tap, from) in window.cells(row, column) {
          for o in 0..<outputs {
            let group = o / (outputs / operation.groups)
            for k in 0..<perGroup {
              y[pixel * outputs + o] +=
                x[from * inputs + group * perGroup + k] * kernel[(tap * perGroup + k) * outputs + o]
            }
          }
        }
      }
      if operation.hasBias { for i in y.indices { y[i] += operands[2][0][i % outputs] } }
      if operation.isRectified { y = y.map { rectified($0) } }
      guard let pool = operation.pool else {
        results.append(y)
        continue
      }
      let pooled = maxima(y, ReferenceWindow(pool), channels: outputs)
      results.append(pooled.values)
      winners.append(pooled.winners.map(Double.init))
    }
    return operation.keepsWinners ? [results, winners] : [results]
  }

  /// Undoes pool and rectifier, then the chain rule over the same sums as the convolution's.
  func convolutionGradient(_ operation: Conv2DGradientOperation) -> [[[Double]]] {
    let forward = operation.forward
    let window = ReferenceWindow(forward.window)
    let outputs = types[types.count - 1].channels
    let inputs = types[0].channels
    let perGroup = inputs / forward.groups
    let taps = window.rows.window * window.columns.window
    var rest = operands[1...]
    let transposed = operation.wantsInput ? rest.popFirst()?[0] : nil
    let y = forward.isRectified ? rest.popFirst() : nil
    let winners = forward.keepsWinners ? rest.popFirst() : nil
    var dxs: [[Double]] = []
    var dKernel = [Double](repeating: 0, count: taps * perGroup * outputs)
    var dBias = [Double](repeating: 0, count: outputs)
    for (sample, x) in operands[0].enumerated() {
      var dy = operands[operands.count - 1][sample]
      if let y { for i in dy.indices where y[sample][i] <= 0 { dy[i] = 0 } }
      if let pool = forward.pool, let winners {
        dy = scattered(dy, winners[sample].map { Int($0) }, ReferenceWindow(pool), channels: outputs)
      }
      var dx = [Double](repeating: 0, count: x.count)
      window.forEachOutput { row, column, pixel in
        for (tap, from) in window.cells(row, column) {
          for o in 0..<outputs {
            let group = o / (outputs / forward.groups)
            for k in 0..<perGroup {
              let place = from * inputs + group * perGroup + k
              dKernel[(tap * perGroup + k) * outputs + o] += x[place] * dy[pixel * outputs + o]
              if let transposed {
                let at =
                  operation.overWinners
                  ? (o * taps + tap) * perGroup + k : ((taps - 1 - tap) * outputs + o) * perGroup + k
                dx[place] += transposed[at] * dy[pixel * outputs + o]
              }
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

  /// [.., in, out] becomes [.. in reverse, out, in], by output [out, .., in]. Kernels of a gradient may have it in an
  /// order of their own, which is not theirs to tell here, with more values than the filter's: those are zeros.
  func transposedFilter(_ operation: FilterTransposeOperation) -> [Double] {
    let extents = types[0].extents
    let (inputs, outputs) = (0..<extents[extents.count - 2], 0..<extents[extents.count - 1])
    let taps = 0..<extents.dropLast(2).reduce(1, *)
    func value(_ tap: Int, _ k: Int, _ o: Int) -> Double {
      operands[0][0][(tap * inputs.count + k) * outputs.count + o]
    }
    return switch operation.order {
    case .byOutput: outputs.flatMap { o in taps.flatMap { tap in inputs.map { value(tap, $0, o) } } }
    case .reversed, .gradient:
      taps.reversed().flatMap { tap in outputs.flatMap { o in inputs.map { value(tap, $0, o) } } }
        + [Double](repeating: 0, count: resultTypes[0].elementCount - operands[0][0].count)
    }
  }

  /// y[.., o] = sum over k of x[.., k] w[k, o], then bias, then the rectifier.
  mutating func dense(_ operation: DenseOperation) -> [[[Double]]] {
    let (inputs, outputs) = (types[1].extents[0], types[1].extents[1])
    var results: [[Double]] = []
    for x in operands[0] {
      var y: [Double] = []
      for row in 0..<x.count / inputs {
        for o in 0..<outputs {
          var sum = 0.0
          for k in 0..<inputs { sum += x[row * inputs + k] * operands[1][0][k * outputs + o] }
          if operation.hasBias { sum += operands[2][0][o] }
          y.append(operation.isRectified ? rectified(sum) : sum)
        }
      }
      results.append(y)
    }
    return [results]
  }

  func denseGradient(_ operation: DenseGradientOperation) -> [[[Double]]] {
    let (inputs, outputs) = (types[0].channels, types[types.count - 1].channels)
    var rest = operands[1...]
    let transposed = operation.wantsInput ? rest.popFirst()?[0] : nil
    let y = operation.isRectified ? rest.popFirst() : nil
    var dxs: [[Double]] = []
    var dKernel = [Double](repeating: 0, count: inputs * outputs)
    var dBias = [Double](repeating: 0, count: outputs)
    for (sample, x) in operands[0].enumerated() {
      var dx = [Double](repeating: 0, count: x.count)
      for row in 0..<x.count / inputs {
        for o in 0..<outputs {
          if let y, y[sample][row * outputs + o] <= 0 { continue }
          let dy = operands[operands.count - 1][sample][row * outputs + o]
          dBias[o] += dy
          for k in 0..<inputs {
            dKernel[k * outputs + o] += x[row * inputs + k] * dy
            if let transposed { dx[row * inputs + k] += transposed[o * inputs + k] * dy }
          }
        }
      }
      dxs.append(dx)
    }
    return (operation.wantsInput ? [dxs] : []) + (operation.wantsKernel ? [[dKernel]] : [])
      + (operation.wantsBias ? [[dBias]] : [])
  }
}
