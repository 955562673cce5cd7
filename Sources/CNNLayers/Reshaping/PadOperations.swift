package import CNNGraph

/// Zeros around an image `[N, H, W, C]`; the gradient is a crop.
package struct PadOperation: Operation {
  package let margins: Margins
  package init(_ margins: Margins) { self.margins = margins }

  package var name: String { "pad" }
  package var attributes: [(name: String, value: String)] { [("margins", margins.text)] }

  func padded(_ extents: [Int]) -> [Int] {
    [margins.top + extents[0] + margins.bottom, margins.left + extents[1] + margins.right, extents[2]]
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3 else { return nil }
    return [operands[0].with(extents: padded(operands[0].extents))]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .pixel }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension PadOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(CropOperation(margins), [context.resultGradient])]
  }
}

/// An image `[N, H, W, C]` without its border; the gradient has zeros there.
package struct CropOperation: Operation {
  package let margins: Margins
  package init(_ margins: Margins) { self.margins = margins }

  package var name: String { "crop" }
  package var attributes: [(name: String, value: String)] { [("margins", margins.text)] }

  /// `nil` where nothing is left.
  func cropped(_ extents: [Int]) -> [Int]? {
    let rows = extents[0] - margins.top - margins.bottom
    let columns = extents[1] - margins.left - margins.right
    return rows >= 1 && columns >= 1 ? [rows, columns, extents[2]] : nil
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3, let extents = cropped(operands[0].extents) else { return nil }
    return [operands[0].with(extents: extents)]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .pixel }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension CropOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(PadOperation(margins), [context.resultGradient])]
  }
}
