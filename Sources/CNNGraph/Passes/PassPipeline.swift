/// A step of the compiler from graph to graph, without state.
package protocol Pass: Sendable {
  var name: String { get }
  func run(_ graph: Graph) -> Graph
}

/// Passes in the order written, the verifier after each.
package struct PassPipeline: Sendable {
  package let passes: [any Pass]

  package init(_ passes: [any Pass]) { self.passes = passes }

  package func run(_ graph: Graph) -> Graph {
    GraphVerifier.verify(graph, after: "assembly")
    return passes.reduce(graph) { graph, pass in
      let next = pass.run(graph)
      GraphVerifier.verify(next, after: pass.name)
      return next
    }
  }
}
