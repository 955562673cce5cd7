package import CNNGraph
package import CNNSpec

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of each sample over `axis` alone.
///
/// Weights, each of the extents of these axes in their order: gamma, beta.
package struct LayerNormalization: Layer {
  private let axes: [Int]
  private let shared: NormalizationArguments

  private static let axes = Argument(
    "axis", .axes, default: [-1], doc: "The axes over which mean and variance are taken; the batch is axis 0")

  package static let kind = "layer_normalization"
  package static let className = "LayerNormalization"
  package static let summary = "Brings the features of each place to mean 0 and variance 1"
  package static let arguments: [any ArgumentDescription] = [axes] + NormalizationArguments.all

  package init?(_ fields: inout FieldReader) {
    let axes = fields.read(Self.axes)
    let shared = NormalizationArguments(&fields)
    guard let axes, let shared else { return nil }
    self.axes = axes
    self.shared = shared
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.setsScale = true
      $0.removesConstants = { input in !axes.contains { input.extentIndex(ofAxis: $0) == input.rank - 1 } }
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.extentIndices(ofAxes: axes, of: inputs[0]) == nil ? nil : inputs[0]
  }

  private func indices(_ input: TensorType) -> [Int] { axes.compactMap(input.extentIndex).sorted() }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    shared.declarations(indices(inputs[0]).map { inputs[0].extents[$0] })
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let type = builder.type(of: inputs[0])
    let indices = indices(type)
    let operation = SampleNormalizationOperation(
      .rows(width: indices.reduce(1) { $0 * type.extents[$1] }), epsilon: shared.epsilon, hasScale: shared.scale,
      hasCenter: shared.center)
    return builder.withLastAxes(indices, of: inputs[0]) { $0.append(operation, [$1] + parameters) }
  }
}
