/// Appends what computes the gradients of all trainable parameters: reverse-mode differentiation, graph to graph.
///
/// In: a fused forward graph whose first output is a loss. Out: the same with, in reverse order, each node's
/// gradient by its own rule; a value read more than once gets the sum of its readers' gradients, in their order.
/// Only what leads to a trainable parameter is differentiated.
package struct BuildGradient: Pass {
  /// Adds gradients of equal type.
  package let sum: any Operation

  package init(sum: any Operation) { self.sum = sum }

  package var name: String { "build gradient" }

  package func run(_ graph: Graph) -> Graph {
    let needed = valuesThatLeadToTrainableParameters(graph)
    var builder = GraphBuilder(extending: graph, purpose: .training)
    var contributions = [[ValueID]](repeating: [], count: graph.values.count)
    let loss = graph.outputs[0]

    for node in graph.nodes.reversed() {
      let isLoss = node.results.contains(loss)
      let wanted = node.operands.map { needed[$0.index] }
      guard wanted.contains(true), isLoss || !contributions[node.results[0].index].isEmpty else { continue }
      guard let rule = node.operation as? any GradientRule else {
        preconditionFailure("\(node.operation.name) has no gradient")
      }
      builder.layer = node.layer
      builder.origin = node.origin
      let context = GradientContext(
        operands: node.operands, results: node.results,
        // A loss starts the chain: its rule needs no gradient from above.
        resultGradient: isLoss ? loss : total(contributions[node.results[0].index], &builder), wanted: wanted)
      let gradients = rule.appendGradient(context, to: &builder)
      precondition(gradients.count == node.operands.count, "\(node.operation.name): one gradient an operand")
      for (operand, gradient) in zip(node.operands, gradients) where needed[operand.index] {
        guard let gradient else { preconditionFailure("\(node.operation.name) leaves out a gradient") }
        if case .parameter(let id) = graph[operand].origin {
          builder.markGradient(gradient, of: id)
        } else {
          contributions[operand.index].append(gradient)
        }
      }
    }
    return builder.graph
  }

  private func total(_ gradients: [ValueID], _ builder: inout GraphBuilder) -> ValueID {
    gradients.count == 1 ? gradients[0] : builder.append(sum, gradients)
  }

  private func valuesThatLeadToTrainableParameters(_ graph: Graph) -> [Bool] {
    var needed = graph.values.map { value in
      if case .parameter(let id) = value.origin { graph.parameters[id.index].declaration.isTrainable } else { false }
    }
    for node in graph.nodes where node.operands.contains(where: { needed[$0.index] }) {
      for result in node.results { needed[result.index] = true }
    }
    return needed
  }
}
