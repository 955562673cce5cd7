package import CNNGraph

/// Cross-correlation of each channel with filters of its own; bias and ReLU may ride along.
///
/// Operands: x `[N, H, W, in]`, kernel `[kh, kw, in, m]`, then bias `[in * m]` if fused. Result: `[N, H', W', in * m]`.
package struct DepthwiseConv2DOperation: Operation {
  package let window: Window2D
  package private(set) var hasBias = false
  package private(set) var isRectified = false

  package init(window: Window2D) { self.window = window }

  package var name: String { "depthwise_conv2d" }

  package var attributes: [(name: String, value: String)] {
    let fused = (hasBias ? ["bias"] : []) + (isRectified ? ["relu"] : [])
    return window.attributes + (fused.isEmpty ? [] : [("fused", fused.joined(separator: " + "))])
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == (hasBias ? 3 : 2), operands[0].rank == 3, operands[1].rank == 4 else { return nil }
    let x = operands[0].extents
    let kernel = operands[1].extents
    guard x[0] == window.rows.size, x[1] == window.columns.size, kernel[0] == window.rows.window,
      kernel[1] == window.columns.window, kernel[2] == x[2]
    else { return nil }
    let channels = kernel[2] * kernel[3]
    if hasBias, operands[2].extents != [channels] { return nil }
    return [TensorType([window.rows.output, window.columns.output, channels])]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .window(window) }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(2, results[0].elementCount, window.area)
      + Cost(flops: results[0].elementCount * ((hasBias ? 1 : 0) + (isRectified ? 1 : 0)))
  }
}

extension DepthwiseConv2DOperation: FusionAnchor {
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

extension DepthwiseConv2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let wantsBias = hasBias && context.wanted[2]
    let operation = DepthwiseConv2DGradientOperation(
      window: window, multiplier: builder.type(of: context.operands[1]).extents[3], isRectified: isRectified,
      wantsInput: context.wanted[0], wantsKernel: context.wanted[1], wantsBias: wantsBias)
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

/// Gradients of a depthwise convolution, its rectifier undone first.
///
/// Operands: x; the kernel if the input's gradient is wanted; y if rectified; dy. Results, those wanted: dx, dkernel,
/// dbias.
package struct DepthwiseConv2DGradientOperation: Operation {
  package let window: Window2D
  package let multiplier: Int
  package let isRectified: Bool
  package let wantsInput, wantsKernel, wantsBias: Bool

  package init(
    window: Window2D, multiplier: Int, isRectified: Bool, wantsInput: Bool, wantsKernel: Bool, wantsBias: Bool
  ) {
    self.window = window
    self.multiplier = multiplier
    self.isRectified = isRectified
    self.wantsInput = wantsInput
    self.wantsKernel = wantsKernel
    self.wantsBias = wantsBias
  }

  package var name: String { "depthwise_conv2d_gradient" }

  package var attributes: [(name: String, value: String)] {
    let wanted = (wantsInput ? ["input"] : []) + (wantsKernel ? ["kernel"] : []) + (wantsBias ? ["bias"] : [])
    return window.attributes + (isRectified ? [("fused", "relu")] : []) + [("of", wanted.joined(separator: " + "))]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 2 + (wantsInput ? 1 : 0) + (isRectified ? 1 : 0), operands[0].rank == 3 else { return nil }
    let channels = operands[0].extents[2]
    var results: [TensorType] = []
    if wantsInput { results.append(operands[0]) }
    if wantsKernel {
      results.append(.parameter([window.rows.window, window.columns.window, channels, multiplier]))
    }
    if wantsBias { results.append(.parameter([channels * multiplier])) }
    return results
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    let product = Cost.product(2, window.area, operands.last?.elementCount ?? 0)
    return (wantsInput ? product : .none) + (wantsKernel ? product : .none)
  }
}
