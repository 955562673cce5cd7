internal import CNNGraph
internal import CNNLayers

extension ONNXBuilder {
  /// Appends what works value by value on operands of one type.
  fileprivate mutating func merge(_ op: String, _ node: Node) {
    let layout = commonLayout(node.operands)
    let inputs = node.operands.map { operand($0, layout) }
    define(node.results[0], layout, as: self.node(op, inputs))
  }
}

extension AddOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.merge(node.operands.count == 2 ? "Add" : "Sum", node)
  }
}

extension SubtractOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) { builder.merge("Sub", node) }
}

extension MultiplyOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) { builder.merge("Mul", node) }
}

extension MaximumOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) { builder.merge("Max", node) }
}

extension ConcatenateOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout(node.operands)
    let inputs = node.operands.map { value in builder.operand(value, layout.of(builder.type(of: value))) }
    let result = layout.of(builder.type(of: node.results[0]))
    builder.define(node.results[0], result, as: builder.node("Concat", inputs, [.int("axis", layout.axis(axis))]))
  }
}

extension BroadcastOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let type = builder.type(of: node.operands[0])
    var layout = builder.imageLayout([node.operands[0]])
    var x = builder.operand(node.operands[0], layout)
    if type.rank < extents.count {
      x = builder.reshape(x, Array(repeating: 1, count: extents.count - type.rank) + type.extents)
    }
    layout = layout.of(builder.type(of: node.results[0]))
    let shape = builder.constant("shape", ints: [1] + layout.extents(of: builder.type(of: node.results[0])))
    builder.define(node.results[0], layout, as: builder.node("Expand", [x, shape], as: "broadcast"))
  }
}

extension ONNXLayout {
  /// The same layout of a value of another type.
  func of(_ type: TensorType) -> ONNXLayout {
    switch self {
    case .rowMajor: .rowMajor
    case .channelsFirst: .channelsFirst(type.extents)
    }
  }
}
