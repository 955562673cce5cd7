internal import CNNGraph
internal import CNNLayers

extension ReferenceNode {
  /// For each value of a sample which statistics, and which gamma, are its own.
  private func places(_ statistics: SampleNormalizationOperation.Statistics) -> [(group: Int, parameter: Int)] {
    let channels = types[0].channels
    return (0..<types[0].elementCount).map { i in
      switch statistics {
      case .rows(let width): (i / width, i % width)
      case .groups(let count): (i % channels / (channels / count), i % channels)
      }
    }
  }

  /// Keras 3's `ops.layer_normalization` and `GroupNormalization`: mean, biased variance, then gamma and beta.
  func sampleNormalization(_ operation: SampleNormalizationOperation) -> [[Double]] {
    let places = places(operation.statistics)
    return operands[0].map { x in
      let normal = normalized(x, places, operation.epsilon).xhat
      return x.indices.map { i in
        let gamma = operation.hasScale ? operands[1][0][places[i].parameter] : 1
        let beta = operation.hasCenter ? operands[operands.count - 1][0][places[i].parameter] : 0
        return gamma * normal[i] + beta
      }
    }
  }

  private func normalized(
    _ x: [Double], _ places: [(group: Int, parameter: Int)], _ epsilon: Double
  ) -> (xhat: [Double], inverse: [Double], count: Double) {
    let groups = (places.map(\.group).max() ?? 0) + 1
    let count = Double(x.count / groups)
    var mean = [Double](repeating: 0, count: groups)
    var variance = mean
    for i in x.indices { mean[places[i].group] += x[i] / count }
    for i in x.indices {
      let d = x[i] - mean[places[i].group]
      variance[places[i].group] += d * d / count
    }
    let inverse = x.indices.map { 1 / (variance[places[$0].group] + epsilon).squareRoot() }
    return (x.indices.map { (x[$0] - mean[places[$0].group]) * inverse[$0] }, inverse, count)
  }

  /// By the Jacobian of (x - mean) * inverse within a group: inverse * (delta(i, j) - 1 / M - xhat_i * xhat_j / M).
  func sampleNormalizationGradient(_ operation: SampleNormalizationGradientOperation) -> [[[Double]]] {
    let places = places(operation.statistics)
    let parameters = (places.map(\.parameter).max() ?? 0) + 1
    var dGamma = [Double](repeating: 0, count: parameters)
    var dBeta = dGamma
    var dx: [[Double]] = []
    for (x, dy) in zip(operands[0], operands[operands.count - 1]) {
      let (xhat, inverse, count) = normalized(x, places, operation.epsilon)
      let g = x.indices.map { dy[$0] * (operation.hasScale ? operands[1][0][places[$0].parameter] : 1) }
      for i in x.indices {
        dGamma[places[i].parameter] += dy[i] * xhat[i]
        dBeta[places[i].parameter] += dy[i]
      }
      dx.append(
        x.indices.map { i in
          x.indices.filter { places[$0].group == places[i].group }.reduce(0) { sum, j in
            sum + g[j] * inverse[i] * ((i == j ? 1 : 0) - 1 / count - xhat[i] * xhat[j] / count)
          }
        })
    }
    return (operation.wantsInput ? [dx] : []) + (operation.wantsGamma ? [[dGamma]] : [])
      + (operation.wantsBeta ? [[dBeta]] : [])
  }

  func constantAffine(_ operation: ConstantAffineOperation) -> [[Double]] {
    operands[0].map { x in
      x.indices.map { i in
        let place = i % operation.scale.count
        let centre = operation.centre.isEmpty ? 0 : operation.centre[place]
        return (x[i] - centre) * operation.scale[place] + (operation.offset.isEmpty ? 0 : operation.offset[place])
      }
    }
  }

  func axisSwap(_ operation: AxisSwapOperation) -> [[Double]] {
    operands[0].map { x in
      var y = x
      for block in 0..<operation.blocks {
        let start = block * operation.rows * operation.columns
        for row in 0..<operation.rows {
          for column in 0..<operation.columns {
            y[start + column * operation.rows + row] = x[start + row * operation.columns + column]
          }
        }
      }
      return y
    }
  }
}
