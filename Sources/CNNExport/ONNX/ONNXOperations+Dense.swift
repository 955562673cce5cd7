internal import CNNGraph
internal import CNNLayers

extension DenseOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let following = builder.absorbBias(behind: node.results[0])
    let result = following?.result ?? node.results[0]
    let x = node.operands[0]
    guard builder.type(of: x).rank == 1 else {
      let kernel = builder.weight(node.operands[1])
      var y = builder.node("MatMul", [builder.rowMajor(x), kernel])
      if let following { y = builder.node("Add", [y, builder.weight(following.bias)], as: "bias") }
      return builder.define(result, .rowMajor, as: y)
    }
    let input: String
    let kernel: String
    if let layout = builder.layouts(of: x).first, case .channelsFirst(let image) = layout {
      // Rows in the order of what was flattened: [H, W, C] to [C, H, W].
      input = builder.operand(x, layout)
      kernel = builder.rows(of: node.operands[1], from: image)
    } else {
      input = builder.rowMajor(x)
      kernel = builder.weight(node.operands[1])
    }
    let bias = following.map { [builder.weight($0.bias)] } ?? []
    builder.define(result, .rowMajor, as: builder.node("Gemm", [input, kernel] + bias))
  }
}

extension ONNXBuilder {
  /// A dense kernel `[H * W * C, out]` with its rows in the order of `[C, H, W]`.
  fileprivate mutating func rows(of kernel: ValueID, from image: [Int]) -> String {
    weight(
      kernel, unfolded: image + [type(of: kernel).extents[1]], axes: [2, 0, 1, 3], extents: type(of: kernel).extents)
  }
}

extension BiasAddOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout([node.operands[0]])
    let channels = builder.type(of: node.operands[1]).elementCount
    let bias = builder.weight(node.operands[1], extents: layout == .rowMajor ? [channels] : [channels, 1, 1])
    builder.define(
      node.results[0], layout, as: builder.node("Add", [builder.operand(node.operands[0], layout), bias], as: "bias"))
  }
}
