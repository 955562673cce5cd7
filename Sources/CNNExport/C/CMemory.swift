internal import CNNGraph
internal import CNNPlan

/// Where values of a graph live: with the caller, or from node to node in the arena.
struct CMemory {
  enum Home {
    /// The caller's array of samples.
    case input
    /// The caller's array for the result.
    case output
    /// The arena; values that share a place have one representative.
    case arena(Int)
  }
  private let aliases: AliasClasses
  private let input: Int?
  private let output: Int?
  private var lifetimes: [Int: ClosedRange<Int>] = [:]

  init(_ graph: Graph) {
    aliases = AliasClasses(graph)
    input = graph.values.firstIndex { $0.origin == .input(.samples) }
    output = graph.outputs.first.map { [aliases] in aliases[$0] }
    for (index, node) in graph.nodes.enumerated() {
      for value in node.operands + node.results {
        let known = lifetimes[aliases[value]] ?? index...index
        lifetimes[aliases[value]] = known.lowerBound...index
      }
    }
  }

  func home(of value: ValueID) -> Home {
    let representative = aliases[value]
    if representative == input { return .input }
    return representative == output ? .output : .arena(representative)
  }

  /// The first and the last node that touch it.
  func lifetime(of value: ValueID) -> ClosedRange<Int> { lifetimes[aliases[value]] ?? 0...0 }
}

/// Offsets in the arena, in floats.
struct CArena {
  let offsets: [String: Int]
  let count: Int

  init(_ places: [CPlace]) {
    let layout = MemoryLayout(
      places.map {
        LifetimeRequest(byteCount: $0.count * 4, first: $0.lifetime.lowerBound, last: $0.lifetime.upperBound)
      })
    offsets = Dictionary(uniqueKeysWithValues: zip(places.map(\.name), layout.offsets.map { $0 / 4 }))
    count = layout.byteCount / 4
  }
}
