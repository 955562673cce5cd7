internal import CNNGraph
internal import CNNLayers

extension RescalingOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.commonLayout([node.operands[0]])
    var y = builder.operand(node.operands[0], layout)
    if scale != 1 { y = builder.node("Mul", [y, builder.scalar("scale", scale)]) }
    if offset != 0 { y = builder.node("Add", [y, builder.scalar("offset", offset)]) }
    builder.define(node.results[0], layout, as: y)
  }
}

extension ConstantAffineOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout([node.operands[0]])
    let extents = builder.type(of: node.operands[0]).extents
    var y = builder.operand(node.operands[0], layout)
    for (op, name, numbers) in [("Sub", "centre", centre), ("Mul", "scale", scale), ("Add", "offset", offset)]
    where !numbers.isEmpty {
      let pattern = SpreadConstant(numbers.map { Float($0) }, over: extents)
      y = builder.node(op, [y, builder.constant(name, pattern.extents(in: layout), pattern.values(in: layout))])
    }
    builder.define(node.results[0], layout, as: y)
  }
}

/// Numbers that repeat over a sample, without the axes along which they are alike.
private struct SpreadConstant {
  /// As many as the sample has, each its own or 1.
  private var extents: [Int]
  private var values: [Float]

  /// - Precondition: the stretch of numbers fills the sample a whole number of times.
  init(_ numbers: [Float], over sample: [Int]) {
    extents = sample
    values = (0..<sample.reduce(1, *)).map { numbers[$0 % numbers.count] }
    for axis in extents.indices { collapse(axis) }
  }

  /// Keeps the first of the places along an axis, if all are alike.
  private mutating func collapse(_ axis: Int) {
    let inner = extents[(axis + 1)...].reduce(1, *)
    let stretch = inner * extents[axis]
    let isAlike = values.indices.allSatisfy { values[$0] == values[$0 / stretch * stretch + $0 % inner] }
    guard isAlike, extents[axis] > 1 else { return }
    values = values.indices.filter { $0 % stretch < inner }.map { values[$0] }
    extents[axis] = 1
  }

  func extents(in layout: ONNXLayout) -> [Int] {
    let ordered = layout == .rowMajor ? extents : [extents[2], extents[0], extents[1]]
    return Array(ordered.drop { $0 == 1 })
  }

  func values(in layout: ONNXLayout) -> [Float] {
    layout == .rowMajor ? values : Permutation([2, 0, 1], of: extents).apply(values)
  }
}

extension BatchNormalizationOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let x = node.operands[0]
    let type = builder.type(of: x)
    let channels = builder.type(of: node.operands[meanIndex]).elementCount
    let (mean, variance) = (node.operands[meanIndex], node.operands[varianceIndex])
    let layout: ONNXLayout = type.rank == 3 ? .channelsFirst(type.extents) : .rowMajor
    let input = builder.operand(x, layout)
    guard type.rank == 3 || type.rank == 1 else {
      let y = builder.affine(input, gamma: gammaIndex, beta: betaIndex, mean, variance, epsilon, node)
      return builder.define(node.results[0], layout, as: y)
    }
    let gamma =
      gammaIndex.map { builder.weight(node.operands[$0]) } ?? builder.constant("gamma", [channels], ones(channels))
    let beta =
      betaIndex.map { builder.weight(node.operands[$0]) }
      ?? builder.constant("beta", [channels], Array(repeating: 0, count: channels))
    let y = builder.node(
      "BatchNormalization", [input, gamma, beta, builder.weight(mean), builder.weight(variance)],
      [.float("epsilon", epsilon)])
    builder.define(node.results[0], layout, as: y)
  }
}

private func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }

extension ONNXBuilder {
  /// gamma * (x - mean) / sqrt(variance + epsilon) + beta over the last axis of any rank.
  fileprivate mutating func affine(
    _ x: String, gamma: Int?, beta: Int?, _ mean: ValueID, _ variance: ValueID, _ epsilon: Double, _ node: Node
  ) -> String {
    let factors = gamma.map { parameter(node.operands[$0]).values } ?? ones(type(of: variance).elementCount)
    let scale = zip(factors, parameter(variance).values).map { gamma, variance in
      Float(Double(gamma) / (Double(variance) + epsilon).squareRoot())
    }
    var y = self.node("Sub", [x, weight(mean)], as: "centred")
    y = self.node("Mul", [y, constant("scale", [scale.count], scale)], as: "scaled")
    if let beta { y = self.node("Add", [y, weight(node.operands[beta])], as: "shifted") }
    return y
  }

