internal import CNNGraph
internal import CNNLayers
internal import Foundation

extension ReferenceNode {
  mutating func activation(_ operation: ActivationOperation) -> [[Double]] {
    for x in operands[0].joined() {
      let kinks: [Double] =
        switch operation.activation {
        case .relu, .leakyReLU, .elu, .selu: [0]
        case .relu6: [0, 6]
        case .hardSigmoid: [-3, 3]
        case .linear, .gelu, .silu, .sigmoid, .tanh, .softplus, .softmax: []
        }
      for kink in kinks { note(distance: x - kink) }
    }
    return mapped { Self.value(operation.activation, operation.parameter, $0) }
  }

  /// Keras 3's definitions (`keras.activations`).
  static func value(_ activation: Activation, _ parameter: Double, _ x: Double) -> Double {
    switch activation {
    case .linear: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .elu: x > 0 ? x : parameter * (exp(x) - 1)
    case .selu: seluScale * (x > 0 ? x : seluAlpha * (exp(x) - 1))
    case .gelu: x * 0.5 * (1 + erf(x / 2.0.squareRoot()))
    case .silu: x / (1 + exp(-x))
    case .sigmoid: 1 / (1 + exp(-x))
    case .tanh: tanh(x)
    case .softplus: log(1 + exp(x))
    case .leakyReLU: x >= 0 ? x : parameter * x
    case .hardSigmoid: min(max(x + 3, 0), 6) / 6
    case .softmax: preconditionFailure("softmax is no function of one number")
    }
  }

  /// The derivatives of the above, written from x alone.
  static func slope(_ activation: Activation, _ parameter: Double, _ x: Double) -> Double {
    let sigmoid = 1 / (1 + exp(-x))
    switch activation {
    case .linear: return 1
    case .relu: return x > 0 ? 1 : 0
    case .relu6: return x > 0 && x < 6 ? 1 : 0
    case .elu: return x > 0 ? 1 : parameter * exp(x)
    case .selu: return seluScale * (x > 0 ? 1 : seluAlpha * exp(x))
    case .gelu:
      return 0.5 * (1 + erf(x / 2.0.squareRoot())) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .silu: return sigmoid + x * sigmoid * (1 - sigmoid)
    case .sigmoid: return sigmoid * (1 - sigmoid)
    case .tanh: return 1 / (cosh(x) * cosh(x))
    case .softplus: return sigmoid
    case .leakyReLU: return x > 0 ? 1 : parameter
    case .hardSigmoid: return abs(x) < 3 ? 1.0 / 6 : 0
    case .softmax: preconditionFailure("softmax is no function of one number")
    }
  }

  private static let seluScale = 1.0507009873554804934193349852946
  private static let seluAlpha = 1.6732632423543772848170429916717

  func activationGradient(_ operation: ActivationGradientOperation) -> [[Double]] {
    let dy = operands[operands.count - 1]
    // ReLU gets its output, whose sign is its input's.
    return zip(operands[0], dy).map { x, dy in
      zip(x, dy).map { Self.slope(operation.activation, operation.parameter, $0) * $1 }
    }
  }

  mutating func shapedReLU(_ operation: ShapedReLUOperation) -> [[Double]] {
    for x in operands[0].joined() {
      note(distance: x - operation.threshold)
      if let maxValue = operation.maxValue { note(distance: x - maxValue) }
    }
    return mapped { x in
      x > operation.threshold
        ? min(x, operation.maxValue ?? .infinity) : operation.negativeSlope * (x - operation.threshold)
    }
  }

  func shapedReLUGradient(_ function: ShapedReLUOperation) -> [[Double]] {
    zip(operands[0], operands[1]).map { x, dy in
      zip(x, dy).map { x, dy in
        if x < function.threshold { return function.negativeSlope * dy }
        return x > function.threshold && x <= function.maxValue ?? .infinity ? dy : 0
      }
    }
  }

  func softmax() -> [[Double]] { operands[0].map { rows($0, Self.softmax) } }

  static func softmax(_ x: [Double]) -> [Double] {
    let largest = x.max() ?? 0
    let powers = x.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// dx[i] = sum over j of dy[j] y[j] (delta(i, j) - y[i]).
  func softmaxGradient() -> [[Double]] {
    let width = types[0].channels
    return zip(operands[0], operands[1]).map { y, dy in
      y.indices.map { i in
        let row = i / width * width
        return (0..<width).reduce(0) { $0 + dy[row + $1] * y[row + $1] * ((row + $1 == i ? 1 : 0) - y[i]) }
      }
    }
  }

  /// The places of a sample that go together: those that differ along one axis alone.
  private func lines(along axis: Int) -> [[Int]] {
    let extents = types[0].extents
    let inner = extents.dropFirst(axis + 1).reduce(1, *)
    return (0..<types[0].elementCount).filter { $0 / inner % extents[axis] == 0 }.map { start in
      (0..<extents[axis]).map { start + $0 * inner }
    }
  }

  func softmax(along axis: Int) -> [[Double]] {
    operands[0].map { x in
      var y = x
      for line in lines(along: axis) {
        for (place, value) in zip(line, Self.softmax(line.map { x[$0] })) { y[place] = value }
      }
      return y
    }
  }

  func softmaxGradient(along axis: Int) -> [[Double]] {
    zip(operands[0], operands[1]).map { y, dy in
      var dx = y
      for line in lines(along: axis) {
        for i in line { dx[i] = line.reduce(0) { $0 + dy[$1] * y[$1] * (($1 == i ? 1 : 0) - y[i]) } }
      }
      return dx
    }
  }

  private func rows(_ x: [Double], _ function: ([Double]) -> [Double]) -> [Double] {
    let width = types[0].channels
    return stride(from: 0, to: x.count, by: width).flatMap { function(Array(x[$0..<$0 + width])) }
  }

  func biasAdd() -> [[Double]] {
    operands[0].map { x in x.indices.map { x[$0] + operands[1][0][$0 % types[0].channels] } }
  }

  func biasGradient() -> [Double] {
    var sums = [Double](repeating: 0, count: types[0].channels)
    for dy in operands[0] { for i in dy.indices { sums[i % sums.count] += dy[i] } }
    return sums
  }

  mutating func add(_ operation: AddOperation) -> [[Double]] {
    var sums = operands[0]
    for operand in operands.dropFirst() {
      for sample in sums.indices { for i in sums[sample].indices { sums[sample][i] += operand[sample][i] } }
    }
    guard operation.isRectified else { return sums }
    for sample in sums.indices { for i in sums[sample].indices { sums[sample][i] = rectified(sums[sample][i]) } }
    return sums
  }

  func concatenate(_ operation: ConcatenateOperation) -> [[Double]] {
    (0..<batch).map { sample in
      var result: [Double] = []
      for outer in 0..<types[0].extents.prefix(operation.axis).reduce(1, *) {
        for (operand, type) in zip(operands, types) {
          let width = type.extents.dropFirst(operation.axis).reduce(1, *)
          result += operand[sample][outer * width..<(outer + 1) * width]
        }
      }
      return result
    }
  }

  func slice(_ operation: SliceOperation) -> [[Double]] {
    let extents = types[0].extents
    let inner = extents.dropFirst(operation.axis + 1).reduce(1, *)
    return operands[0].map { x in
      x.indices.filter {
        let position = $0 / inner % extents[operation.axis]
        return position >= operation.start && position < operation.start + operation.length
      }.map { x[$0] }
    }
  }
}
