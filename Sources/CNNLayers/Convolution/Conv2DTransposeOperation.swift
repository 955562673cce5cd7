package import CNNGraph

/// A convolution backwards, Keras's `Conv2DTranspose`; bias and ReLU may ride along.
///
/// Operands: x `[N, H, W, in]`, kernel `[kh, kw, out, in]`, then bias `[out]` if fused. Result: `[N, H', W', out]`.
package struct Conv2DTransposeOperation: Operation {
  /// From the result to x.
  package let convolution: Window2D
  package private(set) var hasBias = false
  package private(set) var isRectified = false

  package init(convolution: Window2D) { self.convolution = convolution }

  package var name: String { "conv2d_transpose" }

  package var attributes: [(name: String, value: String)] {
    let fused = (hasBias ? ["bias"] : []) + (isRectified ? ["relu"] : [])
    return convolution.attributes + (fused.isEmpty ? [] : [("fused", fused.joined(separator: " + "))])
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasBias ? 3 : 2), operands[0].rank == 3, operands[1].rank == 4 else { return nil }
    let x = operands[0].extents
    let kernel = operands[1].extents
    guard x[0] == convolution.rows.output, x[1] == convolution.columns.output,
      kernel[0] == convolution.rows.window, kernel[1] == convolution.columns.window, kernel[3] == x[2]
    else { return nil }
    if hasBias, operands[2].extents != [kernel[2]] { return nil }
    return [TensorType([convolution.rows.size, convolution.columns.size, kernel[2]])]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    func reach(_ window: WindowGeometry) -> WindowReach {
      WindowReach(taps: window.window, dilation: window.dilation, upsampling: window.stride)
    }
    return .window(rows: reach(convolution.rows), columns: reach(convolution.columns))
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(2, convolution.rows.output, convolution.columns.output, operands[1].elementCount)
      + Cost(flops: results[0].elementCount * ((hasBias ? 1 : 0) + (isRectified ? 1 : 0)))
  }
}

extension Conv2DTransposeOperation: FusionAnchor {
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

extension Conv2DTransposeOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let wantsBias = hasBias && context.wanted[2]
    let operation = Conv2DTransposeGradientOperation(
      convolution: convolution, isRectified: isRectified, wantsInput: context.wanted[0],
      wantsKernel: context.wanted[1], wantsBias: wantsBias)
    var operands = [context.operands[0]]
    if context.wanted[0] { operands.append(context.operands[1]) }
    if isRectified { operands.append(context.results[0]) }
    operands.append(context.resultGradient)
    var results = builder.appendAll(operation, operands)[...]
    return [context.wanted[0], context.wanted[1], wantsBias].prefix(hasBias ? 3 : 2).map {
      $0 ? results.popFirst() : nil
    }
  }
}

/// Gradients of a transposed convolution, its rectifier undone first.
///
/// Operands: x; the kernel if the input's gradient is wanted; y if rectified; dy. Results, those wanted: dx, dkernel,
/// dbias.
package struct Conv2DTransposeGradientOperation: Operation {
  package let convolution: Window2D
  package let isRectified: Bool
  package let wantsInput, wantsKernel, wantsBias: Bool

  package init(convolution: Window2D, isRectified: Bool, wantsInput: Bool, wantsKernel: Bool, wantsBias: Bool) {
    self.convolution = convolution
    self.isRectified = isRectified
    self.wantsInput = wantsInput
    self.wantsKernel = wantsKernel
    self.wantsBias = wantsBias
  }

  package var name: String { "conv2d_transpose_gradient" }

  package var attributes: [(name: String, value: String)] {
    let wanted = (wantsInput ? ["input"] : []) + (wantsKernel ? ["kernel"] : []) + (wantsBias ? ["bias"] : [])
    return convolution.attributes + (isRectified ? [("fused", "relu")] : [])
      + [("of", wanted.joined(separator: " + "))]
  }

  /// `[kh, kw, out, in]`
  package func kernelExtents(_ operands: [TensorType]) -> [Int] {
    [
      convolution.rows.window, convolution.columns.window, operands.last?.extents.last ?? 0,
      operands[0].extents.last ?? 0,
    ]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 2 + (wantsInput ? 1 : 0) + (isRectified ? 1 : 0), operands[0].rank == 3 else { return nil }
    let kernel = kernelExtents(operands)
    var results: [TensorType] = []
    if wantsInput { results.append(operands[0]) }
    if wantsKernel { results.append(.parameter(kernel)) }
    if wantsBias { results.append(.parameter([kernel[2]])) }
    return results
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    let product = Cost.product(
      2, convolution.rows.output, convolution.columns.output, kernelExtents(operands).reduce(1, *))
    return (wantsInput ? product : .none) + (wantsKernel ? product : .none)
  }
}
