internal import CNNGraph
internal import CNNSpec

/// An axis as Keras counts it, with the batch as axis 0, among the extents of a type, which have no batch; `nil` if it
/// is none of them.
func extentIndex(ofAxis axis: Int, rank: Int) -> Int? {
  let index = axis < 0 ? rank + axis : axis - 1
  return (0..<rank).contains(index) ? index : nil
}

extension ShapeContext {
  /// The place of `axis` among the extents of an input; reports one that is the batch or beyond.
  mutating func extentIndex(ofAxis axis: Int, of input: TensorType) -> Int? {
    if let index = CNNLayers.extentIndex(ofAxis: axis, rank: input.rank) { return index }
    report(
      SpecCode.badAxis,
      axis == 0 || axis == -input.rank - 1
        ? "`axis: \(axis)` is the batch, and samples stay apart" : "an input \(input.shapeText) has no axis \(axis)",
      at: "axis", help: "write `axis: -1` for the channels")
    return nil
  }
}
