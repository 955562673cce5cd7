package import CNNGraph

/// What a layer costs and sees, beside its shape and parameters.
package struct LayerFigures: Sendable, Hashable {
  /// Operations of one sample's prediction, an addition and a multiplication counting as one each; taps in the padding
  /// count.
  package let flops: Int
  /// Bytes of the output of one sample.
  package let outputByteCount: Int
  /// `nil` where the model's input has no rows and columns.
  package let receptiveField: ReceptiveField?
  /// Rows and columns of the window, of a layer that has one.
  package let kernel: Kernel?

  package struct Kernel: Sendable, Hashable {
    package let rows, columns: Int
    /// `3x3`
    package var text: String { "\(rows)x\(columns)" }
  }
}

extension CheckedModel {
  /// One a layer, from the operations of a prediction.
  ///
  /// - Precondition: nothing is `oversized`.
  package var figures: [LayerFigures] {
    let model = graph(purpose: .inference)
    let fields = model.graph.receptiveFields
    var costs = [Cost](repeating: .none, count: layers.count)
    let indices = Dictionary(layers.indices.map { (layers[$0].spec.name, $0) }) { first, _ in first }
    for node in model.graph.nodes {
      guard let index = indices[node.layer] else { continue }
      costs[index] = costs[index] + model.graph.cost(of: node)
    }
    return layers.indices.map { index in
      LayerFigures(
        flops: costs[index].flops, outputByteCount: layers[index].outputType.byteCount,
        receptiveField: fields[model.layerOutputs[index].index], kernel: layers[index].traits.kernel)
    }
  }
}

extension CheckedModel {
  /// How much of the input one value of the last feature map sees: of the last value with rows and columns on the way
  /// to the output. What comes behind it, flattened or averaged, sees all of it.
  ///
  /// `nil` where there is none.
  /// - Precondition: nothing is `oversized`.
  var receptiveField: ReceptiveField? {
    var index = outputIndex
    while layers[index].outputType.rank != 3 {
      guard case .layer(let before)? = layers[index].inputs.first else { return nil }
      index = before
    }
    return figures[index].receptiveField
  }
}

extension LayerTraits {
  fileprivate var kernel: LayerFigures.Kernel? {
    (window ?? windowOverOutput).map { LayerFigures.Kernel(rows: $0.size.rows, columns: $0.size.columns) }
  }
}
