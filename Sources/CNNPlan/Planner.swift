package import CNNGraph
package import CNNKernels

/// Turns a graph into a plan: calls in order, forks, lifetimes, one layout.
///
/// 1. Nodes are bound once without places, to learn which calls they make.
/// 2. Calls that depend on weights alone go first; those of the samples follow in the graph's order;
///    in training, the reduction of the gradients and the optimiser's sweep come last. Penalties on weights belong to
///    the reduction; where a loss is only measured, they are a step of their own.
/// 3. Calls that can go image by image are joined into one fork.
/// 4. Every buffer gets its lifetime, then its place; nodes are bound again to the places.
package struct Planner {
  package let graph: Graph
  package let purpose: Purpose
  package let decomposition: Decomposition
  package let kernels: KernelTable
  /// How weights are updated; `nil` leaves them alone.
  package let update: UpdateRule?
  /// Whether every piece has a block of its own even where workers could share theirs: so that steps can be run, and
  /// timed, one by one.
  package let separatesPieces: Bool

  package init(
    graph: Graph, purpose: Purpose, decomposition: Decomposition, kernels: KernelTable, update: UpdateRule?,
    separatesPieces: Bool = false
  ) {
    self.graph = graph
    self.purpose = purpose
    self.decomposition = decomposition
    self.kernels = kernels
    self.update = update
    self.separatesPieces = separatesPieces
  }

  package func plan() -> Plan {
    let layout = ParameterLayout(graph.parameters)
    var sizes = RegionSizes()
    sizes.parameters = layout.byteCount
    let aliases = AliasClasses(graph)
    let nodes = graph.nodes.map { NodeSizes($0, in: graph, decomposition, lanes: kernels.instructionSet.lanes) }

    // Without places, to learn the calls.
    let nowhere = Slot(region: .workspace, offset: 0, byteCount: 0, isBatched: false)
    let unplaced = graph.nodes.indices.map { index in
      bind(
        index, sizes: nodes[index].sizes,
        slots: { Slot(region: .block, offset: 0, byteCount: graph[$0].type.byteCount, isBatched: true) },
        temporaries: nodes[index].temporaries.map { _ in nowhere })
    }
    let terms = graph.measuresLoss ? layout.penalties(on: graph.parameters) : []
    let schedule = Schedule(graph: graph, calls: unplaced, update: update, penalizes: !terms.isEmpty)
    let liveness = Liveness(graph: graph, aliases: aliases, schedule: schedule)

    var placement = Placement(graph: graph, aliases: aliases, layout: layout, decomposition: decomposition)
    placement.place(liveness: liveness, schedule: schedule, nodes: nodes, sizes: &sizes)
    let flags = placement.placeFlags(layout: layout, schedule: schedule, update: update, sizes: &sizes)
    let sums =
      terms.isEmpty ? nil : placement.placePenaltySums(layout: layout, schedule: schedule, sizes: &sizes)
    let penalties = sums.map {
      WeightPenalties(table: kernels, penalties: terms, weights: layout.trainableSlot, sums: $0)
    }
    sizes.gradients = update == nil ? 0 : layout.trainableByteCount
    sizes.optimizer = (update?.vectorCount ?? 0) * layout.trainableByteCount
    let norms = placement.placeNorms(layout: layout, schedule: schedule, update: update, sizes: &sizes)

    let bound = graph.nodes.indices.map { index in
      bind(
        index, sizes: nodes[index].sizes, slots: { placement.slots[$0.index] ?? nowhere },
        temporaries: placement.temporaries[index])
    }
    let loss = lossNode ?? graph.nodes.count
    let steps = schedule.steps.map { entry in
      step(
        entry, loss: loss, bound: bound, placement: placement, layout: layout, flags: flags, penalties: penalties,
        norms: norms)
    }
    let plan = Plan(
      graph: graph, purpose: purpose, instructionSet: kernels.instructionSet, decomposition: decomposition,
      steps: steps, groups: schedule.groups, buffers: placement.buffers, parameters: layout, sizes: sizes,
      blocksArePerWorker: schedule.imageGroupCount <= 1 && !separatesPieces,
      outputs: graph.outputs.map { placement.slots[$0.index] ?? nowhere },
      firstUpdateGroup: schedule.firstUpdateGroup, keptPreparationGroups: schedule.keptPreparationGroups,
      update: update, nonFiniteFlags: flags, penaltySums: sums)
    if let fault = PlanVerifier.fault(in: plan) { preconditionFailure("plan: \(fault)\n\(plan)") }
    return plan
  }

  private func bind(
    _ index: Int, sizes: BindingSizes, slots: (ValueID) -> Slot, temporaries: [Slot]
  ) -> [BoundCall] {
    let node = graph.nodes[index]
    if node.operation is any AliasOperation { return [] }
    guard let operation = node.operation as? any KernelBinding else {
      preconditionFailure("\(node.operation.name) has no kernel")
    }
    return operation.bind(
      Binding(
        sizes: sizes, operands: node.operands.map(slots), results: node.results.map(slots), temporaries: temporaries,
        kernels: kernels))
  }

  private func step(
    _ entry: Schedule.Entry, loss: Int, bound: [[BoundCall]], placement: Placement, layout: ParameterLayout,
    flags: Slot?,
    penalties: WeightPenalties?, norms: GradientNorms?
  ) -> Plan.Step {
    func own(_ kernel: String, _ domain: StepDomain, _ call: any KernelCall) -> Plan.Step {
      Plan.Step(
        kernel: kernel, domain: domain, call: call, node: nil, layer: "", origin: .backward, checkedResults: [],
        isPreparation: false)
    }
    let gradients = Slot(region: .gradients, offset: 0, byteCount: layout.trainableByteCount, isBatched: false)
    let tiles = SweepTiles.count(gradients.floatCount)
    switch entry {
    case .node(let node, let call):
      let found = bound[node][call]
      let results = graph.nodes[node].results.filter { graph[$0].type.element == .float32 }
      return Plan.Step(
        kernel: found.kernel, domain: found.domain, call: found.call, node: NodeID(index: node),
        layer: graph.nodes[node].layer, origin: node < loss ? .forward : node == loss ? .loss : .backward,
        checkedResults: call == bound[node].count - 1 && !found.isPreparation
          ? results.compactMap { placement.slots[$0.index] } : [],
        isPreparation: found.isPreparation && bound[node].contains { !$0.isPreparation })
    case .gather(let value):
      let slot = placement.slots[value.index] ?? gradients
      let type = graph[value].type
      if case .input(.labels) = graph[value].origin {
        return Plan.Step(
          kernel: "gather labels", domain: .images, call: GatherLabels(width: type.elementCount, target: slot),
          node: nil, layer: "", origin: .input, checkedResults: [], isPreparation: false)
      }
      return Plan.Step(
        kernel: "gather samples", domain: .images,
        call: GatherSamples(table: kernels, count: type.elementCount, target: slot), node: nil, layer: "",
        origin: .input, checkedResults: [slot], isPreparation: false)
    case .clearGradients:
      return own("clear gradients", .images, ClearGradients(gradients: gradients))
    case .reduceGradients:
      return own(
        penalties == nil ? "reduce gradients" : "reduce gradients, penalties", .tiles(tiles),
        ReduceGradients(
          table: kernels, gradients: gradients, pieces: decomposition.pieces, flags: flags ?? gradients,
          penalties: penalties))
    case .penalties:
      guard let penalties else { preconditionFailure("a step for penalties, and there are none") }
      return own("penalties", .tiles(tiles), PenaltySweep(penalties: penalties))
    case .accumulate, .gradientSquares, .gradientFactors, .update:
      guard let update else { preconditionFailure("an update, and no rule for it") }
      return updateStep(entry, update, layout: layout, norms: norms, own)
    }
  }

  /// The node that makes the loss, of a graph that is trained; gradients come behind it.
  private var lossNode: Int? {
    update == nil ? nil : graph.nodes.firstIndex { $0.results.contains(graph.outputs[0]) }
  }

  /// The steps that change weights, once the gradients are judged.
  private func updateStep(
    _ entry: Schedule.Entry, _ rule: UpdateRule, layout: ParameterLayout, norms: GradientNorms?,
    _ own: (String, StepDomain, any KernelCall) -> Plan.Step
  ) -> Plan.Step {
    func vectors(_ first: Int, count: Int) -> Slot {
      Slot(
        region: .optimizer, offset: first * layout.trainableByteCount, byteCount: count * layout.trainableByteCount,
        isBatched: false)
    }
    let gradients = Slot(region: .gradients, offset: 0, byteCount: layout.trainableByteCount, isBatched: false)
    let tiles = StepDomain.tiles(SweepTiles.count(gradients.floatCount))
    switch (entry, norms) {
    case (.accumulate, _):
      return own(
        "accumulate gradients", tiles,
        AccumulateGradients(
          table: kernels, rule: rule, gradients: gradients, sums: vectors(rule.sumIndex ?? 0, count: 1)))
    case (.gradientSquares, let norms?):
      return own(
        "squares of gradients", tiles,
        SumGradientSquares(table: kernels, rule: rule, gradients: gradients, norms: norms))
    case (.gradientFactors, let norms?):
      return own("factors of gradients", .once, FindGradientFactors(norms: norms))
    default:
      return own(
        "\(rule.name) update", tiles,
        OptimizerSweep(
          table: kernels, rule: rule, weights: layout.trainableSlot, gradients: gradients,
          state: vectors(0, count: rule.vectorCount), norms: norms))
    }
  }
}

/// A node's types and what it asks for.
struct NodeSizes {
  let sizes: BindingSizes
  let temporaries: [Temporary]

  init(_ node: Node, in graph: Graph, _ decomposition: Decomposition, lanes: Int) {
    sizes = BindingSizes(
      operands: node.operands.map { graph[$0].type }, results: node.results.map { graph[$0].type },
      decomposition: decomposition, lanes: lanes)
    temporaries = (node.operation as? any KernelBinding)?.temporaries(sizes) ?? []
  }
}

/// Values that share one place: a result that is its operand under another type.
package struct AliasClasses {
  private var representative: [Int]

  package init(_ graph: Graph) {
    representative = Array(graph.values.indices)
    for node in graph.nodes where node.operation is any AliasOperation {
      representative[node.results[0].index] = representative[node.operands[0].index]
    }
  }

  package subscript(value: ValueID) -> Int { representative[value.index] }
}
