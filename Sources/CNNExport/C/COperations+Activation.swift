internal import CNNGraph
internal import CNNLayers

extension CBuilder {
  /// A function of each value alone.
  mutating func elementwise(_ function: CFunction, _ arguments: [Float] = [], _ node: Node) {
    call(
      function,
      ["\(count(of: node.operands[0]))"] + arguments.map(CText.literal)
        + [operand(node.operands[0]), result(node.results[0])])
  }

  fileprivate mutating func softmax(axis: Int, _ node: Node) {
    let extents = extents(of: node.operands[0])
    let outer = extents[..<axis].reduce(1, *)
    let inner = extents[(axis + 1)...].reduce(1, *)
    call(
      .softmax,
      ["\(outer)", "\(extents[axis])", "\(inner)", operand(node.operands[0]), result(node.results[0])])
  }
}

extension ActivationOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    guard let function = CFunction.activation(activation) else {
      preconditionFailure("\(activation) is no function of one value")
    }
    let takesParameter = activation == .leakyReLU || activation == .elu
    builder.elementwise(function, takesParameter ? [Float(parameter)] : [], node)
  }
}

extension ShapedReLUOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let most = maxValue.map { Float($0) } ?? .infinity
    builder.elementwise(.shapedReLU, [most, Float(negativeSlope), Float(threshold)], node)
  }
}

extension SoftmaxOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    builder.softmax(axis: builder.type(of: node.operands[0]).rank - 1, node)
  }
}

extension AxisSoftmaxOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.softmax(axis: axis, node) }
}
