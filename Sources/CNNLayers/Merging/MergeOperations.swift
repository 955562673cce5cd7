package import CNNGraph

/// The sum of values of one type; ReLU may ride along.
package struct AddOperation: Operation {
  package private(set) var isRectified = false
  package init() {}

  package var name: String { "add" }
  package var attributes: [(name: String, value: String)] { isRectified ? [("fused", "relu")] : [] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count >= 2, operands.allSatisfy({ $0 == operands[0] }) else { return nil }
    return [operands[0]]
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(operands.count - 1, results[0].elementCount)
  }
}

extension AddOperation: FusionAnchor {
  package func absorbing(_ epilogue: Epilogue, keepsWinners: Bool) -> (any Operation)? {
    guard !isRectified, epilogue == .activation(.relu) else { return nil }
    var fused = self
    fused.isRectified = true
    return fused
  }
}

extension AddOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let gradient =
      isRectified
      ? builder.append(
        ActivationGradientOperation(.relu, parameter: 0), [context.results[0], context.resultGradient])
      : context.resultGradient
    return context.wanted.map { $0 ? gradient : nil }
  }
}

/// Values side by side along one axis.
package struct ConcatenateOperation: Operation {
  /// Among the extents without the batch.
  package let axis: Int
  package init(axis: Int) { self.axis = axis }

  package var name: String { "concatenate" }
  package var attributes: [(name: String, value: String)] { [("axis", "\(axis + 1)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard let first = operands.first, axis < first.rank else { return nil }
    var extents = first.extents
    extents[axis] = 0
    for operand in operands {
      guard operand.rank == first.rank else { return nil }
      for index in 0..<first.rank where index != axis && operand.extents[index] != first.extents[index] { return nil }
      extents[axis] += operand.extents[axis]
    }
    return [first.with(extents: extents)]
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .pixel }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension ConcatenateOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    var start = 0
    return zip(context.operands, context.wanted).map { operand, isWanted in
      let type = builder.type(of: operand)
      defer { start += type.extents[axis] }
      guard isWanted else { return nil }
      return builder.append(
        SliceOperation(axis: axis, start: start, length: type.extents[axis]), [context.resultGradient])
    }
  }
}

/// A stretch of a value along one axis.
package struct SliceOperation: Operation {
  package let axis, start, length: Int

  package init(axis: Int, start: Int, length: Int) {
    self.axis = axis
    self.start = start
    self.length = length
  }

  package var name: String { "slice" }
  package var attributes: [(name: String, value: String)] {
    [("axis", "\(axis + 1)"), ("range", "\(start)..<\(start + length)")]
  }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, axis < operands[0].rank, start + length <= operands[0].extents[axis] else { return nil }
    var extents = operands[0].extents
    extents[axis] = length
    return [operands[0].with(extents: extents)]
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .pixel }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}
