package import CNNGraph

/// x · kernel over the last axis, Keras's `Dense`; bias and ReLU may ride along.
///
/// Operands: x `[N, …, in]`, kernel `[in, out]`, then bias `[out]` if fused. Result: `[N, …, out]`.
package struct DenseOperation: Operation {
  package private(set) var hasBias = false
  package private(set) var isRectified = false

  package init() {}

  package var name: String { "dense" }

  package var attributes: [(name: String, value: String)] {
    let fused = (hasBias ? ["bias"] : []) + (isRectified ? ["relu"] : [])
    return fused.isEmpty ? [] : [("fused", fused.joined(separator: " + "))]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasBias ? 3 : 2), operands[0].rank >= 1, operands[1].rank == 2,
      operands[0].extents.last == operands[1].extents[0]
    else { return nil }
    if hasBias, operands[2].extents != [operands[1].extents[1]] { return nil }
    return [operands[0].with(extents: operands[0].extents.dropLast() + [operands[1].extents[1]])]
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(results[0].elementCount, 2 * operands[1].extents[0] + (hasBias ? 1 : 0) + (isRectified ? 1 : 0))
  }
}

extension DenseOperation: FusionAnchor {
  package func absorbing(_ epilogue: Epilogue, keepsWinners: Bool) -> (any Operation)? {
    var fused = self
    switch epilogue {
    case .bias where !hasBias && !isRectified: fused.hasBias = true
    case .activation(.relu) where !isRectified: fused.isRectified = true
    default: return nil
    }
    return fused
  }
}

extension DenseOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let wantsInput = context.wanted[0]
    let wantsBias = hasBias && context.wanted[2]
    var operands = [context.operands[0]]
    if wantsInput { operands.append(builder.append(FilterTransposeOperation(), [context.operands[1]])) }
    if isRectified { operands.append(context.results[0]) }
    operands.append(context.resultGradient)
    let results = builder.appendAll(
      DenseGradientOperation(
        isRectified: isRectified, wantsInput: wantsInput, wantsKernel: context.wanted[1], wantsBias: wantsBias),
      operands)
    var remaining = results[...]
    return [wantsInput, context.wanted[1], wantsBias].prefix(hasBias ? 3 : 2).map { $0 ? remaining.popFirst() : nil }
  }
}

/// Gradients of a dense layer.
///
/// Operands: x; the transposed kernel if the input's gradient is wanted; y if rectified; dy. Results, those wanted:
/// dx, dkernel, dbias.
package struct DenseGradientOperation: Operation {
  package let isRectified, wantsInput, wantsKernel, wantsBias: Bool

  package init(isRectified: Bool, wantsInput: Bool, wantsKernel: Bool, wantsBias: Bool) {
    self.isRectified = isRectified
    self.wantsInput = wantsInput
    self.wantsKernel = wantsKernel
    self.wantsBias = wantsBias
  }

  package var name: String { "dense_gradient" }

  package var attributes: [(name: String, value: String)] {
    let wanted = (wantsInput ? ["input"] : []) + (wantsKernel ? ["kernel"] : []) + (wantsBias ? ["bias"] : [])
    return (isRectified ? [("fused", "relu")] : []) + [("of", wanted.joined(separator: " + "))]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 2 + (wantsInput ? 1 : 0) + (isRectified ? 1 : 0), let inputs = operands[0].extents.last,
      let outputs = operands.last?.extents.last
    else { return nil }
    var results: [TensorType] = []
    if wantsInput { results.append(operands[0]) }
    if wantsKernel { results.append(.parameter([inputs, outputs])) }
    if wantsBias { results.append(.parameter([outputs])) }
    return results
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    let product = Cost.product(2, operands[0].elementCount, operands.last?.extents.last ?? 0)
    return (wantsInput ? product : .none) + (wantsKernel ? product : .none)
  }
}
