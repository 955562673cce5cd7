internal import CNNKernels

/// What a plan must keep, whatever the graph: checked on every plan before it runs.
package enum PlanVerifier {
  /// What is wrong with a plan, or `nil`.
  ///
  /// 1. Buffers of one region that are alive at the same time do not overlap.
  /// 2. Every buffer starts on a cache line and ends within its region.
  /// 3. The forks cover all steps, in order, once.
  package static func fault(in plan: Plan) -> String? {
    for buffer in plan.buffers {
      let end = buffer.slot.offset + buffer.byteCount
      guard buffer.slot.offset % Arena.alignment == 0 else { return "\(buffer.name) starts at \(buffer.slot.offset)" }
      guard end <= plan.sizes.byteCount(of: buffer.slot.region) else {
        return "\(buffer.name) ends at \(end), behind its region \(buffer.slot.region)"
      }
    }
    for region in [Region.outputs, .shared, .block] {
      if let fault = overlap(in: plan.buffers.filter { $0.slot.region == region && $0.byteCount > 0 }) { return fault }
    }
    var next = 0
    for group in plan.groups {
      guard group.steps.lowerBound == next else { return "step \(next) is in no fork" }
      next = group.steps.upperBound
    }
    return next == plan.steps.count ? nil : "\(plan.steps.count - next) steps are in no fork"
  }

  /// Two buffers of a region that share bytes while both are alive.
  ///
  /// Walks through the steps with the buffers alive in order of their places: as long as no two of them overlap, a new
  /// one can only overlap those beside it.
  package static func overlap(in buffers: [Plan.Buffer]) -> String? {
    let starting = buffers.indices.sorted { buffers[$0].lifetime.lowerBound < buffers[$1].lifetime.lowerBound }
    let ending = buffers.indices.sorted { buffers[$0].lifetime.upperBound < buffers[$1].lifetime.upperBound }
    var alive: [Int] = []
    var ended = ending[...]
    func place(of buffer: Int) -> Int {
      alive.partitionPoint { buffers[$0].slot.offset < buffers[buffer].slot.offset }
    }
    for index in starting {
      let buffer = buffers[index]
      while let old = ended.first, buffers[old].lifetime.upperBound < buffer.lifetime.lowerBound {
        alive.remove(at: place(of: old))
        ended = ended.dropFirst()
      }
      let place = place(of: index)
      let below = place > 0 ? [alive[place - 1]] : []
      let above = place < alive.count ? [alive[place]] : []
      for other in (below + above).map({ buffers[$0] })
      where other.slot.offset < buffer.slot.offset + buffer.byteCount
        && buffer.slot.offset < other.slot.offset + other.byteCount
      {
        return "\(buffer.name) and \(other.name) overlap in \(buffer.slot.region) while both are alive"
      }
      alive.insert(index, at: place)
    }
    return nil
  }
}

extension RegionSizes {
  func byteCount(of region: Region) -> Int {
    switch region {
    case .parameters: parameters
    case .gradients: gradients
    case .optimizer: optimizer
    case .shared: shared
    case .block: block
    case .outputs: outputs
    case .workspace: workspace
    }
  }
}
