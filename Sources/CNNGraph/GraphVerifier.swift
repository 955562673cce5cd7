/// The rules of the IR, checked after each pass; a broken one is our bug, so it traps with the place.
package enum GraphVerifier {
  /// What is wrong with a graph, or `nil`.
  ///
  /// 1. Every operand is defined before it is read, every result once.
  /// 2. Result types are what the operation says of its operands' types.
  /// 3. Inputs and parameters have no producer; a parameter's value has the parameter's shape.
  /// 4. A parameter has at most one gradient, of its own shape.
  /// 5. Outputs are defined.
  package static func fault(in graph: Graph) -> String? {
    var isDefined = graph.values.map { value in
      switch value.origin {
      case .input, .parameter: true
      case .result, .parameterGradient: false
      }
    }
    for (index, node) in graph.nodes.enumerated() {
      let place = "node \(index) (\(node.operation.name) of \(node.layer))"
      for operand in node.operands {
        guard graph.values.indices.contains(operand.index) else {
          return "\(place) reads \(operand), which does not exist"
        }
        guard isDefined[operand.index] else { return "\(place) reads \(operand) before it is defined" }
      }
      for result in node.results {
        guard graph.values.indices.contains(result.index) else {
          return "\(place) gives \(result), which does not exist"
        }
        guard !isDefined[result.index] else { return "\(place) defines \(result) again" }
        isDefined[result.index] = true
      }
      let expected = node.operation.resultTypes(of: node.operands.map { graph[$0].type })
      let found = node.results.map { graph[$0].type }
      guard expected == found else { return "\(place) gives \(found), its operation \(expected ?? [])" }
    }
    var hasGradient = Set<ParameterID>()
    for (index, value) in graph.values.enumerated() {
      switch value.origin {
      case .parameter(let id):
        guard graph.parameters.indices.contains(id.index),
          value.type == .parameter(graph.parameters[id.index].declaration.extents)
        else { return "%\(index) is no parameter of the graph" }
      case .parameterGradient(let id):
        guard hasGradient.insert(id).inserted else {
          return "two gradients of \(graph.parameters[id.index].qualifiedName)"
        }
        guard value.type == .parameter(graph.parameters[id.index].declaration.extents) else {
          return "%\(index) has another shape than \(graph.parameters[id.index].qualifiedName)"
        }
      case .input, .result: break
      }
    }
    for output in graph.outputs {
      guard graph.values.indices.contains(output.index), isDefined[output.index] else {
        return "output \(output) is not defined"
      }
    }
    return nil
  }

  package static func verify(_ graph: Graph, after pass: String) {
    if let fault = fault(in: graph) { preconditionFailure("after \(pass): \(fault)\n\(graph)") }
  }
}
