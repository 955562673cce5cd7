internal import CKernels

/// How a smaller tensor is repeated along axes of a larger one: neighbouring axes that are treated alike are one.
package struct BroadcastAxes: Sendable, Hashable {
  package struct Axis: Sendable, Hashable {
    package var extent: Int
    package var isRepeated: Bool
    /// Floats from one index to the next, in the smaller tensor and in the larger one.
    var sourceStride, targetStride: Int
  }
  /// The slowest first; at least one.
  package let axes: [Axis]
  package let sourceCount, targetCount: Int

  /// - Precondition: counted from the last axis, each source extent is 1, missing, or the target's.
  package init(from source: [Int], to target: [Int]) {
    let padded = Array(repeating: 1, count: target.count - source.count) + source
    var merged: [(extent: Int, isRepeated: Bool)] = []
    for (small, large) in zip(padded, target) where large != 1 {
      precondition(small == large || small == 1, "\(source) does not broadcast to \(target)")
      let isRepeated = small != large
      if let last = merged.last, last.isRepeated == isRepeated {
        merged[merged.count - 1].extent *= large
      } else {
        merged.append((large, isRepeated))
      }
    }
    if merged.isEmpty { merged = [(1, false)] }
    var (sourceStride, targetStride) = (1, 1)
    var axes: [Axis] = []
    for (extent, isRepeated) in merged.reversed() {
      axes.append(
        Axis(
          extent: extent, isRepeated: isRepeated, sourceStride: isRepeated ? 0 : sourceStride,
          targetStride: targetStride))
      if !isRepeated { sourceStride *= extent }
      targetStride *= extent
    }
    self.axes = axes.reversed()
    sourceCount = sourceStride
    targetCount = targetStride
  }
}

/// Repeats each sample of a smaller tensor along the axes where it has one element.
package struct BroadcastCall: KernelCall {
  package let axes: BroadcastAxes
  package let source, target: Slot

  package init(axes: BroadcastAxes, source: Slot, target: Slot) {
    self.axes = axes
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      unsafe copy(0, frame.floats(source, part, image: image), frame.floats(target, part, image: image))
    }
  }

  private func copy(_ level: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
    let axis = axes.axes[level]
    guard level + 1 < axes.axes.count else {
      if axis.isRepeated {
        unsafe to.update(repeating: from[0], count: axis.extent)
      } else {
        unsafe to.update(from: from, count: axis.extent)
      }
      return
    }
    for index in 0..<axis.extent {
      unsafe copy(level + 1, from + index * axis.sourceStride, to + index * axis.targetStride)
    }
  }
}

/// The gradient of `BroadcastCall`: sums over the axes that it repeated, in their order.
package struct BroadcastSumCall: KernelCall {
  package let table: KernelTable
  package let axes: BroadcastAxes
  /// The larger tensor, and the smaller one that gets its sums.
  package let source, target: Slot

  package init(table: KernelTable, axes: BroadcastAxes, source: Slot, target: Slot) {
    self.table = table
    self.axes = axes
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      let to = unsafe frame.floats(target, part, image: image)
      unsafe to.update(repeating: 0, count: axes.sourceCount)
      unsafe add(0, frame.floats(source, part, image: image), to)
    }
  }

  private func add(_ level: Int, _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
    let functions = table.functions
    let axis = axes.axes[level]
    switch axes.axes.count - level {
    case 1 where axis.isRepeated: unsafe functions.row_sum(from, 1, Int32(axis.extent), to)
    case 1: unsafe functions.accumulate(from, Int64(axis.extent), to)
    case 2 where axis.isRepeated:
      let width = axes.axes[level + 1].extent
      unsafe functions.column_sum(from, Int64(axis.extent), Int64(width), Int32(width), to)
    case 2:
      unsafe functions.row_sum(from, Int64(axis.extent), Int32(axes.axes[level + 1].extent), to)
    default:
      for index in 0..<axis.extent {
        unsafe add(level + 1, from + index * axis.targetStride, to + index * axis.sourceStride)
      }
    }
  }
}
