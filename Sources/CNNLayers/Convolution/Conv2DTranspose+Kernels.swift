internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension Conv2DTransposeOperation: KernelBinding {
  /// The filter transposed, once a step.
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] { [.prepared(sizes.operands[1].byteCount)] }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let kernel = binding.sizes.operands[1].extents
    let lowering = ConvolutionLowering(window: convolution, groups: 1, kernel: kernel)
    let of = lowering.shape
    // Rows a stride apart are no band.
    let outputRows = convolution.rows.stride == 1 ? convolution.rows.size : 1
    let shape = ConvolutionShape(
      inputCount: of.outputCount, outputCount: of.inputCount, inputRows: of.outputRows, rowStride: 1, paddingTop: 0,
      outputRows: outputRows,
      outputPixels: convolution.rows.size * convolution.columns.size, groups: 1, inputChannels: kernel[3],
      outputChannels: kernel[2], filterRows: kernel[0] * kernel[1] * kernel[3], pool: nil)
    let transposed = binding.temporaries[0]
    let call = ConvolutionForward(
      table: binding.kernels, shape: shape,
      product: PixelProduct(lowering.backward(), xImage: of.outputCount, yImage: of.inputCount), x: binding.operands[0],
      kernel: transposed, bias: hasBias ? binding.operands[2] : nil, y: binding.results[0], winners: nil,
      isRectified: isRectified, scratch: nil, chunk: binding.sizes.decomposition.imagesPerPiece)
    let transpose = FilterTranspose(
      table: binding.kernels, taps: kernel[0] * kernel[1], rows: kernel[2], columns: kernel[3],
      kernel: binding.operands[1], transposed: transposed)
    return [
      BoundCall("transpose", .once, transpose, isPreparation: true),
      BoundCall("indirect product", .images, call),
    ]
  }
}

extension Conv2DTransposeGradientOperation: KernelBinding {
  private func chunk(_ sizes: BindingSizes) -> Int {
    let bytes = sizes.operands[sizes.operands.count - 1].byteCount
    return isRectified ? sizes.chunk(bytesPerImage: bytes) : sizes.decomposition.imagesPerPiece
  }

  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    isRectified ? [.workspace(chunk(sizes) * sizes.operands[sizes.operands.count - 1].byteCount)] : []
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let lowering = ConvolutionLowering(
      window: convolution, groups: 1, kernel: kernelExtents(binding.sizes.operands))
    let shape = lowering.shape
    var operands = binding.operands[...]
    let x = operands.removeFirst()
    let kernel = wantsInput ? operands.removeFirst() : nil
    let y = isRectified ? operands.removeFirst() : nil
    let dy = operands.removeFirst()
    var results = binding.results[...]
    let call = TransposedConvolutionBackward(
      table: binding.kernels, shape: shape,
      filterProduct: TapProduct(lowering.filter, xImage: shape.inputCount, yImage: shape.outputCount),
      inputProduct: PixelProduct(lowering.forward, xImage: shape.inputCount, yImage: shape.outputCount), x: x,
      kernel: kernel, y: y, dy: dy, dx: wantsInput ? results.removeFirst() : nil,
      dKernel: wantsKernel ? results.removeFirst() : nil, dBias: wantsBias ? results.removeFirst() : nil,
      rectified: binding.temporaries.first, chunk: chunk(binding.sizes))
    return [BoundCall("indirect product, outer product", .images, call)]
  }
}
