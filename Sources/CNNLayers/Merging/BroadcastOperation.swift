package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// A value repeated along the axes where it has extent 1, or none: NumPy's `broadcast_to`.
package struct BroadcastOperation: Operation {
  package let extents: [Int]
  package init(extents: [Int]) { self.extents = extents }

  package var name: String { "broadcast" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, Broadcast.extents(operands[0].extents, extents) == extents else { return nil }
    return [operands[0].with(extents: extents)]
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    guard operand.rank == 3, result.rank == 3 else { return .everything }
    return .all(along: [0, 1].filter { operand.extents[$0] != result.extents[$0] }, of: operand)
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension BroadcastOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let operation = BroadcastSumOperation(extents: builder.type(of: context.operands[0]).extents)
    return [builder.append(operation, [context.resultGradient])]
  }
}

extension BroadcastOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let axes = BroadcastAxes(from: binding.sizes.operands[0].extents, to: extents)
    return [
      BoundCall(
        "broadcast", .images,
        BroadcastCall(axes: axes, source: binding.operands[0], target: binding.results[0]))
    ]
  }
}

/// A value summed over the axes along which a smaller one was repeated.
package struct BroadcastSumOperation: Operation {
  /// Of the smaller one.
  package let extents: [Int]
  package init(extents: [Int]) { self.extents = extents }

  package var name: String { "broadcast_sum" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, Broadcast.extents(extents, operands[0].extents) == operands[0].extents else {
      return nil
    }
    return [operands[0].with(extents: extents)]
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: operands[0].elementCount) }
}

extension BroadcastSumOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    let axes = BroadcastAxes(from: extents, to: binding.sizes.operands[0].extents)
    return [
      BoundCall(
        "broadcast sum", .images,
        BroadcastSumCall(
          table: binding.kernels, axes: axes, source: binding.operands[0], target: binding.results[0]))
    ]
  }
}
