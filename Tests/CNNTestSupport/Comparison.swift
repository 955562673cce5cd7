package import CNNGraph
internal import CNNLayers

/// Euclidean length.
package func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

/// Euclidean distance of what kernels gave from what they should have.
package func distance(_ found: [Float], _ expected: [Double]) -> Double {
  precondition(found.count == expected.count, "\(found.count) values for \(expected.count)")
  return norm(zip(found, expected).map { Double($0) - $1 })
}

package func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, abs($1)) } }

/// Two tensors are the same bits, zeros' signs included.
package func sameBits(_ left: [Float], _ right: [Float]) -> Bool {
  left.map(\.bitPattern) == right.map(\.bitPattern)
}

extension Graph {
  /// The most terms that any sum of the graph has, for a batch: what rounding errors grow with.
  package func longestSum(batch: Int) -> Int {
    nodes.map { node in
      let types = node.operands.map { self[$0].type }
      switch node.operation {
      case is Conv2DOperation, is DenseOperation: return types[1].extents.dropLast().reduce(1, *)
      case is DepthwiseConv2DOperation: return types[1].extents.prefix(2).reduce(1, *)
      case is Conv2DTransposeOperation:
        return types[1].extents[0] * types[1].extents[1] * types[1].extents[3]
      case is Conv2DTransposeGradientOperation:
        return batch * (types.last?.extents.dropLast().reduce(1, *) ?? 1)
      case is DepthwiseConv2DGradientOperation, is Conv2DGradientOperation, is DenseGradientOperation,
        is BatchNormalizationOperation,
        is BatchNormalizationGradientOperation, is BiasGradientOperation:
        // A filter's gradient and a channel's statistics go over all pixels of all images.
        return batch * types[0].extents.dropLast().reduce(1, *)
      case is GlobalAveragePool2DOperation: return types[0].extents.dropLast().reduce(1, *)
      default: return 1
      }
    }.max() ?? 1
  }
}
