package import CNNGraph

/// The largest value of each window; cells in the padding do not take part.
package struct MaxPool2DOperation: Operation {
  package let window: Window2D
  package init(window: Window2D) { self.window = window }

  package var name: String { "max_pool" }
  package var attributes: [(name: String, value: String)] { window.attributes }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { window.pooled(operands) }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .window(window) }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(results[0].elementCount, window.area)
  }
}

extension MaxPool2DOperation: EpilogueProvider {
  package var epilogue: Epilogue? { .maxPool(window) }
}

extension MaxPool2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        PoolGradientOperation(isMax: true, window: window, input: builder.type(of: context.operands[0])),
        [context.operands[0], context.resultGradient])
    ]
  }
}

/// The mean of each window over the cells that lie inside the image, as Keras counts them.
package struct AveragePool2DOperation: Operation {
  package let window: Window2D
  package init(window: Window2D) { self.window = window }

  package var name: String { "average_pool" }
  package var attributes: [(name: String, value: String)] { window.attributes }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { window.pooled(operands) }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .window(window) }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(results[0].elementCount, window.area)
  }
}

extension AveragePool2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        PoolGradientOperation(isMax: false, window: window, input: builder.type(of: context.operands[0])),
        [context.resultGradient])
    ]
  }
}

/// The gradient of a pool: to the first largest cell (operands x, dy), or evenly to the real cells (operand dy).
package struct PoolGradientOperation: Operation {
  package let isMax: Bool
  package let window: Window2D
  package let input: TensorType

  package init(isMax: Bool, window: Window2D, input: TensorType) {
    self.isMax = isMax
    self.window = window
    self.input = input
  }

  package var name: String { isMax ? "max_pool_gradient" : "average_pool_gradient" }
  package var attributes: [(name: String, value: String)] { window.attributes }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == (isMax ? 2 : 1) ? [input] : nil
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    .product(operands.last?.elementCount ?? 0, window.area)
  }
}

/// The mean over all pixels of each channel.
package struct GlobalAveragePool2DOperation: Operation {
  package let keepDims: Bool
  package init(keepDims: Bool) { self.keepDims = keepDims }

  package var name: String { "global_average_pool" }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3 else { return nil }
    let channels = operands[0].extents[2]
    return [operands[0].with(extents: keepDims ? [1, 1, channels] : [channels])]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: operands[0].elementCount) }
}

extension GlobalAveragePool2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        GlobalAveragePoolGradientOperation(input: builder.type(of: context.operands[0])), [context.resultGradient])
    ]
  }
}

/// Each pixel's share of a global mean's gradient.
package struct GlobalAveragePoolGradientOperation: Operation {
  package let input: TensorType
  package init(input: TensorType) { self.input = input }

  package var name: String { "global_average_pool_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? [input] : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: input.elementCount) }
}

/// The largest value over all pixels of each channel.
package struct GlobalMaxPool2DOperation: Operation {
  package let keepDims: Bool
  package init(keepDims: Bool) { self.keepDims = keepDims }

  package var name: String { "global_max_pool" }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3 else { return nil }
    let channels = operands[0].extents[2]
    return [operands[0].with(extents: keepDims ? [1, 1, channels] : [channels])]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: operands[0].elementCount) }
}

extension GlobalMaxPool2DOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        GlobalMaxPoolGradientOperation(), [context.operands[0], context.results[0], context.resultGradient])
    ]
  }
}

/// The gradient of a global maximum to the pixels that have it, in equal shares, as TensorFlow's `reduce_max` does.
/// Operands: x, y, dy.
package struct GlobalMaxPoolGradientOperation: Operation {
  package init() {}

  package var name: String { "global_max_pool_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 3 ? [operands[0]] : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: 2 * operands[0].elementCount)
  }
}

extension Window2D {
  fileprivate func pooled(_ operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3, operands[0].extents[0] == rows.size,
      operands[0].extents[1] == columns.size
    else { return nil }
    return [operands[0].with(extents: [rows.output, columns.output, operands[0].extents[2]])]
  }
}
