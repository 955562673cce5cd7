internal import CNNGraph
internal import CNNLayers

extension CBuilder {
  fileprivate mutating func pairwise(_ function: CFunction, _ node: Node) {
    call(
      function,
      ["\(count(of: node.results[0]))", operand(node.operands[0]), operand(node.operands[1]), result(node.results[0])])
  }
}

extension AddOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    builder.pairwise(.add, node)
    let count = "\(builder.count(of: node.results[0]))"
    let sum = builder.result(node.results[0])
    for operand in node.operands.dropFirst(2) { builder.call(.accumulate, [count, builder.operand(operand), sum]) }
    if isRectified { builder.call(.rectify, [count, sum]) }
  }
}

extension SubtractOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.pairwise(.subtract, node) }
}

extension MultiplyOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.pairwise(.multiply, node) }
}

extension MaximumOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.pairwise(.maximum, node) }
}

extension ConcatenateOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let extents = builder.extents(of: node.results[0])
    let outer = extents[..<axis].reduce(1, *)
    let inner = extents[(axis + 1)...].reduce(1, *)
    let y = builder.result(node.results[0])
    var start = 0
    for operand in node.operands {
      let length = builder.extents(of: operand)[axis] * inner
      builder.call(
        .copyStretches,
        [
          "\(outer)", "\(length)", builder.operand(operand), "\(length)", start == 0 ? y : "\(y) + \(start)",
          "\(extents[axis] * inner)",
        ])
      start += length
    }
  }
}

extension SliceOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let extents = builder.extents(of: node.operands[0])
    let outer = extents[..<axis].reduce(1, *)
    let inner = extents[(axis + 1)...].reduce(1, *)
    let x = builder.operand(node.operands[0])
    builder.call(
      .copyStretches,
      [
        "\(outer)", "\(length * inner)", start == 0 ? x : "\(x) + \(start * inner)", "\(extents[axis] * inner)",
        builder.result(node.results[0]), "\(length * inner)",
      ])
  }
}
