internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension RescalingOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "scale and offset", .images,
        binding.elementwise(.scaleOffset(scale: Float(scale), offset: Float(offset))))
    ]
  }
}
