package import CNNDiagnostics
package import CNNGraph

extension ShapeContext {
  /// A repair of a residual sum that does not fit, where what is read goes around the branch unchanged: a projection to
  /// the branch's shape, with its strides (He, Zhang, Ren, Sun 2016, arXiv 1512.03385, section 3.2, option B).
  ///
  /// - Returns: `nil` where the layer is no such sum, or no projection of one layer gives the shape.
  package func projection(from input: TensorType, to output: TensorType) -> Diagnostic.Proposal? {
    guard let owner = layer.shortcutOwner, let projection = Projection(from: input.extents, to: output.extents) else {
      return nil
    }
    return Diagnostic.Proposal(
      "`shortcut: [{\(projection.text)}]`", .set(key: "shortcut", value: "[{\(projection.text)}]", of: owner))
  }
}

/// The layer without a window that turns one shape into another.
private struct Projection {
  let text: String

  init?(from input: [Int], to output: [Int]) {
    switch (input.count, output.count) {
    case (1, 1): text = "dense: \(output[0])"
    case (3, 3):
      guard let rows = Self.stride(from: input[0], to: output[0]),
        let columns = Self.stride(from: input[1], to: output[1])
      else { return nil }
      let strides = rows == columns ? "\(rows)" : "[\(rows), \(columns)]"
      let more = (rows, columns) == (1, 1) ? "" : ", strides: \(strides)"
      text = "conv2d: {filters: \(output[2]), kernel_size: 1\(more)}"
    default: return nil
    }
  }

  /// The smallest stride with which a window of one cell has as many positions: floor((size - 1) / stride) + 1.
  private static func stride(from size: Int, to count: Int) -> Int? {
    guard size >= count, count > 0 else { return nil }
    let stride = (size - 1) / count + 1
    return (size - 1) / stride + 1 == count ? stride : nil
  }
}
