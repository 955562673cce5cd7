internal import CKernels

/// Puts zeros around images, or takes the border away again.
package struct PaddingCall: KernelCall {
  package let isCrop: Bool
  package let image: PaddedImage
  package let source, target: Slot

  package init(isCrop: Bool, image: PaddedImage, source: Slot, target: Slot) {
    self.isCrop = isCrop
    self.image = image
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let first = part.images.lowerBound
    let from = unsafe frame.floats(source, part, image: first)
    let to = unsafe frame.floats(target, part, image: first)
    if isCrop {
      unsafe image.crop(from, images: part.images.count, into: to)
    } else {
      unsafe image.pad(from, images: part.images.count, into: to)
    }
  }
}

/// Enlarges images by whole factors, or sums the gradient of that.
package struct UpsampleCall: KernelCall {
  package let table: KernelTable
  package let isGradient: Bool
  private let shape: ck_upsample
  package let source, target: Slot

  package init(
    table: KernelTable, isGradient: Bool, height: Int, width: Int, channels: Int, rowFactor: Int, columnFactor: Int,
    isBilinear: Bool, source: Slot, target: Slot
  ) {
    self.table = table
    self.isGradient = isGradient
    shape = ck_upsample(
      in_h: Int32(height), in_w: Int32(width), c: Int32(channels), factor_h: Int32(rowFactor),
      factor_w: Int32(columnFactor), bilinear: isBilinear ? 1 : 0)
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    var shape = shape
    for image in part.images {
      let from = unsafe frame.floats(source, part, image: image)
      let to = unsafe frame.floats(target, part, image: image)
      if isGradient {
        unsafe table.functions.upsample_gradient(&shape, from, to)
      } else {
        unsafe table.functions.upsample(&shape, from, to)
      }
    }
  }
}

/// Axes in another order: the target's axes, each with its extent and what a step along it moves in the source.
package struct PermuteCall: KernelCall {
  package let table: KernelTable
  /// Outer axes, then the two inner ones.
  private let outer: [(extent: Int, step: Int)]
  private let rows, columns: (extent: Int, step: Int)
  package let source, target: Slot

  /// - Parameter axes: of the target, the last one innermost; at least one.
  package init(table: KernelTable, axes: [(extent: Int, step: Int)], source: Slot, target: Slot) {
    self.table = table
    columns = axes.last ?? (1, 1)
    rows = axes.count > 1 ? axes[axes.count - 2] : (1, 0)
    outer = Array(axes.dropLast(2))
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let planes = outer.reduce(1) { $0 * $1.extent }
    let size = rows.extent * columns.extent
    for image in part.images {
      let from = unsafe frame.floats(source, part, image: image)
      let to = unsafe frame.floats(target, part, image: image)
      for plane in 0..<planes {
        var (rest, offset) = (plane, 0)
        for axis in outer.reversed() {
          offset += rest % axis.extent * axis.step
          rest /= axis.extent
        }
        unsafe copyPlane(from + offset, to + plane * size)
      }
    }
  }

  private func copyPlane(_ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>) {
    if rows.step == 1, columns.step == rows.extent {
      unsafe table.functions.transpose(from, Int32(columns.extent), Int32(rows.extent), to)
      return
    }
    for row in 0..<rows.extent {
      let (source, target) = unsafe (from + row * rows.step, to + row * columns.extent)
      if columns.step == 1 {
        unsafe target.update(from: source, count: columns.extent)
      } else {
        for column in 0..<columns.extent { unsafe target[column] = source[column * columns.step] }
      }
    }
  }
}
