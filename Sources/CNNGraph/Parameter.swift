/// How the values of a parameter start, as Keras draws them (its `initializers`).
package enum Initializer: Sendable, Hashable {
  case zeros
  case ones
  case constant(Double)
  /// Uniform in ±sqrt(3 * scale / n), n given by `mode`.
  case varianceScalingUniform(scale: Double, mode: FanMode)
  /// Normal cut at two standard deviations, rescaled so that the sample's variance is scale / n.
  case varianceScalingNormal(scale: Double, mode: FanMode)
  case randomNormal(mean: Double, standardDeviation: Double)
  case truncatedNormal(mean: Double, standardDeviation: Double)
  case randomUniform(minimum: Double, maximum: Double)

  package enum FanMode: Sendable, Hashable { case fanIn, fanOut, fanAverage }

  package static let glorotUniform = Initializer.varianceScalingUniform(scale: 1, mode: .fanAverage)
  package static let glorotNormal = Initializer.varianceScalingNormal(scale: 1, mode: .fanAverage)
  package static let heUniform = Initializer.varianceScalingUniform(scale: 2, mode: .fanIn)
  package static let heNormal = Initializer.varianceScalingNormal(scale: 2, mode: .fanIn)
  package static let lecunUniform = Initializer.varianceScalingUniform(scale: 1, mode: .fanIn)
  package static let lecunNormal = Initializer.varianceScalingNormal(scale: 1, mode: .fanIn)
}

/// A penalty on a parameter, added to the loss: l1 * sum|w| + l2 * sum w².
package struct Regularizer: Sendable, Hashable {
  package var l1: Double
  package var l2: Double
  package init(l1: Double = 0, l2: Double = 0) {
    self.l1 = l1
    self.l2 = l2
  }
}

/// What a layer declares of one of its weights: `kernel` `[kh, kw, in, out]`, `bias`, `gamma`, …
package struct ParameterDeclaration: Sendable, Hashable {
  /// `kernel`, `bias`, `gamma`, `beta`, `moving_mean`, `moving_variance`: Keras's words.
  package var name: String
  package var extents: [Int]
  package var initializer: Initializer
  package var isTrainable: Bool
  package var regularizer: Regularizer?

  package init(
    _ name: String, _ extents: [Int], initializer: Initializer, isTrainable: Bool = true,
    regularizer: Regularizer? = nil
  ) {
    self.name = name
    self.extents = extents
    self.initializer = initializer
    self.isTrainable = isTrainable
    self.regularizer = regularizer
  }
}

/// A weight of the graph, named `<layer>/<name>` in every file of ours.
package struct Parameter: Sendable, Hashable {
  package var layer: String
  package var declaration: ParameterDeclaration

  package init(layer: String, declaration: ParameterDeclaration) {
    self.layer = layer
    self.declaration = declaration
  }

  package var qualifiedName: String { "\(layer)/\(declaration.name)" }
  package var elementCount: Int { declaration.extents.reduce(1, *) }
}
