/// Takes bias, activation and pooling into the operation before them.
///
/// In: a node that is a `FusionAnchor` whose first result has exactly one use, as the first operand of an
/// `EpilogueProvider`. Out: one node that does both. What a second reader needs, a gradient's say, keeps
/// its use and is so never fused away; training graphs are fused first and differentiated after.
package struct FuseEpilogues: Pass {
  /// Whether gradients will be built, which need to know what pooling chose.
  package let keepsWinners: Bool

  package init(keepsWinners: Bool) { self.keepsWinners = keepsWinners }

  package var name: String { "fuse epilogues" }

  package func run(_ graph: Graph) -> Graph {
    var graph = graph
    let uses = graph.uses()
    let outputs = Set(graph.outputs)
    var isFused = [Bool](repeating: false, count: graph.nodes.count)
    for index in graph.nodes.indices where !isFused[index] {
      while let next = epilogue(of: graph.nodes[index], in: graph, uses: uses, outputs: outputs) {
        isFused[next.user.index] = true
        graph.nodes[index] = fuse(graph.nodes[index], with: graph.nodes[next.user.index], into: next.operation, &graph)
      }
    }
    graph.nodes = zip(graph.nodes, isFused).filter { !$0.1 }.map(\.0)
    return graph
  }

  private func epilogue(
    of node: Node, in graph: Graph, uses: [[NodeID]], outputs: Set<ValueID>
  ) -> (user: NodeID, operation: any Operation)? {
    guard let anchor = node.operation as? any FusionAnchor, let result = node.results.first else { return nil }
    let readers = uses[result.index]
    guard readers.count == 1, !outputs.contains(result), let reader = readers.first else { return nil }
    let user = graph.nodes[reader.index]
    guard user.operands.first == result, let provider = user.operation as? any EpilogueProvider,
      let epilogue = provider.epilogue,
      user.operands.dropFirst().allSatisfy({ isParameter($0, in: graph) }),
      let operation = anchor.absorbing(epilogue, keepsWinners: keepsWinners)
    else { return nil }
    return (reader, operation)
  }

  private func isParameter(_ value: ValueID, in graph: Graph) -> Bool {
    if case .parameter = graph[value].origin { true } else { false }
  }

  private func fuse(_ node: Node, with user: Node, into operation: any Operation, _ graph: inout Graph) -> Node {
    let operands = node.operands + user.operands.dropFirst()
    var results = user.results
    let types = operation.resultTypes(of: operands.map { graph[$0].type }) ?? []
    for type in types.dropFirst(results.count) {
      graph.values.append(Value(type: type, origin: .result))
      results.append(ValueID(index: graph.values.count - 1))
    }
    return Node(operation: operation, operands: operands, results: results, layer: node.layer, origin: node.origin)
  }
}
