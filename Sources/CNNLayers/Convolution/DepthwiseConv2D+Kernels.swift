internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension DepthwiseConv2DOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let shape = shape(sizes)
    return shape.multiplier == 1 ? [] : [.workspace(chunk(sizes) * shape.repeatedCount * 4)]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let shape = shape(binding.sizes)
    let lowering = ConvolutionLowering(depthwise: window, channels: shape.channels)
    let call = DepthwiseForward(
      table: binding.kernels, shape: shape,
      product: PixelProduct(
        lowering.depthwise(isBackward: false), xImage: shape.repeatedCount, yImage: shape.outputCount),
      x: binding.operands[0], kernel: binding.operands[1], bias: hasBias ? binding.operands[2] : nil,
      y: binding.results[0], isRectified: isRectified, repeated: binding.temporaries.first,
      chunk: chunk(binding.sizes))
    return [BoundCall("depthwise product", .images, call)]
  }

  private func shape(_ sizes: BindingSizes) -> DepthwiseShape {
    DepthwiseShape(window, channels: sizes.operands[1].extents[2], multiplier: sizes.operands[1].extents[3])
  }

  private func chunk(_ sizes: BindingSizes) -> Int {
    let shape = shape(sizes)
    return shape.multiplier == 1
      ? sizes.decomposition.imagesPerPiece : sizes.chunk(bytesPerImage: shape.repeatedCount * 4)
  }
}

extension DepthwiseConv2DGradientOperation: KernelBinding {
  /// Floats of scratch an image: dy rectified, x and dx with their channels repeated.
  private func scratch(_ sizes: BindingSizes) -> (rectified: Int, repeated: Int, repeatedGradient: Int) {
    let shape = shape(sizes)
    let isRepeated = multiplier > 1
    return (
      isRectified ? shape.outputCount : 0, isRepeated && wantsKernel ? shape.repeatedCount : 0,
      isRepeated && wantsInput ? shape.repeatedCount : 0
    )
  }

  private func chunk(_ sizes: BindingSizes) -> Int {
    let scratch = scratch(sizes)
    let floats = scratch.rectified + scratch.repeated + scratch.repeatedGradient
    return floats == 0 ? sizes.decomposition.imagesPerPiece : sizes.chunk(bytesPerImage: floats * 4)
  }

  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let scratch = scratch(sizes)
    let bytes = chunk(sizes) * 4
    return [scratch.rectified, scratch.repeated, scratch.repeatedGradient].filter { $0 > 0 }
      .map { .workspace(bytes * $0) }
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let shape = shape(binding.sizes)
    let lowering = ConvolutionLowering(depthwise: window, channels: shape.channels)
    let scratch = scratch(binding.sizes)
    var operands = binding.operands[...]
    let x = operands.removeFirst()
    let kernel = wantsInput ? operands.removeFirst() : nil
    let y = isRectified ? operands.removeFirst() : nil
    let dy = operands.removeFirst()
    var results = binding.results[...]
    var temporaries = binding.temporaries[...]
    let call = DepthwiseBackward(
      table: binding.kernels, shape: shape,
      filterProduct: TapProduct(lowering.filter, xImage: shape.repeatedCount, yImage: shape.outputCount),
      inputProduct: PixelProduct(
        wantsInput ? lowering.depthwise(isBackward: true) : [], xImage: shape.outputCount, yImage: shape.repeatedCount),
      x: x, kernel: kernel, y: y, dy: dy, dx: wantsInput ? results.removeFirst() : nil,
      dKernel: wantsKernel ? results.removeFirst() : nil, dBias: wantsBias ? results.removeFirst() : nil,
      rectified: scratch.rectified > 0 ? temporaries.removeFirst() : nil,
      repeated: scratch.repeated > 0 ? temporaries.removeFirst() : nil,
      repeatedGradient: scratch.repeatedGradient > 0 ? temporaries.removeFirst() : nil, chunk: chunk(binding.sizes))
    return [BoundCall("depthwise products", .images, call)]
  }

  private func shape(_ sizes: BindingSizes) -> DepthwiseShape {
    DepthwiseShape(window, channels: sizes.operands[0].extents[2], multiplier: multiplier)
  }
}

extension DepthwiseShape {
  fileprivate init(_ window: Window2D, channels: Int, multiplier: Int) {
    self.init(
      inputPixels: window.rows.size * window.columns.size, outputRows: window.rows.output,
      outputPixels: window.rows.output * window.columns.output, inputChannels: channels, multiplier: multiplier,
      taps: window.area)
  }
}

extension ConvolutionLowering {
  /// A group a channel.
  fileprivate init(depthwise window: Window2D, channels: Int) {
    self.init(
      window: window, groups: channels, kernel: [window.rows.window, window.columns.window, 1, channels])
  }
}
