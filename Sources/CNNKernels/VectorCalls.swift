internal import CKernels

/// Elementwise work on values of one size, sample after sample.
package struct ElementwiseCall: KernelCall {
  package enum Kind: Sendable {
    case relu
    /// Operands: y, dy.
    case reluGradient
    case unary(UnaryFunction, parameter: Float)
    /// Operands: x, y, dy.
    case unaryGradient(UnaryFunction, parameter: Float)
    /// Keras's ReLU with all its arguments.
    case shapedReLU(ceiling: Float, slope: Float, threshold: Float)
    /// Operands: x, dy.
    case shapedReLUGradient(ceiling: Float, slope: Float, threshold: Float)
    case scaleOffset(scale: Float, offset: Float)
    /// Any number of operands, added from the left.
    case add(isRectified: Bool)
    /// Of two operands.
    case subtract, multiply, maximum
    /// Operands: a, b, dy. What the greater one gets, the first if they are equal.
    case maximumGradient(ofFirst: Bool)
    /// x + bias of one value a channel; operands: x, bias.
    case bias(channels: Int, isRectified: Bool)
    /// Sums dy over everything but the channels, added to the target.
    case biasGradient(channels: Int)
    case softmax(channels: Int)
    /// Operands: y, dy.
    case softmaxGradient(channels: Int)
    /// Over an axis of `extent` that has `inner` floats behind each index.
    case axisSoftmax(extent: Int, inner: Int)
    /// Operands: y, dy.
    case axisSoftmaxGradient(extent: Int, inner: Int)
  }
  package let table: KernelTable
  package let kind: Kind
  /// Floats of one sample.
  package let count: Int
  package let operands: [Slot]
  package let target: Slot

  package init(table: KernelTable, kind: Kind, count: Int, operands: [Slot], target: Slot) {
    self.table = table
    self.kind = kind
    self.count = count
    self.operands = operands
    self.target = target
  }

  package func run(_ frame: Frame, _ part: Part) {
    let functions = table.functions
    let first = part.images.lowerBound
    let total = Int64(count * part.images.count)
    let x = unsafe frame.floats(operands[0], part, image: first)
    let to = unsafe frame.floats(target, part, image: first)
    switch kind {
    case .relu: unsafe functions.bias_clamp(x, total, 1, nil, CK_RELU, to)
    case .reluGradient: unsafe functions.relu_gradient(x, frame.floats(operands[1], part, image: first), total, to)
    case .unary(let function, let parameter): unsafe functions.unary(function.c, parameter, x, total, to)
    case .unaryGradient(let function, let parameter):
      unsafe functions.unary_gradient(
        function.c, parameter, x, frame.floats(operands[1], part, image: first),
        frame.floats(operands[2], part, image: first), total, to)
    case .shapedReLU(let ceiling, let slope, let threshold):
      unsafe functions.shaped_relu(x, total, ceiling, slope, threshold, to)
    case .shapedReLUGradient(let ceiling, let slope, let threshold):
      unsafe functions.shaped_relu_gradient(
        x, frame.floats(operands[1], part, image: first), total, ceiling, slope, threshold, to)
    case .scaleOffset(let scale, let offset): unsafe functions.scale_offset(x, total, scale, offset, to)
    case .add(let isRectified):
      let clamp: ck_clamp = isRectified ? CK_RELU : CK_LINEAR
      var sum = unsafe UnsafePointer(x)
      for (index, operand) in operands.enumerated().dropFirst() {
        let isLast = index == operands.count - 1
        unsafe functions.add(
          sum, frame.floats(operand, part, image: first), total, isLast ? clamp : CK_LINEAR, to)
        unsafe sum = UnsafePointer(to)
      }
    case .subtract: unsafe functions.subtract(x, frame.floats(operands[1], part, image: first), total, to)
    case .multiply: unsafe functions.multiply(x, frame.floats(operands[1], part, image: first), total, to)
    case .maximum: unsafe functions.maximum(x, frame.floats(operands[1], part, image: first), total, to)
    case .maximumGradient(let ofFirst):
      unsafe functions.maximum_gradient(
        x, frame.floats(operands[1], part, image: first), frame.floats(operands[2], part, image: first), total,
        ofFirst ? 1 : 0, to)
    case .bias(let channels, let isRectified):
      unsafe functions.bias_clamp(
        x, total / Int64(channels), Int32(channels), frame.floats(operands[1], part), isRectified ? CK_RELU : CK_LINEAR,
        to)
    case .biasGradient(let channels):
      unsafe functions.column_sum(x, total / Int64(channels), Int64(channels), Int32(channels), to)
    case .softmax(let channels): unsafe functions.softmax(x, total / Int64(channels), Int32(channels), to)
    case .softmaxGradient(let channels):
      unsafe functions.softmax_gradient(
        x, frame.floats(operands[1], part, image: first), total / Int64(channels), Int32(channels), to)
    case .axisSoftmax(let extent, let inner):
      unsafe functions.axis_softmax(x, total / Int64(extent * inner), Int32(extent), Int32(inner), to)
    case .axisSoftmaxGradient(let extent, let inner):
      unsafe functions.axis_softmax_gradient(
        x, frame.floats(operands[1], part, image: first), total / Int64(extent * inner), Int32(extent), Int32(inner), to
      )
    }
  }
}

/// Activations beside ReLU that a vector kernel computes.
package enum UnaryFunction: Sendable, Hashable {
  case sigmoid, tanh, relu6, elu, selu, gelu, silu, hardSigmoid, softplus, leakyReLU

  var c: ck_unary {
    switch self {
    case .sigmoid: CK_SIGMOID
    case .tanh: CK_TANH
    case .relu6: CK_RELU6
    case .elu: CK_ELU
    case .selu: CK_SELU
    case .gelu: CK_GELU
    case .silu: CK_SILU
    case .hardSigmoid: CK_HARD_SIGMOID
    case .softplus: CK_SOFTPLUS
    case .leakyReLU: CK_LEAKY_RELU
    }
  }
}

/// Copies stretches of floats: rows of one operand into wider or narrower rows of another.
///
/// Concatenation is one for each input, its gradient one for each of them with the roles exchanged.
package struct StridedCopyCall: KernelCall {
  package let table: KernelTable
  package let source, target: Slot
  /// Rows a sample, floats copied of each, and from row to row.
  package let rows, width, sourceStride, targetStride: Int
  /// Floats to the first row within a sample.
  package let sourceStart, targetStart: Int

  package init(
    table: KernelTable, source: Slot, target: Slot, rows: Int, width: Int, sourceStride: Int, targetStride: Int,
    sourceStart: Int, targetStart: Int
  ) {
    self.table = table
    self.source = source
    self.target = target
    self.rows = rows
    self.width = width
    self.sourceStride = sourceStride
    self.targetStride = targetStride
    self.sourceStart = sourceStart
    self.targetStart = targetStart
  }

  package func run(_ frame: Frame, _ part: Part) {
    for image in part.images {
      let from = unsafe frame.floats(source, part, image: image) + sourceStart
      let to = unsafe frame.floats(target, part, image: image) + targetStart
      for row in 0..<rows {
        unsafe (to + row * targetStride).update(from: from + row * sourceStride, count: width)
      }
    }
  }
}
