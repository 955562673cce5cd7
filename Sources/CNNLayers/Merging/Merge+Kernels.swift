internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension AddOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("add", .images, binding.elementwise(.add(isRectified: isRectified)))]
  }
}

extension ConcatenateOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let whole = binding.sizes.results[0]
    var start = 0
    return zip(binding.sizes.operands, binding.operands).map { type, slot in
      let part = AxisStretch(type: type, axis: axis)
      defer { start += part.width }
      return BoundCall(
        "copy rows", .images,
        StridedCopyCall(
          table: binding.kernels, source: slot, target: binding.results[0], rows: part.rows, width: part.width,
          sourceStride: part.width, targetStride: AxisStretch(type: whole, axis: axis).width, sourceStart: 0,
          targetStart: start))
    }
  }
}

extension SliceOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let whole = AxisStretch(type: binding.sizes.operands[0], axis: axis)
    let part = AxisStretch(type: binding.sizes.results[0], axis: axis)
    return [
      BoundCall(
        "copy rows", .images,
        StridedCopyCall(
          table: binding.kernels, source: binding.operands[0], target: binding.results[0], rows: part.rows,
          width: part.width, sourceStride: whole.width, targetStride: part.width,
          sourceStart: start * (whole.width / binding.sizes.operands[0].extents[axis]), targetStart: 0))
    ]
  }
}

/// A tensor seen from one axis: rows before it, floats from it on.
private struct AxisStretch {
  let rows, width: Int

  init(type: TensorType, axis: Int) {
    rows = type.extents.prefix(axis).reduce(1, *)
    width = type.extents.dropFirst(axis).reduce(1, *)
  }
}
