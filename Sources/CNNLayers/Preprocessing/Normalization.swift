package import CNNGraph
package import CNNSpec

/// (x - mean) / max(sqrt(variance), 1e-7), or its inverse, mean + x * max(sqrt(variance), 1e-7).
///
/// Mean and variance are numbers of the spec, one for all values or one for each place of `axis`; nothing is learned.
package struct Normalization: Layer {
  /// None: one mean and variance for all values.
  private let axes: [Int]
  private let mean, variance: Numbers
  private let isInverse: Bool

  private static let axes = Argument<[Int]?>(
    "axis", .optional(.axes), default: [-1], doc: "The axes that have statistics of their own; `none` for one of all")
  private static let mean = Argument("mean", .numbers(), doc: "What is subtracted; a number, or one for each place")
  private static let variance = Argument(
    "variance", .numbers(.notNegative), doc: "What the result's scale follows from; as many as `mean` has")
  private static let invert = Argument(
    "invert", .boolean, default: false, doc: "Whether normalised values are turned back")

  package static let kind = "normalization"
  package static let className = "Normalization"
  package static let summary = "Subtracts a given mean and divides by a given deviation"
  package static let arguments: [any ArgumentDescription] = [axes, mean, variance, invert]

  /// `keras.config.epsilon()`.
  private static let leastDeviation = 1e-7

  package init?(_ fields: inout FieldReader) {
    let axes = fields.read(Self.axes)
    let mean = fields.read(Self.mean)
    let variance = fields.read(Self.variance)
    let isInverse = fields.read(Self.invert)
    guard let axes, let mean, let variance, let isInverse else { return nil }
    guard mean.isList == variance.isList, mean.values.count == variance.values.count else {
      fields.report(
        SpecCode.wrongLength,
        "`mean` has \(Self.text(mean)), and `variance` \(Self.text(variance))", at: "variance",
        notes: [.init("`mean` is here", at: fields.span(of: "mean"))],
        help: "give both as one number, or as lists of one length")
      return nil
    }
    guard axes != nil || !mean.isList else {
      fields.report(
        SpecCode.wrongLength, "`axis: none` has one mean for all values, and `mean` is a list", at: "mean",
        notes: [.init("`axis` is here", at: fields.span(of: "axis"))],
        help: "write one number for `mean`, and one for `variance`")
      return nil
    }
    self.axes = axes ?? []
    self.mean = mean
    self.variance = variance
    self.isInverse = isInverse
  }

  private static func text(_ numbers: Numbers) -> String {
    numbers.isList ? "a list of \(numbers.values.count)" : "one number"
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.setsScale = variance.values.contains { $0 != 1 }
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    let input = inputs[0]
    guard let indices = context.extentIndices(ofAxes: axes, of: input) else { return nil }
    // As in Keras, a list belongs to the last of the axes.
    if mean.values.count > 1, let last = indices.last, mean.values.count != input.extents[last] {
      context.report(
        SpecCode.wrongLength,
        "`mean` has \(mean.values.count) numbers, and `\(context.name)` gets \(input.extents[last]) along its axis",
        at: "mean", notes: [context.inputNote()], help: "write one number, or \(input.extents[last])")
      return nil
    }
    return input
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let extents = builder.type(of: inputs[0]).extents
    var given = extents.map { _ in 1 }
    if mean.values.count > 1, let last = axes.compactMap(builder.type(of: inputs[0]).extentIndex).max() {
      given[last] = extents[last]
    }
    let spread = SpreadNumbers(given, over: extents)
    let deviations = spread.values(variance.values.map { max($0.squareRoot(), Self.leastDeviation) })
    let means = spread.values(mean.values)
    return builder.append(
      isInverse
        ? ConstantAffineOperation(centre: [], scale: deviations, offset: means)
        : ConstantAffineOperation(centre: means, scale: deviations.map { 1 / $0 }, offset: []), [inputs[0]])
  }
}