  /// The mean over axes, which stay with extent 1; their place in a node changed with version 18.
  fileprivate mutating func mean(_ x: String, _ axes: [Int]) -> String {
    opset >= 18
      ? node("ReduceMean", [x, constant("axes", ints: axes)], [.int("keepdims", 1)], as: "mean")
      : node("ReduceMean", [x], [.ints("axes", axes), .int("keepdims", 1)], as: "mean")
  }

  /// (x - mean) / sqrt(variance + epsilon) over axes, from the simplest operators.
  fileprivate mutating func standardized(_ x: String, over axes: [Int], _ epsilon: Double) -> String {
    let centred = node("Sub", [x, mean(x, axes)], as: "centred")
    let variance = mean(node("Mul", [centred, centred], as: "squared"), axes)
    let shifted = node("Add", [variance, scalar("epsilon", epsilon)], as: "variance")
    return node("Div", [centred, node("Sqrt", [shifted], as: "deviation")], as: "standardized")
  }
}

extension SampleNormalizationOperation: ONNXOperation {
  private func gamma(_ node: Node) -> ValueID? { hasScale ? node.operands[1] : nil }
  private func beta(_ node: Node) -> ValueID? { hasCenter ? node.operands[hasScale ? 2 : 1] : nil }

  func write(_ node: Node, to builder: inout ONNXBuilder) {
    switch statistics {
    case .rows(let width): writeRows(width, node, &builder)
    case .groups(let count): writeGroups(count, node, &builder)
    }
  }

  /// Rows are the last axes that together have `width` values.
  private func writeRows(_ width: Int, _ node: Node, _ builder: inout ONNXBuilder) {
    let extents = builder.type(of: node.operands[0]).extents
    var first = extents.count
    var values = 1
    while values < width, first > 0 {
      first -= 1
      values *= extents[first]
    }
    var x = builder.rowMajor(node.operands[0])
    let isWhole = values == width && first < extents.count
    // Axes that were joined: rows of their own, for the time being.
    if !isWhole { x = builder.reshape(x, [extents.reduce(1, *) / width, width]) }
    let shape = isWhole ? Array(extents[first...]) : [width]
    let axis = isWhole ? first + 1 : 2
    var y: String
    if builder.opset >= 17 {
      let scale =
        gamma(node).map { builder.weight($0, extents: shape) } ?? builder.constant("gamma", shape, ones(width))
      let shift = beta(node).map { [builder.weight($0, extents: shape)] } ?? []
      y = builder.node(
        "LayerNormalization", [x, scale] + shift, [.int("axis", axis), .float("epsilon", epsilon)])
    } else {
      y = builder.standardized(x, over: Array(axis..<axis + shape.count), epsilon)
      if let gamma = gamma(node) { y = builder.node("Mul", [y, builder.weight(gamma, extents: shape)], as: "scaled") }
      if let beta = beta(node) { y = builder.node("Add", [y, builder.weight(beta, extents: shape)], as: "shifted") }
    }
    builder.define(node.results[0], .rowMajor, as: isWhole ? y : builder.reshape(y, extents))
  }

  /// A group is a run of channels over all pixels: with channels first, one row.
  private func writeGroups(_ count: Int, _ node: Node, _ builder: inout ONNXBuilder) {
    let type = builder.type(of: node.operands[0])
    let channels = type.extents.last ?? 1
    let pixels = type.elementCount / channels
    var x: String
    if type.rank == 3 {
      x = builder.image(node.operands[0])
    } else {
      x = builder.rowMajor(node.operands[0])
      if pixels > 1 { x = builder.transpose(builder.reshape(x, [pixels, channels]), [1, 0]) }
    }
    var y = builder.standardized(
      builder.reshape(x, [count, channels / count * pixels]), over: [2], epsilon)
    let spread = type.rank == 3 ? [channels, 1, 1] : pixels > 1 ? [channels, 1] : [channels]
    y = builder.reshape(
      y, type.rank == 3 ? [channels, type.extents[0], type.extents[1]] : pixels > 1 ? [channels, pixels] : [channels])
    if let gamma = gamma(node) { y = builder.node("Mul", [y, builder.weight(gamma, extents: spread)], as: "scaled") }
    if let beta = beta(node) { y = builder.node("Add", [y, builder.weight(beta, extents: spread)], as: "shifted") }
    if type.rank == 3 { return builder.define(node.results[0], .channelsFirst(type.extents), as: y) }
    if pixels > 1 { y = builder.reshape(builder.transpose(y, [1, 0]), type.extents) }
    // Rank 1 with one pixel has its shape already.
    if pixels == 1, type.rank != 1 { y = builder.reshape(y, type.extents) }
    builder.define(node.results[0], .rowMajor, as: y)
  }
}
