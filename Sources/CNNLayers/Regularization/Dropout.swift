package import CNNGraph
package import CNNSpec

/// Zeros a random part of its input while training, and scales the rest by 1 / (1 - rate); else nothing.
package struct Dropout: Layer {
  package let rate: Double
  /// With the batch as its first item; `nil` within it keeps the input's extent.
  private let noiseShape: [Int?]?
  private let seed: Int?

  private static let rate = Argument("rate", .number(.unit), doc: "Share of the values that become zero")
  private static let noiseShape = Argument<[Int?]?>(
    "noise_shape",
    .optional(
      .list(of: .optional(.positiveInteger), text: "a list of positive integers and `none`, the batch first", atMost: 8)
    ),
    default: .some(nil), doc: "The mask's shape, batch first: it is the same along axes of 1; `none` is the input's own"
  )

  package static let kind = "dropout"
  package static let className = "Dropout"
  package static let summary = "Zeros a random part of its input while training"
  package static let mainArgument: String? = "rate"
  package static let arguments: [any ArgumentDescription] = [rate, noiseShape, SeedArgument.seed]

  package init?(_ fields: inout FieldReader) {
    let rate = fields.read(Self.rate)
    let noiseShape = fields.read(Self.noiseShape)
    let seed = fields.read(SeedArgument.seed)
    guard let rate, let noiseShape, let seed else { return nil }
    self.rate = rate
    self.noiseShape = noiseShape
    self.seed = seed
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.dropsValues = rate > 0
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    let input = inputs[0]
    guard let noiseShape else { return input }
    guard noiseShape.count == input.rank + 1 else {
      context.report(
        SpecCode.wrongLength,
        "`noise_shape` has \(noiseShape.count) items, and an input \(input.shapeText) has \(input.rank + 1) axes",
        at: "noise_shape", notes: [context.inputNote()],
        help: "write `noise_shape: [\(input.extents.reduce("none") { "\($0), \($1)" })]`")
      return nil
    }
    guard (noiseShape[0] ?? 1) == 1 else {
      context.report(
        SpecCode.unlikeShapes, "`noise_shape` begins with the batch, which has no fixed size", at: "noise_shape",
        help: "begin with `none` for a mask a sample, or with 1 for one mask for all")
      return nil
    }
    let misfit = zip(noiseShape.dropFirst(), input.extents).first { ($0 ?? 1) != 1 && $0 != $1 }
    if let misfit, let extent = misfit.0 {
      context.report(
        SpecCode.unlikeShapes, "`noise_shape` has \(extent) where the input has \(misfit.1)", at: "noise_shape",
        notes: [context.inputNote()], help: "each item is 1, `none` or the input's own")
      return nil
    }
    return input
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let extents = builder.type(of: inputs[0]).extents
    let mask = noiseShape.map { zip($0.dropFirst(), extents).map { $0 ?? $1 } } ?? extents
    let isOneForAll = noiseShape.map { $0.first == .some(1) } ?? false
    return emitDropout(inputs[0], rate: rate, mask: mask, isOneForAll: isOneForAll, seed: seed, into: &builder)
  }
}

/// Appends dropout in training with a mask of these extents, each the value's own or 1.
func emitDropout(
  _ value: ValueID, rate: Double, mask: [Int], isOneForAll: Bool = false, seed: Int?, into builder: inout GraphBuilder
) -> ValueID {
  guard builder.purpose == .training, rate > 0 else { return value }
  // All is dropped: a scale of 1 / 0 must not meet it.
  if rate == 1 { return builder.append(RescalingOperation(scale: 0, offset: 0), [value]) }
  let stream = builder.randomStream(seed: seed)
  if mask == builder.type(of: value).extents, !isOneForAll {
    return builder.append(DropoutOperation(rate: rate, stream: stream), [value])
  }
  return builder.append(
    SharedDropoutOperation(rate: rate, mask: mask, isOneForAll: isOneForAll, stream: stream), [value])
}
