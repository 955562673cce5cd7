package import CNNGraph
package import CNNSpec

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, channel by channel.
///
/// Training takes mean and variance from the batch and keeps moving ones, inference takes those. A frozen
/// layer (`trainable: false`) takes the moving ones in training too, as in Keras.
/// Weights, each `[C]`: gamma, beta, moving_mean, moving_variance; the last two are not trainable.
package struct BatchNormalization: Layer {
  private let axis: Int
  package let momentum: Double
  private let shared: NormalizationArguments
  private let meanInitializer, varianceInitializer: Initializer
  private let isTrainable: Bool

  private static let axis = Argument("axis", .axis, default: -1, doc: "The axis of the channels")
  private static let momentum = Argument(
    "momentum", .number(.unit), default: 0.99, doc: "Share of the moving statistics that each step keeps")
  private static let meanInitializer = Argument(
    "moving_mean_initializer", .initializer, default: .zeros, doc: "How the moving mean starts")
  private static let varianceInitializer = Argument(
    "moving_variance_initializer", .initializer, default: .ones, doc: "How the moving variance starts")

  package static let kind = "batch_normalization"
  package static let className = "BatchNormalization"
  package static let summary = "Brings each channel to mean 0 and variance 1"
  package static let arguments: [any ArgumentDescription] =
    [axis, momentum] + NormalizationArguments.all(moving: [meanInitializer, varianceInitializer])

  package init?(_ fields: inout FieldReader) {
    let axis = fields.read(Self.axis)
    let momentum = fields.read(Self.momentum)
    var meanInitializer: Initializer?
    var varianceInitializer: Initializer?
    let shared = NormalizationArguments(&fields) { fields in
      meanInitializer = fields.read(Self.meanInitializer)
      varianceInitializer = fields.read(Self.varianceInitializer)
    }
    guard let axis, let momentum, let shared, let meanInitializer, let varianceInitializer else { return nil }
    self.axis = axis
    self.momentum = momentum
    self.shared = shared
    self.meanInitializer = meanInitializer
    self.varianceInitializer = varianceInitializer
    isTrainable = fields.isTrainable
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.setsScale = true
      $0.normalizesOverBatch = isTrainable
      $0.removesConstants = { isTrainable && $0.extentIndex(ofAxis: axis) == $0.rank - 1 }
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.extentIndices(ofAxes: [axis], of: inputs[0]) == nil ? nil : inputs[0]
  }

  private func index(_ input: TensorType) -> Int { input.extentIndex(ofAxis: axis) ?? input.rank - 1 }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    let extents = [inputs[0].extents[index(inputs[0])]]
    return shared.declarations(extents) + [
      ParameterDeclaration("moving_mean", extents, initializer: meanInitializer, isTrainable: false),
      ParameterDeclaration("moving_variance", extents, initializer: varianceInitializer, isTrainable: false),
    ]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let operation = BatchNormalizationOperation(
      momentum: momentum, epsilon: shared.epsilon, hasScale: shared.scale, hasCenter: shared.center,
      usesBatchStatistics: builder.purpose == .training && isTrainable)
    return builder.withLastAxes([index(builder.type(of: inputs[0]))], of: inputs[0]) {
      $0.append(operation, [$1] + parameters)
    }
  }
}
