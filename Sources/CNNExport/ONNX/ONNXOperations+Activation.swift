internal import CNNGraph
internal import CNNLayers

extension ONNXBuilder {
  /// Appends what works value by value, in the layout that is there.
  fileprivate mutating func unary(_ node: Node, _ body: (inout ONNXBuilder, String) -> String) {
    let layout = commonLayout([node.operands[0]])
    let x = operand(node.operands[0], layout)
    define(node.results[0], layout, as: body(&self, x))
  }

  fileprivate mutating func clip(_ x: String, _ low: Double, _ high: Double) -> String {
    node("Clip", [x, scalar("min", low), scalar("max", high)])
  }

  /// x * (1 + erf(x / sqrt 2)) / 2, which has an operator of its own since version 20.
  fileprivate mutating func gelu(_ x: String) -> String {
    if opset >= 20 { return node("Gelu", [x]) }
    let scaled = node("Mul", [x, scalar("sqrt_half", 0.5.squareRoot())], as: "scaled")
    let shifted = node("Add", [node("Erf", [scaled], as: "erf"), scalar("one", 1)], as: "shifted")
    let half = node("Mul", [x, scalar("half", 0.5)], as: "halved")
    return node("Mul", [half, shifted])
  }
}

extension ActivationOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.unary(node) { builder, x in
      switch activation {
      case .relu: builder.node("Relu", [x])
      case .relu6: builder.clip(x, 0, 6)
      case .elu: builder.node("Elu", [x], [.float("alpha", parameter)])
      case .selu: builder.node("Selu", [x])
      case .gelu: builder.gelu(x)
      case .silu: builder.node("Mul", [x, builder.node("Sigmoid", [x], as: "sigmoid")], as: "silu")
      case .sigmoid: builder.node("Sigmoid", [x])
      case .tanh: builder.node("Tanh", [x])
      case .softplus: builder.node("Softplus", [x])
      case .leakyReLU: builder.node("LeakyRelu", [x], [.float("alpha", parameter)])
      // clip(x / 6 + 1 / 2, 0, 1)
      case .hardSigmoid: builder.node("HardSigmoid", [x], [.float("alpha", 1.0 / 6), .float("beta", 0.5)])
      case .linear, .softmax: x
      }
    }
  }
}

extension ShapedReLUOperation: ONNXOperation {
  /// x > threshold ? min(x, maxValue) : negativeSlope * (x - threshold)
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.unary(node) { builder, x in
      if threshold == 0, negativeSlope == 0, let maxValue { return builder.clip(x, 0, maxValue) }
      let limit = builder.scalar("threshold", threshold)
      let isAbove = builder.node("Greater", [x, limit], as: "is_above")
      let above = maxValue.map { builder.node("Min", [x, builder.scalar("max_value", $0)], as: "above") } ?? x
      let distance = threshold == 0 ? x : builder.node("Sub", [x, limit], as: "distance")
      let below = builder.node("Mul", [distance, builder.scalar("negative_slope", negativeSlope)], as: "below")
      return builder.node("Where", [isAbove, above, below])
    }
  }
}

extension SoftmaxOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout([node.operands[0]])
    let rank = builder.type(of: node.operands[0]).rank
    let x = builder.operand(node.operands[0], layout)
    builder.define(
      node.results[0], layout, as: builder.node("Softmax", [x], [.int("axis", layout.axis(rank - 1))]))
  }
}

extension AxisSoftmaxOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout([node.operands[0]])
    let x = builder.operand(node.operands[0], layout)
    builder.define(node.results[0], layout, as: builder.node("Softmax", [x], [.int("axis", layout.axis(axis))]))
  }
}
