internal import CNNGraph
internal import CNNLayers

extension CBuilder {
  fileprivate mutating func pool(_ function: CFunction, _ window: Window2D, _ node: Node) {
    let channels = extents(of: node.operands[0]).last ?? 1
    let geometry = self.window(window, channels: channels, outputs: channels)
    call(function, [geometry, operand(node.operands[0]), result(node.results[0])])
  }

  fileprivate mutating func globalPool(_ function: CFunction, _ node: Node) {
    let channels = extents(of: node.operands[0]).last ?? 1
    let pixels = count(of: node.operands[0]) / channels
    call(function, ["\(pixels)", "\(channels)", operand(node.operands[0]), result(node.results[0])])
  }
}

extension MaxPool2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.pool(.maxPool2D, window, node) }
}

extension AveragePool2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.pool(.averagePool2D, window, node) }
}

extension GlobalMaxPool2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.globalPool(.globalMaxPool, node) }
}

extension GlobalAveragePool2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) { builder.globalPool(.globalAveragePool, node) }
}
