package import CNNGraph
package import CNNSpec

/// x * scale + offset, the same in training and inference; a list has a number for each channel.
package struct Rescaling: Layer {
  private let scale, offset: Numbers

  private static let scale = Argument(
    "scale", .numbers(allowsFraction: true), doc: "Factor, such as `1/255` for pixels of 0 to 255, or one a channel")
  private static let offset = Argument(
    "offset", .numbers(), default: Numbers(0), doc: "What is added after scaling, or one number a channel")

  package static let kind = "rescaling"
  package static let className = "Rescaling"
  package static let summary = "Multiplies by a factor and adds an offset"
  package static let mainArgument: String? = "scale"
  package static let arguments: [any ArgumentDescription] = [scale, offset]

  package init?(_ fields: inout FieldReader) {
    let scale = fields.read(Self.scale)
    let offset = fields.read(Self.offset)
    guard let scale, let offset else { return nil }
    self.scale = scale
    self.offset = offset
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
      $0.setsScale = scale.values.contains { $0 != 1 }
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    let channels = inputs[0].extents.last ?? 1
    for (name, numbers) in [("scale", scale), ("offset", offset)] where numbers.values.count != 1 {
      guard numbers.values.count == channels else {
        context.report(
          SpecCode.wrongLength,
          "`\(name)` has \(numbers.values.count) numbers, and `\(context.name)` gets \(channels) channels", at: name,
          notes: [context.inputNote()], help: "write one number, or \(channels)")
        return nil
      }
    }
    return inputs[0]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    if scale.values.count == 1, offset.values.count == 1 {
      return builder.append(RescalingOperation(scale: scale.values[0], offset: offset.values[0]), [inputs[0]])
    }
    let extents = builder.type(of: inputs[0]).extents
    let channels = extents.last ?? 1
    let spread = SpreadNumbers(extents.dropLast().map { _ in 1 } + [channels], over: extents)
    func values(_ numbers: Numbers) -> [Double] {
      spread.values(numbers.values.count == 1 ? Array(repeating: numbers.values[0], count: channels) : numbers.values)
    }
    return builder.append(
      ConstantAffineOperation(centre: [], scale: values(scale), offset: values(offset)), [inputs[0]])
  }
}
