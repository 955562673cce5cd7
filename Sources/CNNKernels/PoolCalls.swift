internal import CKernels

/// Sizes of pooling over one image, cells in the padding left out.
package struct PoolShape: Sendable {
  let c: ck_pool
  package let inputCount, outputCount: Int

  package init(
    inputHeight: Int, inputWidth: Int, channels: Int, outputHeight: Int, outputWidth: Int, poolHeight: Int,
    poolWidth: Int, strideHeight: Int, strideWidth: Int, paddingTop: Int, paddingLeft: Int
  ) {
    c = ck_pool(
      in_h: Int32(inputHeight), in_w: Int32(inputWidth), c: Int32(channels), out_h: Int32(outputHeight),
      out_w: Int32(outputWidth), pool_h: Int32(poolHeight), pool_w: Int32(poolWidth), stride_h: Int32(strideHeight),
      stride_w: Int32(strideWidth), pad_top: Int32(paddingTop), pad_left: Int32(paddingLeft))
    inputCount = inputHeight * inputWidth * channels
    outputCount = outputHeight * outputWidth * channels
  }
}

/// Pooling alone, forward or backward, image by image.
package struct PoolCall: KernelCall {
  package enum Kind: Sendable {
    case max, average
    /// Operands: x, dy.
    case maxGradient
    /// Operand: dy.
    case averageGradient
  }
  package let table: KernelTable
  package let kind: Kind
  package let shape: PoolShape
  package let x: Slot?
  package let source, target: Slot

  /// - Parameters:
  ///   - x: the forward input, where the gradient finds the winners again.
  ///   - source: what is pooled, or the output's gradient.
  package init(table: KernelTable, kind: Kind, shape: PoolShape, x: Slot? = nil, source: Slot, target: Slot) {
    self.table = table
    self.kind = kind
    self.shape = shape
    self.x = x
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    var window = shape.c
    for image in part.images {
      let from = unsafe frame.floats(source, part, image: image)
      let to = unsafe frame.floats(target, part, image: image)
      switch kind {
      case .max: unsafe table.functions.max_pool(&window, from, to, nil)
      case .average: unsafe table.functions.average_pool(&window, from, to)
      case .averageGradient: unsafe table.functions.average_pool_gradient(&window, from, to)
      case .maxGradient:
        guard let x else { continue }
        unsafe table.functions.max_pool_gradient_search(&window, frame.floats(x, part, image: image), from, to)
      }
    }
  }
}

/// The mean over all pixels of each channel, or its gradient.
package struct GlobalAverageCall: KernelCall {
  package let table: KernelTable
  package let isGradient: Bool
  package let pixels, channels: Int
  package let source, target: Slot

  package init(table: KernelTable, isGradient: Bool, pixels: Int, channels: Int, source: Slot, target: Slot) {
    self.table = table
    self.isGradient = isGradient
    self.pixels = pixels
    self.channels = channels
    self.source = source
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      let from = unsafe frame.floats(source, part, image: image)
      let to = unsafe frame.floats(target, part, image: image)
      if isGradient {
        unsafe table.functions.global_average_gradient(from, Int32(pixels), Int32(channels), to)
      } else {
        unsafe table.functions.global_average(from, Int32(pixels), Int32(channels), to)
      }
    }
  }
}

/// The largest value of each channel, or its gradient, which equal values share.
package struct GlobalMaxCall: KernelCall {
  package let table: KernelTable
  package let pixels, channels: Int
  package let x, y: Slot
  /// For the gradient: y's, and where x's goes.
  package let dy, dx: Slot?

  package init(
    table: KernelTable, pixels: Int, channels: Int, x: Slot, y: Slot, dy: Slot? = nil, dx: Slot? = nil
  ) {
    self.table = table
    self.pixels = pixels
    self.channels = channels
    self.x = x
    self.y = y
    self.dy = dy
    self.dx = dx
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      let from = unsafe frame.floats(x, part, image: image)
      let largest = unsafe frame.floats(y, part, image: image)
      if let dy, let dx {
        unsafe table.functions.global_max_gradient(
          from, largest, frame.floats(dy, part, image: image), Int32(pixels), Int32(channels),
          frame.floats(dx, part, image: image))
      } else {
        unsafe table.functions.global_max(from, Int32(pixels), Int32(channels), largest)
      }
    }
  }
}
