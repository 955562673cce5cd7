internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension MaxPool2DOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("max pool", .images, binding.pool(.max, window))]
  }
}

extension AveragePool2DOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("average pool", .images, binding.pool(.average, window))]
  }
}

extension PoolGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("pool gradient", .images, binding.pool(isMax ? .maxGradient : .averageGradient, window))]
  }
}

extension Binding {
  fileprivate func pool(_ kind: PoolCall.Kind, _ window: Window2D) -> PoolCall {
    PoolCall(
      table: kernels, kind: kind, shape: PoolShape(window, channels: sizes.operands[0].extents[2]),
      x: operands.count == 2 ? operands[0] : nil, source: operands[operands.count - 1], target: results[0])
  }
}

extension GlobalAveragePool2DOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let extents = binding.sizes.operands[0].extents
    return [
      BoundCall(
        "channel means", .images,
        GlobalAverageCall(
          table: binding.kernels, isGradient: false, pixels: extents[0] * extents[1], channels: extents[2],
          source: binding.operands[0], target: binding.results[0]))
    ]
  }
}

extension GlobalAveragePoolGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let extents = input.extents
    return [
      BoundCall(
        "channel means", .images,
        GlobalAverageCall(
          table: binding.kernels, isGradient: true, pixels: extents[0] * extents[1], channels: extents[2],
          source: binding.operands[0], target: binding.results[0]))
    ]
  }
}

extension GlobalMaxPool2DOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let extents = binding.sizes.operands[0].extents
    return [
      BoundCall(
        "channel maxima", .images,
        GlobalMaxCall(
          table: binding.kernels, pixels: extents[0] * extents[1], channels: extents[2], x: binding.operands[0],
          y: binding.results[0]))
    ]
  }
}

extension GlobalMaxPoolGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let extents = binding.sizes.operands[0].extents
    return [
      BoundCall(
        "channel maxima", .images,
        GlobalMaxCall(
          table: binding.kernels, pixels: extents[0] * extents[1], channels: extents[2], x: binding.operands[0],
          y: binding.operands[1], dy: binding.operands[2], dx: binding.results[0]))
    ]
  }
}
