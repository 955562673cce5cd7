package import CNNGraph
package import CNNKernels

/// An image enlarged by whole factors.
///
///     nearest:  y[r, c] = x[r / rows, c / columns]
///     bilinear: y[r, c] between the four pixels around ((r + 0.5) / rows - 0.5, (c + 0.5) / columns - 0.5), those
///               outside being the nearest inside
package struct UpsampleOperation: Operation {
  package let rows, columns: Int
  package let interpolation: Interpolation

  package init(rows: Int, columns: Int, _ interpolation: Interpolation) {
    self.rows = rows
    self.columns = columns
    self.interpolation = interpolation
  }

  package var name: String { "upsample" }
  package var attributes: [(name: String, value: String)] {
    [("factors", "\(rows)x\(columns)"), ("interpolation", interpolation.rawValue)]
  }

  func enlarged(_ extents: [Int]) -> [Int] { [extents[0] * rows, extents[1] * columns, extents[2]] }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == 3 else { return nil }
    return [operands[0].with(extents: enlarged(operands[0].extents))]
  }

  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    func reach(_ factor: Int) -> WindowReach {
      // An odd factor has results that lie on a pixel, and read no other.
      WindowReach(taps: interpolation == .nearest ? factor : 2 * factor - factor % 2, upsampling: factor)
    }
    return .window(rows: reach(rows), columns: reach(columns))
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: interpolation == .nearest ? 0 : 9 * results[0].elementCount)
  }
}

extension UpsampleOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    let gradient = UpsampleGradientOperation(forward: self, input: builder.type(of: context.operands[0]))
    return [builder.append(gradient, [context.resultGradient])]
  }
}

/// Each pixel's share of the gradients of what it went into.
package struct UpsampleGradientOperation: Operation {
  package let forward: UpsampleOperation
  package let input: TensorType

  package init(forward: UpsampleOperation, input: TensorType) {
    self.forward = forward
    self.input = input
  }

  package var name: String { "upsample_gradient" }
  package var attributes: [(name: String, value: String)] { forward.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? [input] : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: (forward.interpolation == .nearest ? 1 : 8) * operands[0].elementCount)
  }
}
