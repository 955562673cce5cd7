internal import CNNGraph
internal import CNNKernels

/// Puts every value and temporary into its region.
struct Placement {
  let graph: Graph
  let aliases: AliasClasses
  let layout: ParameterLayout
  let decomposition: Decomposition
  private(set) var slots: [Slot?]
  private(set) var temporaries: [[Slot]] = []
  private(set) var buffers: [Plan.Buffer] = []

  init(graph: Graph, aliases: AliasClasses, layout: ParameterLayout, decomposition: Decomposition) {
    self.graph = graph
    self.aliases = aliases
    self.layout = layout
    self.decomposition = decomposition
    slots = Array(repeating: nil, count: graph.values.count)
  }

  /// A buffer on its way to a place.
  private struct Pending {
    var name: String
    var type: String
    var byteCount: Int
    var lifetime: ClosedRange<Int>
    var assign: Assignment
  }
  private enum Assignment {
    case value(Int)
    case temporary(node: Int, index: Int)
  }

  mutating func place(liveness: Liveness, schedule: Schedule, nodes: [NodeSizes], sizes: inout RegionSizes) {
    let outputClasses = Set(graph.outputs.map { aliases[$0] })
    var block: [Pending] = []
    var shared: [Pending] = []
    for (index, value) in graph.values.enumerated() {
      let id = ValueID(index: index)
      switch value.origin {
      case .parameter(let parameter):
        slots[index] = layout.slot(parameter, of: graph.parameters)
        continue
      case .parameterGradient(let parameter):
        slots[index] = layout.slot(parameter, of: graph.parameters, in: .gradients)
        continue
      case .input, .result: break
      }
      guard aliases[id] == index, let lifetime = liveness.lifetimes[index] else { continue }
      let type = value.type
      let name = name(of: id)
      if outputClasses.contains(index) {
        let bytes = type.byteCount * (type.isBatched ? decomposition.batch : 1)
        slots[index] = Slot(
          region: .outputs, offset: sizes.outputs, byteCount: type.byteCount, isBatched: type.isBatched)
        buffers.append(
          Plan.Buffer(
            name: name, type: type.description, slot: slots[index] ?? .none(.outputs), byteCount: bytes,
            lifetime: lifetime))
        sizes.outputs += Arena.aligned(bytes)
      } else if type.isBatched {
        block.append(
          Pending(
            name: name, type: type.description, byteCount: type.byteCount * decomposition.imagesPerPiece,
            lifetime: lifetime, assign: .value(index)))
      } else {
        shared.append(
          Pending(
            name: name, type: type.description, byteCount: type.byteCount, lifetime: schedule.widened(lifetime),
            assign: .value(index)))
      }
    }
    placeTemporaries(nodes, schedule: schedule, shared: &shared, sizes: &sizes)
    (sizes.block, sizes.blockWithoutReuse) = pack(block, into: .block)
    (sizes.shared, sizes.sharedWithoutReuse) = pack(shared, into: .shared)
    for index in graph.values.indices where slots[index] == nil {
      slots[index] = slots[aliases[ValueID(index: index)]]
    }
  }

  private mutating func placeTemporaries(
    _ nodes: [NodeSizes], schedule: Schedule, shared: inout [Pending], sizes: inout RegionSizes
  ) {
    for (node, item) in nodes.enumerated() {
      var scratch = 0
      var places: [Slot] = []
      for (index, temporary) in item.temporaries.enumerated() {
        var place = Slot.none(.shared)
        switch temporary {
        case .workspace(let bytes):
          place = Slot(region: .workspace, offset: scratch, byteCount: bytes, isBatched: false)
          scratch += Arena.aligned(bytes)
        case .node(let bytes), .prepared(let bytes):
          guard let range = schedule.range[node] else { break }
          var lifetime = range
          if case .node = temporary {
            lifetime = (schedule.place[node] ?? range.lowerBound)...range.upperBound
          } else if schedule.keptPreparationGroups > 0 {
            lifetime = 0...schedule.count - 1
          }
          shared.append(
            Pending(
              name: "\(graph.nodes[node].layer): \(graph.nodes[node].operation.name) #\(index)", type: "bytes",
              byteCount: bytes, lifetime: schedule.widened(lifetime),
              assign: .temporary(node: node, index: index)))
        }
        places.append(place)
      }
      temporaries.append(places)
      sizes.workspace = max(sizes.workspace, scratch)
    }
  }

