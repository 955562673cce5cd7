package import CNNGraph
package import CNNSpec

/// x * scale + offset, the same in training and inference.
package struct Rescaling: Layer {
  package let scale, offset: Double

  private static let scale = Argument(
    "scale", .number(allowsFraction: true), doc: "Factor, such as `1/255` for pixels of 0 to 255")
  private static let offset = Argument("offset", .number(), default: 0, doc: "What is added after scaling")

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
      $0.setsScale = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? { inputs[0] }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(RescalingOperation(scale: scale, offset: offset), [inputs[0]])
  }
}
