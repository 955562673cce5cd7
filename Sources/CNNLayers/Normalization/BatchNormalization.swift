package import CNNGraph
package import CNNSpec

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, channel by channel.
///
/// Training takes mean and variance from the batch and keeps moving ones, inference takes those. A frozen
/// layer (`trainable: false`) takes the moving ones in training too, as in Keras.
/// Weights, each `[C]`: gamma, beta, moving_mean, moving_variance; the last two are not trainable.
package struct BatchNormalization: Layer {
  private let axis: Int
  package let momentum, epsilon: Double
  package let center, scale: Bool
  private let betaInitializer, gammaInitializer, meanInitializer, varianceInitializer: Initializer
  private let betaRegularizer, gammaRegularizer: Regularizer?
  private let isTrainable: Bool

  private static let axis = Argument("axis", .axis, default: -1, doc: "The axis of the channels")
  private static let momentum = Argument(
    "momentum", .number(.unit), default: 0.99, doc: "Share of the moving statistics that each step keeps")
  private static let epsilon = Argument(
    "epsilon", .number(.notNegative), default: 0.001, doc: "Added to the variance, against division by zero")
  private static let center = Argument("center", .boolean, default: true, doc: "Whether beta is added")
  private static let scale = Argument("scale", .boolean, default: true, doc: "Whether gamma multiplies")
  private static let betaInitializer = Argument(
    "beta_initializer", .initializer, default: .zeros, doc: "How beta starts")
  private static let gammaInitializer = Argument(
    "gamma_initializer", .initializer, default: .ones, doc: "How gamma starts")
  private static let meanInitializer = Argument(
    "moving_mean_initializer", .initializer, default: .zeros, doc: "How the moving mean starts")
  private static let varianceInitializer = Argument(
    "moving_variance_initializer", .initializer, default: .ones, doc: "How the moving variance starts")
  private static let betaRegularizer = Argument<Regularizer?>(
    "beta_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on beta")
  private static let gammaRegularizer = Argument<Regularizer?>(
    "gamma_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on gamma")

  package static let kind = "batch_normalization"
  package static let className = "BatchNormalization"
  package static let summary = "Brings each channel to mean 0 and variance 1"
  package static let arguments: [any ArgumentDescription] = [
    axis, momentum, epsilon, center, scale, betaInitializer, gammaInitializer, meanInitializer, varianceInitializer,
    betaRegularizer, gammaRegularizer,
  ]

  package init?(_ fields: inout FieldReader) {
    let axis = fields.read(Self.axis)
    let momentum = fields.read(Self.momentum)
    let epsilon = fields.read(Self.epsilon)
    let center = fields.read(Self.center)
    let scale = fields.read(Self.scale)
    let betaInitializer = fields.read(Self.betaInitializer)
    let gammaInitializer = fields.read(Self.gammaInitializer)
    let meanInitializer = fields.read(Self.meanInitializer)
    let varianceInitializer = fields.read(Self.varianceInitializer)
    let betaRegularizer = fields.read(Self.betaRegularizer)
    let gammaRegularizer = fields.read(Self.gammaRegularizer)
    guard let axis, let momentum, let epsilon, let center, let scale, let betaInitializer, let gammaInitializer,
      let meanInitializer, let varianceInitializer, let betaRegularizer, let gammaRegularizer
    else { return nil }
    self.axis = axis
    self.momentum = momentum
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.betaInitializer = betaInitializer
    self.gammaInitializer = gammaInitializer
    self.meanInitializer = meanInitializer
    self.varianceInitializer = varianceInitializer
    self.betaRegularizer = betaRegularizer
    self.gammaRegularizer = gammaRegularizer
    isTrainable = fields.isTrainable
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.setsScale = true
      $0.removesConstants = isTrainable
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.isLastAxis(axis, of: inputs[0]) ? inputs[0] : nil
  }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let extents = [inputs[0].extents.last ?? 0]
    var declarations: [ParameterDeclaration] = []
    if scale {
      declarations.append(
        ParameterDeclaration("gamma", extents, initializer: gammaInitializer, regularizer: gammaRegularizer))
    }
    if center {
      declarations.append(
        ParameterDeclaration("beta", extents, initializer: betaInitializer, regularizer: betaRegularizer))
    }
    return declarations + [
      ParameterDeclaration("moving_mean", extents, initializer: meanInitializer, isTrainable: false),
      ParameterDeclaration("moving_variance", extents, initializer: varianceInitializer, isTrainable: false),
    ]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let operation = BatchNormalizationOperation(
      momentum: momentum, epsilon: epsilon, hasScale: scale, hasCenter: center,
      usesBatchStatistics: builder.purpose == .training && isTrainable)
    return builder.append(operation, [inputs[0]] + parameters)
  }
}