  private mutating func pack(_ pending: [Pending], into region: Region) -> (byteCount: Int, withoutReuse: Int) {
    let memory = MemoryLayout(
      pending.map {
        LifetimeRequest(byteCount: $0.byteCount, first: $0.lifetime.lowerBound, last: $0.lifetime.upperBound)
      })
    for (item, offset) in zip(pending, memory.offsets) {
      let slot: Slot
      switch item.assign {
      case .value(let index):
        let type = graph.values[index].type
        slot = Slot(region: region, offset: offset, byteCount: type.byteCount, isBatched: type.isBatched)
        slots[index] = slot
      case .temporary(let node, let index):
        slot = Slot(region: region, offset: offset, byteCount: item.byteCount, isBatched: false)
        temporaries[node][index] = slot
      }
      buffers.append(
        Plan.Buffer(name: item.name, type: item.type, slot: slot, byteCount: item.byteCount, lifetime: item.lifetime))
    }
    return (memory.byteCount, pending.reduce(0) { $0 + Arena.aligned($1.byteCount) })
  }

  /// One flag a tile of the gradients: whether it holds a NaN or an infinity.
  mutating func placeFlags(
    layout: ParameterLayout, schedule: Schedule, update: UpdateRule?, sizes: inout RegionSizes
  ) -> Slot? {
    guard update != nil else { return nil }
    let bytes = SweepTiles.count(layout.trainableByteCount / 4) * 4
    let slot = Slot(region: .outputs, offset: sizes.outputs, byteCount: bytes, isBatched: false)
    sizes.outputs += Arena.aligned(bytes)
    buffers.append(
      Plan.Buffer(
        name: "non-finite flags", type: "i32[\(bytes / 4)]", slot: slot, byteCount: bytes,
        lifetime: schedule.reduction...max(schedule.reduction, schedule.count - 1)))
    return slot
  }

  /// What clipping by norms remembers between its steps; `nil` where nothing is clipped so.
  mutating func placeNorms(
    layout: ParameterLayout, schedule: Schedule, update: UpdateRule?, sizes: inout RegionSizes
  ) -> GradientNorms? {
    guard let update else { return nil }
    let tensors = graph.parameters.indices.filter { graph.parameters[$0].declaration.isTrainable }.map { index in
      let start = layout.offsets[index] / 4
      return start..<start + graph.parameters[index].elementCount
    }
    return GradientNorms(
      update.clipping, tensors: tensors.sorted { $0.lowerBound < $1.lowerBound }, total: layout.trainableByteCount / 4
    ) { name, bytes in
      let slot = Slot(region: .outputs, offset: sizes.outputs, byteCount: bytes, isBatched: false)
      sizes.outputs += Arena.aligned(bytes)
      buffers.append(
        Plan.Buffer(
          name: name, type: "bytes", slot: slot, byteCount: bytes,
          lifetime: schedule.reduction...max(schedule.reduction, schedule.count - 1)))
      return slot
    }
  }

  /// One sum a tile of the trainable weights.
  mutating func placePenaltySums(layout: ParameterLayout, schedule: Schedule, sizes: inout RegionSizes) -> Slot {
    let bytes = SweepTiles.count(layout.trainableByteCount / 4) * 4
    let slot = Slot(region: .outputs, offset: sizes.outputs, byteCount: bytes, isBatched: false)
    sizes.outputs += Arena.aligned(bytes)
    buffers.append(
      Plan.Buffer(
        name: "penalties", type: "f32[\(bytes / 4)]", slot: slot, byteCount: bytes,
        lifetime: schedule.reduction...max(schedule.reduction, schedule.count - 1)))
    return slot
  }

  private func name(of value: ValueID) -> String {
    if case .input(let role) = graph[value].origin { return "\(value) \(role.rawValue)" }
    return value.description
  }
}

extension Slot {
  /// A place for what is never touched.
  static func none(_ region: Region) -> Slot { Slot(region: region, offset: 0, byteCount: 0, isBatched: false) }
}
