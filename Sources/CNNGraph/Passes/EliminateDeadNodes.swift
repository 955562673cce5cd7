/// Drops nodes whose results nobody reads, and the values that are left without a reader or producer.
///
/// Alive are the outputs, the gradients of parameters, and whatever changes an operand in place.
package struct EliminateDeadNodes: Pass {
  package init() {}

  package var name: String { "eliminate dead nodes" }

  package func run(_ graph: Graph) -> Graph {
    var isAlive = [Bool](repeating: false, count: graph.values.count)
    for output in graph.outputs { isAlive[output.index] = true }
    for (index, value) in graph.values.enumerated() {
      if case .parameterGradient = value.origin { isAlive[index] = true }
    }
    var kept: [Node] = []
    for node in graph.nodes.reversed() {
      let isNeeded = node.results.contains { isAlive[$0.index] } || !node.operation.updatedOperands.isEmpty
      guard isNeeded else { continue }
      for operand in node.operands { isAlive[operand.index] = true }
      for result in node.results { isAlive[result.index] = true }
      kept.append(node)
    }
    return renumbered(
      Graph(values: graph.values, nodes: kept.reversed(), parameters: graph.parameters, outputs: graph.outputs), isAlive
    )
  }

  /// Numbers values anew: inputs and parameters stay even if unread, dead results go.
  private func renumbered(_ graph: Graph, _ isAlive: [Bool]) -> Graph {
    var map = [ValueID?](repeating: nil, count: graph.values.count)
    var values: [Value] = []
    for (index, value) in graph.values.enumerated() {
      let isKept =
        switch value.origin {
        case .input, .parameter: true
        case .result, .parameterGradient: isAlive[index]
        }
      guard isKept else { continue }
      map[index] = ValueID(index: values.count)
      values.append(value)
    }
    func renamed(_ ids: [ValueID]) -> [ValueID] { ids.compactMap { map[$0.index] } }
    let nodes = graph.nodes.map { node in
      var node = node
      node.operands = renamed(node.operands)
      node.results = renamed(node.results)
      return node
    }
    return Graph(values: values, nodes: nodes, parameters: graph.parameters, outputs: renamed(graph.outputs))
  }
}
