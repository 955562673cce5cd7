/// Puts an operation between the samples and whatever reads them: what `data` asks for before the model begins.
package struct TransformInput: Pass {
  package let operation: any Operation

  package init(_ operation: any Operation) { self.operation = operation }

  package var name: String { "transform input" }

  package func run(_ graph: Graph) -> Graph {
    guard let input = graph.values.firstIndex(where: { $0.origin == .input(.samples) }) else { return graph }
    let samples = ValueID(index: input)
    var builder = GraphBuilder(extending: graph, purpose: .inference)
    builder.layer = "data"
    let transformed = builder.append(operation, [samples])
    var result = builder.graph
    guard let node = result.nodes.popLast() else { return graph }
    for index in result.nodes.indices {
      result.nodes[index].operands = result.nodes[index].operands.map { $0 == samples ? transformed : $0 }
    }
    result.nodes.insert(node, at: 0)
    result.outputs = result.outputs.map { $0 == samples ? transformed : $0 }
    return result
  }
}
