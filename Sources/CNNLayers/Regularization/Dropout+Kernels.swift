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
