internal import CNNGraph
internal import CNNLayers

extension CBuilder {
  /// A window as the C functions take it; `padded`: the image has its padding within.
  mutating func window(
    _ window: Window2D, channels: Int, outputs: Int, groups: Int = 1, padded: [Int]? = nil, suffix: String = "window"
  ) -> String {
    let (rows, columns) = (window.rows, window.columns)
    var fields = [
      "in_rows = \(padded?[0] ?? rows.size)", "in_columns = \(padded?[1] ?? columns.size)", "in_channels = \(channels)",
      "out_rows = \(rows.output)", "out_columns = \(columns.output)", "out_channels = \(outputs)",
      "rows = \(rows.window)", "columns = \(columns.window)",
      "row_stride = \(rows.stride)", "column_stride = \(columns.stride)",
      "row_dilation = \(rows.dilation)", "column_dilation = \(columns.dilation)",
    ]
    if padded == nil { fields += ["top = \(rows.paddingBefore)", "left = \(columns.paddingBefore)"] }
    fields.append("groups = \(groups)")
    let body = CText.wrapped(fields.map { ".\($0)" }, indent: "      ")
    return "&" + local({ "  static const window \($0) = {\n\(body)};" }, suffix)
  }

  /// `NULL` where there is none.
  mutating func bias(_ node: Node, at index: Int, if isThere: Bool) -> String {
    isThere ? parameter(node.operands[index]) : "NULL"
  }
}

extension WindowGeometry {
  /// Pixels behind the image that windows reach.
  fileprivate var paddingAfter: Int {
    max(0, (output - 1) * stride + dilation * (window - 1) + 1 - size - paddingBefore)
  }
}

extension Conv2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let kernel = builder.extents(of: node.operands[1])
    let channels = kernel[2] * groups
    let (rows, columns) = (window.rows, window.columns)
    let padding = [rows.paddingBefore, rows.paddingAfter, columns.paddingBefore, columns.paddingAfter]
    var x = builder.operand(node.operands[0])
    let padded = [rows.size + padding[0] + padding[1], columns.size + padding[2] + padding[3]]
    if padding.contains(where: { $0 > 0 }) {
      let target = builder.scratch("padded", count: padded[0] * padded[1] * channels)
      builder.call(
        .pad2D, ["\(rows.size)", "\(columns.size)", "\(channels)"] + padding.map(String.init) + [x, target])
      x = target
    }
    let weights = builder.parameter(node.operands[1], tail: CFunction.kernelTail)
    let bias = builder.bias(node, at: 2, if: hasBias)
    let geometry = builder.window(window, channels: channels, outputs: kernel[3], groups: groups, padded: padded)
    let y =
      pool == nil
      ? builder.result(node.results[0])
      : builder.scratch("unpooled", count: rows.output * columns.output * kernel[3])
    builder.call(.conv2d, [geometry, x, weights, bias, isRectified ? "1" : "0", y])
    guard let pool else { return }
    let pooling = builder.window(pool, channels: kernel[3], outputs: kernel[3], suffix: "pool")
    builder.call(.maxPool2D, [pooling, y, builder.result(node.results[0])])
  }
}

extension DepthwiseConv2DOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let kernel = builder.extents(of: node.operands[1])
    let weights = builder.parameter(node.operands[1])
    let bias = builder.bias(node, at: 2, if: hasBias)
    let geometry = builder.window(window, channels: kernel[2], outputs: kernel[2] * kernel[3])
    builder.call(
      .depthwiseConv2D,
      [
        geometry, builder.operand(node.operands[0]), weights, bias, isRectified ? "1" : "0",
        builder.result(node.results[0]),
      ])
  }
}

extension Conv2DTransposeOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let kernel = builder.extents(of: node.operands[1])
    let (outputs, inputs) = (kernel[2], kernel[3])
    let values = builder.weights(of: node.operands[1])
    // [kh, kw, out, in] to [kh, kw, in, out]: the inner loop goes over output channels.
    let transposed = (0..<values.count).map { index in
      let (tap, place) = index.quotientAndRemainder(dividingBy: outputs * inputs)
      let (input, output) = place.quotientAndRemainder(dividingBy: outputs)
      return values[tap * outputs * inputs + output * inputs + input]
    }
    let weights = builder.constant("kernel", transposed, extents: [kernel[0], kernel[1], inputs, outputs])
    let bias = builder.bias(node, at: 2, if: hasBias)
    let geometry = builder.window(convolution, channels: outputs, outputs: inputs)
    builder.call(
      .conv2dTranspose,
      [
        geometry, builder.operand(node.operands[0]), weights, bias, isRectified ? "1" : "0",
        builder.result(node.results[0]),
      ])
  }
}

extension DenseOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let kernel = builder.extents(of: node.operands[1])
    let rows = builder.count(of: node.operands[0]) / kernel[0]
    let isOfRows = rows > 1
    let weights = builder.parameter(node.operands[1], tail: isOfRows ? CFunction.kernelTail : 0)
    let bias = builder.bias(node, at: 2, if: hasBias)
    let rest = [builder.operand(node.operands[0]), weights, bias, isRectified ? "1" : "0"]
    // Several rows are a convolution of one pixel.
    guard isOfRows, let row = WindowGeometry(size: 1, window: 1, stride: 1, padding: .valid),
      let column = WindowGeometry(size: rows, window: 1, stride: 1, padding: .valid)
    else {
      return builder.call(.dense, ["\(kernel[0])", "\(kernel[1])"] + rest + [builder.result(node.results[0])])
    }
    let geometry = builder.window(
      Window2D(rows: row, columns: column), channels: kernel[0], outputs: kernel[1], padded: [1, rows])
    builder.call(.conv2d, [geometry] + rest + [builder.result(node.results[0])])
  }
}

extension BiasAddOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let channels = builder.count(of: node.operands[1])
    let pixels = builder.count(of: node.operands[0]) / channels
    let bias = builder.parameter(node.operands[1])
    builder.call(
      .addBias,
      ["\(pixels)", "\(channels)", builder.operand(node.operands[0]), bias, builder.result(node.results[0])])
  }
}
