/// Joins a loss with the activation that its predictions come from: softmax with cross-entropy, sigmoid with
/// binary cross-entropy.
///
/// The joint form works on the logits: no clipping, no loss of digits, and the gradient p - y. It is what Keras
/// computes on TensorFlow when the predictions come straight from their softmax.
package struct FuseLoss: Pass {
  package init() {}

  package var name: String { "fuse loss" }

  package func run(_ graph: Graph) -> Graph {
    var graph = graph
    var producer = [Int?](repeating: nil, count: graph.values.count)
    for (index, node) in graph.nodes.enumerated() {
      for result in node.results { producer[result.index] = index }
    }
    for index in graph.nodes.indices {
      guard let loss = graph.nodes[index].operation as? any LossFusion,
        let prediction = graph.nodes[index].operands.first, let source = producer[prediction.index],
        let operation = loss.fused(with: graph.nodes[source].operation)
      else { continue }
      var operands = graph.nodes[index].operands
      operands[0] = graph.nodes[source].operands[0]
      // The joint form may take fewer kinds of labels and shapes than the loss alone.
      guard
        operation.resultTypes(of: operands.map { graph[$0].type }) == graph.nodes[index].results.map({ graph[$0].type })
      else { continue }
      graph.nodes[index].operation = operation
      graph.nodes[index].operands = operands
    }
    return graph
  }
}
