internal import CNNGraph
internal import CNNLayers

extension CBuilder {
  /// The result's axes in their order, each with the step that it makes in the operand; neighbours that one step serves
  /// are one axis.
  fileprivate mutating func copyAxes(_ axes: [(extent: Int, step: Int)], _ node: Node) {
    var merged: [(extent: Int, step: Int)] = []
    for axis in axes where axis.extent > 1 {
      if let last = merged.last, last.step == axis.extent * axis.step {
        merged[merged.count - 1] = (last.extent * axis.extent, axis.step)
      } else {
        merged.append(axis)
      }
    }
    if merged.isEmpty { merged = [(1, 1)] }
    func list(_ numbers: [Int]) -> String { "(const size_t[]){\(numbers.map(String.init).joined(separator: ", "))}" }
    call(
      .copyAxes,
      [
        "\(merged.count)", list(merged.map(\.extent)), list(merged.map(\.step)), operand(node.operands[0]),
        result(node.results[0]),
      ])
  }

  /// Values from one index of each axis to the next.
  fileprivate func steps(of extents: [Int]) -> [Int] {
    extents.indices.map { extents[($0 + 1)...].reduce(1, *) }
  }
}

extension PermuteOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let extents = builder.extents(of: node.operands[0])
    let steps = builder.steps(of: extents)
    builder.copyAxes(axes.map { (extents[$0], steps[$0]) }, node)
  }
}

extension AxisSwapOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    builder.copyAxes([(blocks, rows * columns), (columns, 1), (rows, columns)], node)
  }
}

extension BroadcastOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let given = builder.extents(of: node.operands[0])
    let source = Array(repeating: 1, count: extents.count - given.count) + given
    let steps = builder.steps(of: source)
    builder.copyAxes(extents.indices.map { (extents[$0], source[$0] == 1 ? 0 : steps[$0]) }, node)
  }
}

extension PadOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let sides = [margins.top, margins.bottom, margins.left, margins.right]
    builder.call(
      .pad2D,
      (builder.extents(of: node.operands[0]) + sides).map(String.init) + [
        builder.operand(node.operands[0]), builder.result(node.results[0]),
      ])
  }
}

extension CropOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let extents = builder.extents(of: node.operands[0])
    let cropped = builder.extents(of: node.results[0])
    let line = extents[1] * extents[2]
    let start = margins.top * line + margins.left * extents[2]
    let x = builder.operand(node.operands[0])
    builder.call(
      .copyStretches,
      [
        "\(cropped[0])", "\(cropped[1] * cropped[2])", start == 0 ? x : "\(x) + \(start)", "\(line)",
        builder.result(node.results[0]), "\(cropped[1] * cropped[2])",
      ])
  }
}

extension UpsampleOperation: COperation {
  func write(_ node: Node, to builder: inout CBuilder) {
    let sizes = builder.extents(of: node.operands[0]) + [rows, columns]
    builder.call(
      interpolation == .nearest ? .upsampleNearest : .upsampleBilinear,
      sizes.map(String.init) + [builder.operand(node.operands[0]), builder.result(node.results[0])])
  }
}
