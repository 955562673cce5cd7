internal import CNNGraph
internal import CNNLayers

extension WindowGeometry {
  /// What lies outside of the input before and behind it, so that exactly `output` windows fit.
  fileprivate var onnxPadding: (before: Int, after: Int) {
    let dilated = dilation * (window - 1) + 1
    return (paddingBefore, max(0, (output - 1) * stride + dilated - size - paddingBefore))
  }
}

extension Window2D {
  /// `[top, left, bottom, right]`
  fileprivate var onnxPads: [Int] {
    let (rows, columns) = (rows.onnxPadding, columns.onnxPadding)
    return [rows.before, columns.before, rows.after, columns.after]
  }

  fileprivate var onnxShape: [ONNXAttribute] {
    [
      .ints("kernel_shape", [rows.window, columns.window]), .ints("strides", [rows.stride, columns.stride]),
    ]
  }

  fileprivate var onnxDilations: ONNXAttribute { .ints("dilations", [rows.dilation, columns.dilation]) }
}

extension ONNXBuilder {
  /// Appends a convolution, with the bias that may follow it.
  fileprivate mutating func convolution(_ op: String, _ node: Node, kernel: String, _ attributes: [ONNXAttribute]) {
    let x = image(node.operands[0])
    let following = absorbBias(behind: node.results[0])
    let bias = following.map { [weight($0.bias)] } ?? []
    let y = self.node(op, [x, kernel] + bias, attributes)
    let result = following?.result ?? node.results[0]
    define(result, .channelsFirst(type(of: result).extents), as: y)
  }

  /// Appends a node that takes an image and gives one.
  fileprivate mutating func pool(_ op: String, _ node: Node, _ attributes: [ONNXAttribute]) {
    let y = self.node(op, [image(node.operands[0])], attributes)
    define(node.results[0], .channelsFirst(type(of: node.results[0]).extents), as: y)
  }

  /// Appends a pool over all pixels, which ONNX gives as an image of one.
  fileprivate mutating func globalPool(_ op: String, _ node: Node, keepDims: Bool) {
    let y = self.node(op, [image(node.operands[0])])
    let type = type(of: node.results[0])
    if keepDims { return define(node.results[0], .channelsFirst(type.extents), as: y) }
    define(node.results[0], .rowMajor, as: self.node("Flatten", [y], [.int("axis", 1)], as: "flatten"))
  }
}

extension Conv2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    // [kh, kw, in / groups, out] to [out, in / groups, kh, kw]
    let kernel = builder.weight(node.operands[1], axes: [3, 2, 0, 1])
    builder.convolution(
      "Conv", node, kernel: kernel,
      window.onnxShape + [window.onnxDilations, .ints("pads", window.onnxPads), .int("group", groups)])
  }
}

extension DepthwiseConv2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    // [kh, kw, in, m] to [in * m, 1, kh, kw]: a group for each channel.
    let extents = builder.type(of: node.operands[1]).extents
    let kernel = builder.weight(
      node.operands[1], axes: [2, 3, 0, 1], extents: [extents[2] * extents[3], 1, extents[0], extents[1]])
    builder.convolution(
      "Conv", node, kernel: kernel,
      window.onnxShape + [window.onnxDilations, .ints("pads", window.onnxPads), .int("group", extents[2])])
  }
}

extension Conv2DTransposeOperation: ONNXOperation {
  /// All that the kernel reaches is (in - 1) * stride + dilated long; the result begins `paddingBefore` into it, and may
  /// end before or behind its end.
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    func excess(_ window: WindowGeometry) -> Int {
      (window.output - 1) * window.stride + window.dilation * (window.window - 1) + 1 - window.paddingBefore
        - window.size
    }
    let (rows, columns) = (convolution.rows, convolution.columns)
    let (bottom, right) = (excess(rows), excess(columns))
    // [kh, kw, out, in] to [in, out, kh, kw]
    let kernel = builder.weight(node.operands[1], axes: [3, 2, 0, 1])
    builder.convolution(
      "ConvTranspose", node, kernel: kernel,
      convolution.onnxShape + [
        convolution.onnxDilations,
        .ints("pads", [rows.paddingBefore, columns.paddingBefore, max(0, bottom), max(0, right)]),
        .ints("output_padding", [max(0, -bottom), max(0, -right)]),
      ])
  }
}

extension MaxPool2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.pool("MaxPool", node, window.onnxShape + [.ints("pads", window.onnxPads)])
  }
}

extension AveragePool2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.pool(
      "AveragePool", node, window.onnxShape + [.ints("pads", window.onnxPads), .int("count_include_pad", 0)])
  }
}

extension GlobalAveragePool2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.globalPool("GlobalAveragePool", node, keepDims: keepDims)
  }
}

extension GlobalMaxPool2DOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.globalPool("GlobalMaxPool", node, keepDims: keepDims)
  }
}
