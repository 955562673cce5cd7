internal import CNNGraph
internal import CNNSpec

/// Arguments that the normalisations with weights share, with Keras's defaults, and what they declare of them.
struct NormalizationArguments: Sendable {
  let epsilon: Double
  let center, scale: Bool
  private let betaInitializer, gammaInitializer: Initializer
  private let betaRegularizer, gammaRegularizer: Regularizer?

  private static let epsilon = Argument(
    "epsilon", .number(.notNegative), default: 0.001, doc: "Added to the variance, against division by zero")
  private static let center = Argument("center", .boolean, default: true, doc: "Whether beta is added")
  private static let scale = Argument("scale", .boolean, default: true, doc: "Whether gamma multiplies")
  private static let betaInitializer = Argument(
    "beta_initializer", .initializer, default: .zeros, doc: "How beta starts")
  private static let gammaInitializer = Argument(
    "gamma_initializer", .initializer, default: .ones, doc: "How gamma starts")
  private static let betaRegularizer = Argument<Regularizer?>(
    "beta_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on beta")
  private static let gammaRegularizer = Argument<Regularizer?>(
    "gamma_regularizer", .optional(.regularizer), default: .some(nil), doc: "Penalty on gamma")

  static let all = all(moving: [])

  /// In Keras's order.
  static func all(moving: [any ArgumentDescription]) -> [any ArgumentDescription] {
    [epsilon, center, scale, betaInitializer, gammaInitializer] + moving + [betaRegularizer, gammaRegularizer]
  }

  /// - Parameter readMoving: reads what `all(moving:)` has in the middle.
  init?(_ fields: inout FieldReader, readMoving: (inout FieldReader) -> Void = { _ in }) {
    let epsilon = fields.read(Self.epsilon)
    let center = fields.read(Self.center)
    let scale = fields.read(Self.scale)
    let betaInitializer = fields.read(Self.betaInitializer)
    let gammaInitializer = fields.read(Self.gammaInitializer)
    readMoving(&fields)
    let betaRegularizer = fields.read(Self.betaRegularizer)
    let gammaRegularizer = fields.read(Self.gammaRegularizer)
    guard let epsilon, let center, let scale, let betaInitializer, let gammaInitializer, let betaRegularizer,
      let gammaRegularizer
    else { return nil }
    self.epsilon = epsilon
    self.center = center
    self.scale = scale
    self.betaInitializer = betaInitializer
    self.gammaInitializer = gammaInitializer
    self.betaRegularizer = betaRegularizer
    self.gammaRegularizer = gammaRegularizer
  }

  /// gamma, then beta, those that there are.
  func declarations(_ extents: [Int]) -> [ParameterDeclaration] {
    let gamma = ParameterDeclaration("gamma", extents, initializer: gammaInitializer, regularizer: gammaRegularizer)
    let beta = ParameterDeclaration("beta", extents, initializer: betaInitializer, regularizer: betaRegularizer)
    return (scale ? [gamma] : []) + (center ? [beta] : [])
  }
}
