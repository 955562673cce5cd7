package import CNNGraph
internal import CNNYAML

extension TensorType {
  /// The extent that `axis` names, counted as Keras does with the batch as axis 0; `nil` for the batch and beyond.
  package func extentIndex(ofAxis axis: Int) -> Int? {
    let index = axis < 0 ? rank + axis : axis - 1
    return (0..<rank).contains(index) ? index : nil
  }
}

extension ShapeContext {
  /// The extent that `axis` names; reports one that is the batch or beyond.
  package mutating func extentIndex(ofAxis axis: Int, of input: TensorType) -> Int? {
    if let index = input.extentIndex(ofAxis: axis) { return index }
    report(
      SpecCode.badAxis,
      axis == 0 || axis == -input.rank - 1
        ? "`axis: \(axis)` is the batch, and samples stay apart" : "an input \(input.shapeText) has no axis \(axis)",
      at: "axis", help: "write `axis: -1` for the channels",
      proposals: proposals("`axis: -1`", set: "axis", to: "-1"))
    return nil
  }

  /// The extents that `axes` name, in their order in memory; reports an axis that there is not, or that stands twice.
  package mutating func extentIndices(ofAxes axes: [Int], of input: TensorType) -> [Int]? {
    var found: Set<Int> = []
    for axis in axes {
      guard let index = input.extentIndex(ofAxis: axis) else {
        let isBatch = axis == 0 || axis == -input.rank - 1
        report(
          SpecCode.badAxis,
          isBatch
            ? "`axis` names \(axis), the batch, and samples stay apart"
            : "`\(name)` has an input without an axis \(axis)",
          at: "axis", notes: [inputNote()], help: "write `axis: -1` for the channels")
        return nil
      }
      guard found.insert(index).inserted else {
        report(
          SpecCode.badAxis, "`axis` names the axis \(index + 1) of `\(name)` twice", at: "axis", notes: [inputNote()])
        return nil
      }
    }
    return found.sorted()
  }
}

extension ValueType where Value == [Int] {
  /// `-1`, or `[1, 2, 3]`.
  package static var axes: ValueType {
    let text = "the number of an axis, or a list of them"
    let list = ValueType<[Int]>.list(of: .axis, text: text, atMost: 8)
    return ValueType(
      text, schema: .oneOf([ValueType<Int>.axis.schema, list.schema]),
      read: { node, reader in
        if case .sequence = node.content { return list.read(node, &reader) }
        return ValueType<Int>.axis.read(node, &reader).map { [$0] }
      },
      write: { $0.count == 1 ? .integer($0[0]) : list.write($0) })
  }
}
