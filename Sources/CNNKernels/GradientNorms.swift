internal import CKernels

/// What clipping by norms needs to know: which gradients belong together, and where their sums of squares stand.
///
/// The trainable weights are cut where tiles begin and where tensors do. Each such segment has a sum of squares, in
/// double; a group's are added in their order, so that no norm depends on the number of threads.
package struct GradientNorms: Sendable {
  /// A stretch of gradients within one tile and one group.
  package struct Segment: Sendable, Hashable {
    package let range: Range<Int>
    package let group: Int
  }

  /// In the order of their places.
  package let segments: [Segment]
  /// For each tile its first segment, and behind the last tile their number.
  private let firstOfTile: [Int]
  /// For each group its segments.
  private let groups: [Range<Int>]
  private let limit: Float
  /// One double a segment.
  package let sums: Slot
  /// One float a group.
  package let factors: Slot

  /// - Parameters:
  ///   - tensors: the gradients of each weight tensor, in the order of their places; apart from each other.
  ///   - total: floats of all of them, gaps included.
  ///   - place: gives a place of so many bytes.
  package init?(
    _ clipping: UpdateRule.Clipping?, tensors: [Range<Int>], total: Int, place: (_ name: String, Int) -> Slot
  ) {
    let members: [Range<Int>]
    switch clipping {
    case .norm(let limit)?: (self.limit, members) = (limit, tensors)
    case .globalNorm(let limit)?: (self.limit, members) = (limit, [0..<total])
    case .value?, nil: return nil
    }
    var segments: [Segment] = []
    var groups: [Range<Int>] = []
    for (group, tensor) in members.enumerated() {
      let first = segments.count
      var start = tensor.lowerBound
      while start < tensor.upperBound {
        let end = min(tensor.upperBound, (start / SweepTiles.floatCount + 1) * SweepTiles.floatCount)
        segments.append(Segment(range: start..<end, group: group))
        start = end
      }
      groups.append(first..<segments.count)
    }
    var firstOfTile: [Int] = []
    var next = 0
    for tile in 0..<SweepTiles.count(total) {
      while next < segments.count, segments[next].range.lowerBound < tile * SweepTiles.floatCount { next += 1 }
      firstOfTile.append(next)
    }
    self.segments = segments
    self.groups = groups
    self.firstOfTile = firstOfTile + [segments.count]
    sums = place("gradients' squares", max(1, segments.count) * 8)
    factors = place("gradients' factors", max(1, groups.count) * 4)
  }

  package func segments(of tile: Int) -> Range<Int> { firstOfTile[tile]..<firstOfTile[tile + 1] }

  func factor(of group: Int, _ frame: Frame) -> Float {
    unsafe frame.floats(factors, Self.whole)[group]
  }

  /// Sums the squares of a tile's segments.
  func sum(_ tile: Int, of gradients: Slot, table: KernelTable, _ frame: Frame) {
    let g = unsafe frame.floats(gradients, Self.whole)
    let sums = unsafe frame.doubles(sums, Self.whole)
    var flag: Int32 = 0
    for index in segments(of: tile) {
      let range = segments[index].range
      unsafe sums[index] = table.functions.sum_squares(g + range.lowerBound, Int64(range.count), &flag)
    }
  }

  /// What each group's gradients are multiplied with: limit / max(norm, limit).
  func findFactors(_ frame: Frame) {
    let sums = unsafe frame.doubles(sums, Self.whole)
    let factors = unsafe frame.floats(factors, Self.whole)
    for (group, members) in groups.enumerated() {
      var total = 0.0
      for index in members { unsafe total += sums[index] }
      let norm = total.squareRoot()
      unsafe factors[group] = norm <= Double(limit) ? 1 : Float(Double(limit) / norm)
    }
  }

  private static let whole = Part(images: 0..<0, piece: 0, block: 0, worker: 0)
}

/// The sums of squares of a tile's gradients, in steps that update.
package struct SumGradientSquares: KernelCall {
  package let table: KernelTable
  package let rule: UpdateRule
  package let gradients: Slot
  package let norms: GradientNorms

  package init(table: KernelTable, rule: UpdateRule, gradients: Slot, norms: GradientNorms) {
    self.table = table
    self.rule = rule
    self.gradients = gradients
    self.norms = norms
  }

  package func run(_ frame: Frame, _ part: Part) {
    if rule.updates(step: frame.scalars.step) { norms.sum(part.tile, of: gradients, table: table, frame) }
  }
}

/// From sums of squares to factors, once all of them are there.
package struct FindGradientFactors: KernelCall {
  package let norms: GradientNorms

  package init(norms: GradientNorms) { self.norms = norms }

  package func run(_ frame: Frame, _ part: Part) { norms.findFactors(frame) }
}
