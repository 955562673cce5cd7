package import CNNDiagnostics
package import CNNGraph

extension ShapeContext {
  /// Repairs of a residual sum that does not fit, where what is read goes around the branch unchanged: a projection to
  /// the branch's shape, with its strides (He, Zhang, Ren, Sun 2016, arXiv 1512.03385, section 3.2, option B). In a block
  /// whose parameters decide the branch's, they decide the projection's too, so that it fits in every use.
  ///
  /// - Returns: none where the layer is no such sum, or no projection of one layer gives the shape.
  package func projections(from input: TensorType, to output: TensorType) -> [Diagnostic.Proposal] {
    guard let owner = layer.shortcutOwner, let projection = Projection(from: input.extents, to: output.extents) else {
      return []
    }
    let parameters = branchParameters
    let texts = [projection.text(channels: parameters.channels, strides: parameters.strides), projection.text()]
    return (texts[0] == texts[1] ? [texts[0]] : texts).map { text in
      Diagnostic.Proposal("`shortcut: [{\(text)}]`", .set(key: "shortcut", value: "[{\(text)}]", of: owner))
    }
  }

  /// The parameters of the block around a sum that decide channels and strides of its branch.
  private var branchParameters: (channels: String?, strides: String?) {
    var (channels, strides): (String?, String?) = (nil, nil)
    var isDecided = false
    for layer in branch {
      for argument in ["filters", "units"] where !isDecided && layer.span(of: argument) != nil {
        channels = layer.parameter(of: argument)
        isDecided = true
      }
      strides = strides ?? layer.parameter(of: "strides")
    }
    return (channels.map { "$\($0)" }, strides.map { "$\($0)" })
  }
}

/// The layer without a window that turns one shape into another.
private struct Projection {
  private let kind: String
  private let channels: Int
  /// `nil` for none.
  private let strides: String?

  init?(from input: [Int], to output: [Int]) {
    channels = output.last ?? 0
    switch (input.count, output.count) {
    case (1, 1): (kind, strides) = ("dense", nil)
    case (3, 3):
      guard let rows = Self.stride(from: input[0], to: output[0]),
        let columns = Self.stride(from: input[1], to: output[1])
      else { return nil }
      kind = "conv2d"
      strides = (rows, columns) == (1, 1) ? nil : rows == columns ? "\(rows)" : "[\(rows), \(columns)]"
    default: return nil
    }
  }

  /// - Parameters: what stands in the place of the numbers.
  func text(channels name: String? = nil, strides parameter: String? = nil) -> String {
    let count = name ?? "\(channels)"
    if kind == "dense" { return "dense: \(count)" }
    let more = (parameter ?? strides).map { ", strides: \($0)" } ?? ""
    return "conv2d: {filters: \(count), kernel_size: 1\(more)}"
  }

  /// The smallest stride with which a window of one cell has as many positions: floor((size - 1) / stride) + 1.
  private static func stride(from size: Int, to count: Int) -> Int? {
    guard size >= count, count > 0 else { return nil }
    let stride = (size - 1) / count + 1
    return (size - 1) / stride + 1 == count ? stride : nil
  }
}
