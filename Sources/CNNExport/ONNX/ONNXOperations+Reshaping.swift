internal import CNNGraph
internal import CNNLayers

extension ONNXBuilder {
  /// Appends a cut of ranges out of axes of ours, and gives its result the layout of its operand.
  fileprivate mutating func slice(_ node: Node, _ ranges: [(axis: Int, range: Range<Int>)]) {
    let layout = imageLayout([node.operands[0]])
    let x = operand(node.operands[0], layout)
    let y = self.node(
      "Slice",
      [
        x, constant("starts", ints: ranges.map(\.range.lowerBound)),
        constant("ends", ints: ranges.map(\.range.upperBound)),
        constant("axes", ints: ranges.map { layout.axis($0.axis) }),
      ])
    define(node.results[0], layout.of(type(of: node.results[0])), as: y)
  }
}

extension ReshapeOperation: ONNXOperation {
  /// What flattens an image with channels first leaves it so: a dense layer behind it has its rows in that order.
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let operand = node.operands[0]
    let type = builder.type(of: operand)
    let layout = builder.imageLayout([operand])
    if extents.count == 1, case .channelsFirst = layout, !builder.layouts(of: operand).contains(.rowMajor) {
      let flat = builder.node("Flatten", [builder.image(operand)], [.int("axis", 1)])
      // A single pixel, or a single channel, has one order.
      let isSame = type.extents[2] == 1 || type.extents[0] * type.extents[1] == 1
      return builder.define(node.results[0], isSame ? .rowMajor : layout, as: flat)
    }
    let x = builder.rowMajor(operand)
    if extents == type.extents { return builder.define(node.results[0], .rowMajor, as: x) }
    let y = builder.node("Reshape", [x, builder.constant("shape", ints: [0] + extents)])
    builder.define(node.results[0], .rowMajor, as: y)
  }
}

extension PermuteOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let x = builder.rowMajor(node.operands[0])
    let y = builder.node("Transpose", [x], [.ints("perm", [0] + axes.map { $0 + 1 })])
    builder.define(node.results[0], .rowMajor, as: y)
  }
}

extension AxisSwapOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let matrices = builder.reshape(builder.rowMajor(node.operands[0]), [blocks, rows, columns])
    builder.define(
      node.results[0], .rowMajor, as: builder.reshape(builder.transpose(matrices, [0, 2, 1]), extents))
  }
}

extension SliceOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    builder.slice(node, [(axis, start..<start + length)])
  }
}

extension CropOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let result = builder.type(of: node.results[0]).extents
    builder.slice(
      node,
      [
        (0, margins.top..<margins.top + result[0]), (1, margins.left..<margins.left + result[1]),
      ])
  }
}

extension PadOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let layout = builder.imageLayout([node.operands[0]])
    let x = builder.operand(node.operands[0], layout)
    var pads = [Int](repeating: 0, count: 8)
    pads[layout.axis(0)] = margins.top
    pads[layout.axis(1)] = margins.left
    pads[4 + layout.axis(0)] = margins.bottom
    pads[4 + layout.axis(1)] = margins.right
    let y = builder.node("Pad", [x, builder.constant("pads", ints: pads)], [.string("mode", "constant")])
    builder.define(node.results[0], layout.of(builder.type(of: node.results[0])), as: y)
  }
}

extension UpsampleOperation: ONNXOperation {
  func write(_ node: Node, to builder: inout ONNXBuilder) {
    let x = builder.image(node.operands[0])
    let scales = builder.constant("scales", [4], [1, 1, Float(rows), Float(columns)])
    let attributes: [ONNXAttribute] =
      switch interpolation {
      case .nearest:
        // y[r] = x[r / factor], rounded down
        [
          .string("mode", "nearest"), .string("coordinate_transformation_mode", "asymmetric"),
          .string("nearest_mode", "floor"),
        ]
      case .bilinear: [.string("mode", "linear"), .string("coordinate_transformation_mode", "half_pixel")]
      }
    let y = builder.node("Resize", [x, "", scales], attributes)
    builder.define(node.results[0], .channelsFirst(builder.type(of: node.results[0]).extents), as: y)
  }
}
