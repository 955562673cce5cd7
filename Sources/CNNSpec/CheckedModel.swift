package import CNNDiagnostics
package import CNNGraph

/// A model whose shapes fit: what summaries print and graphs are built from.
package struct CheckedModel: Sendable {
  /// The spec's, or Keras's `sequential` or `functional`.
  package let name: String
  package let inputType: TensorType
  /// Each behind what it reads; in the file's order where that is so.
  package let layers: [CheckedLayer]
  /// Which of `layers` gives the model's output: the last one of the file.
  package let outputIndex: Int
  /// A chain: each layer reads the one before it.
  package let isSequential: Bool
  package let parameterCount: Int
  package let trainableParameterCount: Int

  package var nonTrainableParameterCount: Int { parameterCount - trainableParameterCount }
  package var output: CheckedLayer { layers[outputIndex] }
  package var outputType: TensorType { output.outputType }

  /// Layers that can be summarised, and are too large to be computed.
  package var oversized: DiagnosticBag {
    var bag = DiagnosticBag()
    for layer in layers {
      let tensors =
        layer.inputTypes.map(\.elementCount) + [layer.outputType.elementCount]
        + layer.parameters.map { SizeLimits.elementCount($0.extents) ?? Int.max }
      guard let largest = tensors.max(), largest > SizeLimits.computedElements else { continue }
      bag.add(
        Diagnostic(
          SpecCode.sizeLimit, "`\(layer.spec.name)` has a tensor of \(largest) values, too many to compute with",
          at: layer.spec.keySpan,
          notes: [.init("the limit is \(SizeLimits.computedElements) for one sample or weight")],
          path: layer.spec.path))
    }
    return bag
  }

  /// Name of what a layer reads.
  package func name(of source: LayerSource) -> String {
    switch source {
    case .modelInput: LayerNames.modelInput
    case .layer(let index): layers[index].spec.name
    }
  }

  /// The model as operations, with the last layer's value as output.
  ///
  /// Parameters stand in the order of `layers`, the same for both purposes.
  package func graph(purpose: Purpose) -> ModelGraph {
    var builder = GraphBuilder(purpose: purpose)
    let input = builder.input(.samples, type: inputType)
    var values: [ValueID] = []
    for checked in layers {
      builder.layer = checked.spec.name
      builder.origin = checked.spec.keySpan
      let parameters = checked.parameters.map { builder.parameter($0) }
      let inputs = checked.inputs.map { source in
        switch source {
        case .modelInput: input
        case .layer(let index): values[index]
        }
      }
      values.append(checked.layer.emit(inputs, parameters, into: &builder))
    }
    builder.setOutputs([values[outputIndex]])
    return ModelGraph(graph: builder.graph, input: input, output: values[outputIndex], layerOutputs: values)
  }
}

package struct CheckedLayer: Sendable {
  package let spec: LayerSpec
  package let layer: any Layer
  /// Indices into the layers of the model.
  package let inputs: [LayerSource]
  package let inputTypes: [TensorType]
  package let outputType: TensorType
  /// None of them trainable if the layer is frozen.
  package let parameters: [ParameterDeclaration]
  package let parameterCount: Int
}

/// A model's operations, and which values its layers give.
package struct ModelGraph: Sendable {
  package let graph: Graph
  package let input: ValueID
  /// The last layer's; a loss that wants logits takes them from what made it.
  package let output: ValueID
  /// One a layer of the checked model.
  package let layerOutputs: [ValueID]
}
