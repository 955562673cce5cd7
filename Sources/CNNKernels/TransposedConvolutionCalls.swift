internal import CKernels

/// Gradients of a transposed convolution: its input's is a convolution, its filter's that of this convolution with the
/// roles of input and gradient exchanged.
package struct TransposedConvolutionBackward: KernelCall {
  package let table: KernelTable
  /// Of the convolution: its input is what the transposed one puts out.
  package let shape: ConvolutionShape
  package let filterProduct: TapProduct
  package let inputProduct: PixelProduct
  package let x: Slot
  package let kernel, y: Slot?
  package let dy: Slot
  package let dx, dKernel, dBias: Slot?
  /// dy where the rectifier let it pass, for `chunk` images.
  package let rectified: Slot?
  package let chunk: Int

  package init(
    table: KernelTable, shape: ConvolutionShape, filterProduct: TapProduct, inputProduct: PixelProduct, x: Slot,
    kernel: Slot?, y: Slot?, dy: Slot, dx: Slot?, dKernel: Slot?, dBias: Slot?, rectified: Slot?, chunk: Int
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
    self.chunk = chunk
  }

  package func run(_ frame: Frame, _ part: Part) {
    var image = part.images.lowerBound
    while image < part.images.upperBound {
      let count = min(chunk, part.images.upperBound - image)
      let gradient = unsafe outputGradient(frame, part, image: image, count: count)
      if let dKernel {
        unsafe filterProduct.run(
          table, images: count, x: gradient, dy: frame.floats(x, part, image: image), channels: shape.outputChannels,
          gradient: frame.floats(dKernel, part))
      }
      if let dx, let kernel {
        unsafe inputProduct.run(
          table, images: count, x: gradient, filter: frame.floats(kernel, part), rowStride: shape.outputChannels,
          channels: shape.outputChannels, bias: nil, clamp: CK_LINEAR, y: frame.floats(dx, part, image: image))
      }
      if let dBias {
        let pixels = shape.inputCount / shape.inputChannels
        unsafe table.functions.column_sum(
          gradient, Int64(count * pixels), Int64(shape.inputChannels), Int32(shape.inputChannels),
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
      frame.floats(y, part, image: image), dy, Int64(count * shape.inputCount), target)
    return unsafe UnsafePointer(target)
  }
}
