internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension PadOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [binding.padding(isCrop: false, margins, inner: binding.sizes.operands[0].extents)]
  }
}

extension CropOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [binding.padding(isCrop: true, margins, inner: binding.sizes.results[0].extents)]
  }
}

extension Binding {
  /// - Parameter inner: extents of the image without the border.
  fileprivate func padding(isCrop: Bool, _ margins: Margins, inner: [Int]) -> BoundCall {
    let image = PaddedImage(
      height: inner[0], width: inner[1], channels: inner[2], top: margins.top, left: margins.left,
      paddedHeight: margins.top + inner[0] + margins.bottom, paddedWidth: margins.left + inner[1] + margins.right)
    return BoundCall(
      isCrop ? "crop" : "pad", .images,
      PaddingCall(isCrop: isCrop, image: image, source: operands[0], target: results[0]))
  }
}

extension UpsampleOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [binding.upsampling(isGradient: false, self, input: binding.sizes.operands[0])]
  }
}

extension UpsampleGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [binding.upsampling(isGradient: true, forward, input: input)]
  }
}

extension Binding {
  fileprivate func upsampling(isGradient: Bool, _ operation: UpsampleOperation, input: TensorType) -> BoundCall {
    BoundCall(
      isGradient ? "upsample gradient" : "upsample", .images,
      UpsampleCall(
        table: kernels, isGradient: isGradient, height: input.extents[0], width: input.extents[1],
        channels: input.extents[2], rowFactor: operation.rows, columnFactor: operation.columns,
        isBilinear: operation.interpolation == .bilinear, source: operands[0], target: results[0]))
  }
}

extension PermuteOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let call = PermuteCall(
      table: binding.kernels, axes: joinedAxes(binding.sizes.operands[0].extents), source: binding.operands[0],
      target: binding.results[0])
    return [BoundCall("permute", .images, call)]
  }

  /// The result's axes with their steps in the operand; neighbours that stay neighbours are one, and those of one
  /// element none.
  private func joinedAxes(_ extents: [Int]) -> [(extent: Int, step: Int)] {
    var joined: [(extent: Int, step: Int)] = []
    for axis in axes where extents[axis] > 1 {
      let step = extents.dropFirst(axis + 1).reduce(1, *)
      if let last = joined.last, last.step == step * extents[axis] {
        joined[joined.count - 1] = (last.extent * extents[axis], step)
      } else {
        joined.append((extents[axis], step))
      }
    }
    return joined
  }
}
