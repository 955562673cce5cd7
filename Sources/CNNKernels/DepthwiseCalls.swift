internal import CKernels

/// What depthwise kernels need to know of their sizes, in floats and pixels.
package struct DepthwiseShape: Sendable {
  /// Of one image: x as it is, x with each channel repeated `multiplier` times, y.
  package let inputCount, repeatedCount, outputCount: Int
  package let outputRows, outputPixels: Int
  /// Of the output: input channels times the multiplier.
  package let channels: Int
  package let multiplier: Int
  package let taps: Int

  package init(
    inputPixels: Int, outputRows: Int, outputPixels: Int, inputChannels: Int, multiplier: Int, taps: Int
  ) {
    channels = inputChannels * multiplier
    inputCount = inputPixels * inputChannels
    repeatedCount = inputPixels * channels
    outputCount = outputPixels * channels
    self.outputRows = outputRows
    self.outputPixels = outputPixels
    self.multiplier = multiplier
    self.taps = taps
  }

  /// Each value `multiplier` times, so that outputs and inputs have the same channels.
  @unsafe func repeatChannels(_ x: UnsafePointer<Float>, images: Int, into repeated: UnsafeMutablePointer<Float>) {
    for index in 0..<images * inputCount {
      for copy in 0..<multiplier { unsafe repeated[index * multiplier + copy] = x[index] }
    }
  }

  /// The sum over the copies of each channel.
  @unsafe func sumCopies(_ repeated: UnsafePointer<Float>, images: Int, into x: UnsafeMutablePointer<Float>) {
    for index in 0..<images * inputCount {
      var sum = unsafe repeated[index * multiplier]
      for copy in 1..<multiplier { sum += unsafe repeated[index * multiplier + copy] }
      unsafe x[index] = sum
    }
  }
}

/// y = relu(depthwise(x) + bias), bias and ReLU optional.
package struct DepthwiseForward: KernelCall {
  package let table: KernelTable
  package let shape: DepthwiseShape
  package let product: PixelProduct
  package let x, kernel, y: Slot
  package let bias: Slot?
  package let isRectified: Bool
  /// `chunk` inputs with their channels repeated, where the multiplier is not one.
  package let repeated: Slot?
  package let chunk: Int

  package init(
    table: KernelTable, shape: DepthwiseShape, product: PixelProduct, x: Slot, kernel: Slot, bias: Slot?, y: Slot,
    isRectified: Bool, repeated: Slot?, chunk: Int
  ) {
    self.table = table
    self.shape = shape
    self.product = product
    self.x = x
    self.kernel = kernel
    self.bias = bias
    self.y = y
    self.isRectified = isRectified
    self.repeated = repeated
    self.chunk = chunk
  }

  /// A band must be worth waking another worker for. Workers share no repeated input.
  package var mostBands: Int {
    repeated == nil ? max(1, min(shape.outputRows, 2 * shape.outputCount * shape.taps / 120_000)) : 1
  }

  package func run(_ frame: Frame, _ part: Part) {
    let rows = shape.outputRows
    let band = part.bands > 1 ? part.band * rows / part.bands..<(part.band + 1) * rows / part.bands : nil
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      var from = unsafe UnsafePointer(frame.floats(x, part, image: image))
      if let repeated {
        let target = unsafe frame.floats(repeated, part)
        unsafe shape.repeatChannels(from, images: count, into: target)
        unsafe from = UnsafePointer(target)
      }
      unsafe product.runDepthwise(
        table, images: count, x: from, filter: frame.floats(kernel, part), channels: shape.channels,
        bias: bias.map { unsafe UnsafePointer(frame.floats($0, part)) }, clamp: isRectified ? CK_RELU : CK_LINEAR,
        outputRows: band, y: frame.floats(y, part, image: image))
      image += count
    }
  }
}

/// Gradients of `DepthwiseForward` from its input and its output.
package struct DepthwiseBackward: KernelCall {
  package let table: KernelTable
  package let shape: DepthwiseShape
  package let filterProduct: TapProduct
  package let inputProduct: PixelProduct
  package let x: Slot
  package let kernel, y: Slot?
  package let dy: Slot
  package let dx, dKernel, dBias: Slot?
  /// dy where the rectifier let it pass; x and dx with their channels repeated: for `chunk` images.
  package let rectified, repeated, repeatedGradient: Slot?
  package let chunk: Int

  package init(
    table: KernelTable, shape: DepthwiseShape, filterProduct: TapProduct, inputProduct: PixelProduct, x: Slot,
    kernel: Slot?, y: Slot?, dy: Slot, dx: Slot?, dKernel: Slot?, dBias: Slot?, rectified: Slot?, repeated: Slot?,
    repeatedGradient: Slot?, chunk: Int
  ) {
    self.table = table
    self.shape = shape
    self.filterProduct = filterProduct
    self.inputProduct = inputProduct
    self.x = x
    self.kernel = kernel
    self.y = y
    self.dy = dy
    self.dx = dx
    self.dKernel = dKernel
    self.dBias = dBias
    self.rectified = rectified
    self.repeated = repeated
    self.repeatedGradient = repeatedGradient
    self.chunk = chunk
  }

  package func run(_ frame: Frame, _ part: Part) {
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      let gradient = unsafe outputGradient(frame, part, image: image, count: count)
      if let dKernel {
        var from = unsafe UnsafePointer(frame.floats(x, part, image: image))
        if let repeated {
          let target = unsafe frame.floats(repeated, part)
          unsafe shape.repeatChannels(from, images: count, into: target)
          unsafe from = UnsafePointer(target)
        }
        unsafe filterProduct.runDepthwise(
          table, images: count, x: from, dy: gradient, channels: shape.channels,
          gradient: frame.floats(dKernel, part))
      }
      if let dx, let kernel {
        let target = unsafe frame.floats(dx, part, image: image)
        let sums = unsafe repeatedGradient.map { unsafe frame.floats($0, part) } ?? target
        unsafe inputProduct.runDepthwise(
          table, images: count, x: gradient, filter: frame.floats(kernel, part), channels: shape.channels, bias: nil,
          clamp: CK_LINEAR, y: sums)
        if repeatedGradient != nil { unsafe shape.sumCopies(sums, images: count, into: target) }
      }
      if let dBias {
        unsafe table.functions.column_sum(
          gradient, Int64(count * shape.outputPixels), Int64(shape.channels), Int32(shape.channels),
          frame.floats(dBias, part))
      }
      image += count
    }
  }

  private func outputGradient(_ frame: Frame, _ part: Part, image: Int, count: Int) -> UnsafePointer<Float> {
    let dy = unsafe frame.floats(dy, part, image: image)
    guard let y, let rectified else { return unsafe UnsafePointer(dy) }
    let target = unsafe frame.floats(rectified, part)
    unsafe table.functions.relu_gradient(
      frame.floats(y, part, image: image), dy, Int64(count * shape.outputCount), target)
    return unsafe UnsafePointer(target)
  }
}
