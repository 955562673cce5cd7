internal import CNNGraph
internal import CNNKernels

/// Which calls run in which order, and which of them share a fork.
struct Schedule {
  enum Entry {
    case node(Int, call: Int)
    case gather(ValueID)
    case clearGradients
    case reduceGradients
    /// What penalties come to, where no gradients are reduced.
    case penalties
    /// Of several batches, one update.
    case accumulate
    case gradientSquares, gradientFactors
    case update
  }

  private(set) var steps: [Entry] = []
  private(set) var groups: [Plan.Group] = []
  /// For each node its first and last step; of a node without calls (an alias), none.
  private(set) var range: [ClosedRange<Int>?]
  /// For each node its first step that is not a preparation.
  private(set) var place: [Int?]
  private(set) var imageGroupCount = 0
  /// The step that reduces gradients or sums penalties: what a step is judged by is known behind it.
  private(set) var reduction = 0
  /// The first fork that changes weights or what is remembered of them; the number of forks where nothing does.
  private(set) var firstUpdateGroup = 0
  /// Leading forks whose results depend on weights alone and keep their places, and so need not run again while the
  /// weights stay as they are; none in training.
  private(set) var keptPreparationGroups = 0
  /// For each step the index of its fork.
  private var groupOfStep: [Int] = []

  var count: Int { steps.count }

  init(graph: Graph, calls: [[BoundCall]], update: UpdateRule?, penalizes: Bool) {
    range = Array(repeating: nil, count: calls.count)
    place = Array(repeating: nil, count: calls.count)
    var domains: [StepDomain] = []
    func isPreparation(_ node: Int, _ call: Int) -> Bool { calls[node][call].isPreparation }

    func append(_ entry: Entry, _ domain: StepDomain) {
      steps.append(entry)
      domains.append(domain)
    }
    func append(node: Int, call: Int) {
      let step = steps.count
      append(.node(node, call: call), calls[node][call].domain)
      range[node] = (range[node]?.lowerBound ?? step)...step
      if !isPreparation(node, call), place[node] == nil { place[node] = step }
    }

    for node in calls.indices {
      for call in calls[node].indices where isPreparation(node, call) { append(node: node, call: call) }
    }
    let preparations = steps.count
    for (index, value) in graph.values.enumerated() {
      if case .input = value.origin { append(.gather(ValueID(index: index)), .images) }
    }
    if update != nil { append(.clearGradients, .images) }
    for node in calls.indices {
      for call in calls[node].indices where !isPreparation(node, call) { append(node: node, call: call) }
    }
    if update != nil {
      append(.reduceGradients, .tiles(tiles(graph)))
    } else if penalizes {
      append(.penalties, .tiles(tiles(graph)))
    }
    reduction = max(0, steps.count - 1)
    if let update {
      if update.accumulationSteps > 1 { append(.accumulate, .tiles(tiles(graph))) }
      if update.clipsByNorm {
        append(.gradientSquares, .tiles(tiles(graph)))
        append(.gradientFactors, .once)
      }
      append(.update, .tiles(tiles(graph)))
    }
    group(domains, preparations: preparations)
    // A node that only prepares makes values, which others take the place of.
    let keepsPlaces = calls.indices.allSatisfy { range[$0] == nil || place[$0] != nil }
    keptPreparationGroups = update == nil && preparations > 0 && keepsPlaces ? 1 : 0
    firstUpdateGroup = groups.firstIndex { $0.steps.lowerBound > reduction } ?? groups.count
  }

  private func tiles(_ graph: Graph) -> Int {
    SweepTiles.count(ParameterLayout(graph.parameters).trainableByteCount / 4)
  }

  private mutating func group(_ domains: [StepDomain], preparations: Int) {
    if preparations > 0 { groups.append(.parallel(0..<preparations)) }
    var step = preparations
    while step < domains.count {
      switch domains[step] {
      case .images:
        var end = step
        while end < domains.count, domains[end] == .images { end += 1 }
        groups.append(.images(step..<end))
        imageGroupCount += 1
        step = end
      case .once:
        groups.append(.parallel(step..<step + 1))
        step += 1
      case .tiles(let count):
        groups.append(.tiles(step, count: count))
        step += 1
      }
    }
    for (index, group) in groups.enumerated() { groupOfStep += group.steps.map { _ in index } }
  }

  /// The steps that may run at the same time as a step between `first` and `last`: whole forks.
  func widened(_ lifetime: ClosedRange<Int>) -> ClosedRange<Int> {
    let first = groups[groupOfStep[lifetime.lowerBound]].steps.lowerBound
    let last = groups[groupOfStep[lifetime.upperBound]].steps.upperBound - 1
    return first...last
  }
}
