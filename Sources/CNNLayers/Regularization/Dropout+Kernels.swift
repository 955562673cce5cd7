internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension DropoutOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "dropout", .images,
        DropoutCall(
          table: binding.kernels, rate: rate, stream: stream, count: binding.sizes.operands[0].elementCount,
          source: binding.operands[0], target: binding.results[0]))
    ]
  }
}

extension SharedDropoutOperation: KernelBinding {
  private func pattern(_ sizes: BindingSizes) -> BroadcastPattern {
    BroadcastPattern(mask, in: sizes.operands[0].extents)
  }

  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    let pattern = pattern(sizes)
    return [.workspace(4 * pattern.count), .workspace(4 * pattern.period)]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "shared dropout", .images,
        SharedDropoutCall(
          table: binding.kernels, rate: rate, stream: stream, isOneForAll: isOneForAll, pattern: pattern(binding.sizes),
          count: binding.sizes.operands[0].elementCount, mask: binding.temporaries[0], factors: binding.temporaries[1],
          source: binding.operands[0], target: binding.results[0]))
    ]
  }
}

extension GaussianNoiseOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "gaussian noise", .images,
        GaussianNoiseCall(
          table: binding.kernels, deviation: deviation, stream: stream,
          count: binding.sizes.operands[0].elementCount, source: binding.operands[0], target: binding.results[0]))
    ]
  }
}
