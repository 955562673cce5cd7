package import CNNGraph
package import CNNSpec

/// Probabilities from scores, over the last axis unless `axis` says otherwise: exp(x) / sum exp(x).
package struct Softmax: Layer {
  private let axis: Int

  private static let axis = Argument(
    "axis", .axis, default: -1, doc: "The axis over which the outputs sum to 1; the batch is axis 0")

  package static let kind = "softmax"
  package static let className = "Softmax"
  package static let summary = "Turns scores into probabilities"
  package static let arguments: [any ArgumentDescription] = [axis]

  package init?(_ fields: inout FieldReader) {
    guard let axis = fields.read(Self.axis) else { return nil }
    self.axis = axis
  }

  package var outputActivation: Activation? { .softmax }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    context.extentIndex(ofAxis: axis, of: inputs[0]) == nil ? nil : inputs[0]
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let rank = builder.type(of: inputs[0]).rank
    guard let index = builder.type(of: inputs[0]).extentIndex(ofAxis: axis) else {
      preconditionFailure("\(builder.layer): an axis that was checked is one of \(builder.type(of: inputs[0]))")
    }
    return builder.append(
      index == rank - 1 ? SoftmaxOperation() : AxisSoftmaxOperation(axis: index), [inputs[0]])
  }
}
