package import CNNGraph
package import CNNSpec

/// A fully connected layer, over the last axis of an input of any rank.
///
///     input  [N, …, in]    kernel [in, units]    output [N, …, units]
///
/// Matches Keras 3: `keras/src/layers/core/dense.py`.
package struct Dense: Layer {
  package let units: Int
  package let activation: Activation
  package let useBias: Bool
  package let kernelInitializer, biasInitializer: Initializer
  package let kernelRegularizer, biasRegularizer: Regularizer?

  private static let units = Argument("units", .positiveInteger, doc: "Number of output values")

  package static let kind = "dense"
  package static let className = "Dense"
  package static let summary = "Weighs all inputs for each output"
  package static let mainArgument: String? = "units"
  package static let arguments: [any ArgumentDescription] = [
    units, WeightArguments.activation, WeightArguments.useBias, WeightArguments.kernelInitializer,
    WeightArguments.biasInitializer, WeightArguments.kernelRegularizer, WeightArguments.biasRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let units = fields.read(Self.units)
    let activation = fields.read(WeightArguments.activation)
    let useBias = fields.read(WeightArguments.useBias)
    let kernelInitializer = fields.read(WeightArguments.kernelInitializer)
    let biasInitializer = fields.read(WeightArguments.biasInitializer)
    let kernelRegularizer = fields.read(WeightArguments.kernelRegularizer)
    let biasRegularizer = fields.read(WeightArguments.biasRegularizer)
    guard let units, let activation, let useBias, let kernelInitializer, let biasInitializer, let kernelRegularizer,
      let biasRegularizer
    else { return nil }
    self.units = units
    self.activation = activation
    self.useBias = useBias
    self.kernelInitializer = kernelInitializer
    self.biasInitializer = biasInitializer
    self.kernelRegularizer = kernelRegularizer
    self.biasRegularizer = biasRegularizer
  }

  package var outputActivation: Activation? { activation }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.hasFilters = true
      $0.isForFeatures = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    inputs[0].with(extents: inputs[0].extents.dropLast() + [units])
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let kernel = ParameterDeclaration(
      "kernel", [inputs[0].extents.last ?? 0, units], initializer: kernelInitializer, regularizer: kernelRegularizer)
    let bias = ParameterDeclaration("bias", [units], initializer: biasInitializer, regularizer: biasRegularizer)
    return useBias ? [kernel, bias] : [kernel]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    var value = builder.append(DenseOperation(), [inputs[0], parameters[0]])
    if useBias { value = builder.append(BiasAddOperation(), [value, parameters[1]]) }
    return emitActivation(activation, value, into: &builder)
  }
}
