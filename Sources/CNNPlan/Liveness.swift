internal import CNNGraph

/// From which step to which each value is needed; values that share a place are one.
struct Liveness {
  /// By representative of an alias class; `nil` for values that no step touches.
  private(set) var lifetimes: [ClosedRange<Int>?]

  init(graph: Graph, aliases: AliasClasses, schedule: Schedule) {
    lifetimes = Array(repeating: nil, count: graph.values.count)
    for (step, entry) in schedule.steps.enumerated() {
      if case .gather(let value) = entry { extend(aliases[value], to: step...step) }
    }
    for (index, node) in graph.nodes.enumerated() {
      guard let range = schedule.range[index] else { continue }
      // A preparation reads weights and fills temporaries alone: results and operands are needed from the node's
      // place on. A node that is all preparation has none, and its result lives from its first step.
      let own = (schedule.place[index] ?? range.lowerBound)...range.upperBound
      for value in node.results { extend(aliases[value], to: own) }
      for value in node.operands { extend(aliases[value], to: own) }
    }
    // What the caller reads stays to the end.
    for value in graph.outputs {
      guard let lifetime = lifetimes[aliases[value]] else { continue }
      lifetimes[aliases[value]] = lifetime.lowerBound...max(lifetime.upperBound, schedule.count - 1)
    }
  }

  private mutating func extend(_ value: Int, to range: ClosedRange<Int>) {
    guard let known = lifetimes[value] else {
      lifetimes[value] = range
      return
    }
    lifetimes[value] = min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
  }
}
