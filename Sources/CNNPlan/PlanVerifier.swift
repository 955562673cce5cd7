internal import CNNKernels

/// What a plan must keep, whatever the graph: checked on every plan before it runs.
package enum PlanVerifier {
  /// What is wrong with a plan, or `nil`.
  ///
  /// 1. Buffers of one region that are alive at the same time do not overlap.
  /// 2. Every buffer starts on a cache line and ends within its region.
  /// 3. The forks cover all steps, in order, once.
  package static func fault(in plan: Plan) -> String? {
    for (index, buffer) in plan.buffers.enumerated() {
      let start = buffer.slot.offset
      let end = start + buffer.byteCount
      guard start % Arena.alignment == 0 else { return "\(buffer.name) starts at \(start)" }
      guard end <= plan.sizes.byteCount(of: buffer.slot.region) else {
        return "\(buffer.name) ends at \(end), behind its region \(buffer.slot.region)"
      }
      for other in plan.buffers[(index + 1)...] where other.slot.region == buffer.slot.region {
        let overlaps = other.slot.offset < end && start < other.slot.offset + other.byteCount
        if overlaps, other.lifetime.overlaps(buffer.lifetime) {
          return "\(buffer.name) and \(other.name) overlap in \(buffer.slot.region) while both are alive"
        }
      }
    }
    var next = 0
    for group in plan.groups {
      guard group.steps.lowerBound == next else { return "step \(next) is in no fork" }
      next = group.steps.upperBound
    }
    return next == plan.steps.count ? nil : "\(plan.steps.count - next) steps are in no fork"
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
