internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension DenseOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let inputs = binding.sizes.operands[1].extents[0]
    return [
      BoundCall(
        "product", .images,
        DenseForward(
          table: binding.kernels, inputs: inputs, outputs: binding.sizes.operands[1].extents[1],
          rows: binding.sizes.operands[0].elementCount / inputs, x: binding.operands[0], kernel: binding.operands[1],
          bias: hasBias ? binding.operands[2] : nil, y: binding.results[0], isRectified: isRectified))
    ]
  }
}

extension DenseGradientOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    guard isRectified, let dy = sizes.operands.last else { return [] }
    return [.workspace(dy.byteCount * sizes.decomposition.imagesPerPiece)]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let types = binding.sizes.operands
    let inputs = types[0].extents[types[0].rank - 1]
    let last = types[types.count - 1]
    var operands = binding.operands[...]
    let x = operands.removeFirst()
    let transposed = wantsInput ? operands.removeFirst() : nil
    let y = isRectified ? operands.removeFirst() : nil
    var results = binding.results[...]
    return [
      BoundCall(
        "product, outer product", .images,
        DenseBackward(
          table: binding.kernels, inputs: inputs, outputs: last.extents[last.rank - 1],
          rows: types[0].elementCount / inputs, x: x, transposedKernel: transposed, y: y, dy: operands.removeFirst(),
          dx: wantsInput ? results.removeFirst() : nil, dKernel: wantsKernel ? results.removeFirst() : nil,
          dBias: wantsBias ? results.removeFirst() : nil, scratch: binding.temporaries.first))
    ]
  }
}
