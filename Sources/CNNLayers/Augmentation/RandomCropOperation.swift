package import CNNGraph
package import CNNKernels
package import CNNPlan

/// A window of each sample at a place that is a function of seed and step: any of them, equally likely.
package struct RandomCropOperation: Operation {
  package let rows, columns: Int
  package let stream: RandomStream

  package init(rows: Int, columns: Int, stream: RandomStream) {
    self.rows = rows
    self.columns = columns
    self.stream = stream
  }

  package var name: String { "random_crop" }
  package var attributes: [(name: String, value: String)] { [("size", "\(rows)x\(columns)")] + stream.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3, operands[0].extents[0] >= rows, operands[0].extents[1] >= columns
    else { return nil }
    return [operands[0].with(extents: [rows, columns, operands[0].extents[2]])]
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension RandomCropOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let extents = builder.type(of: context.operands[0]).extents
    return [builder.append(RandomCropGradientOperation(forward: self, extents: extents), [context.resultGradient])]
  }
}

/// The window's gradient at its place, zeros around it.
package struct RandomCropGradientOperation: Operation {
  package let forward: RandomCropOperation
  /// Of the whole image.
  package let extents: [Int]

  package var name: String { "random_crop_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].extents == [forward.rows, forward.columns, extents[2]] else { return nil }
    return [operands[0].with(extents: extents)]
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension RandomCropOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("random crop", .images, call(binding, of: binding.sizes.operands[0], isGradient: false))]
  }

  fileprivate func call(_ binding: Binding, of whole: TensorType, isGradient: Bool) -> RandomCropCall {
    RandomCropCall(
      image: whole.image, rows: rows, columns: columns, stream: stream, isGradient: isGradient,
      source: binding.operands[0], target: binding.results[0])
  }
}

extension RandomCropGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "random crop gradient", .images, forward.call(binding, of: binding.sizes.results[0], isGradient: true))
    ]
  }
}
