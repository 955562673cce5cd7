package import CNNGraph
package import CNNSpec

/// Two or more inputs one behind the other along an axis; all other extents are alike.
package struct Concatenate: Layer {
  private let axis: Int

  private static let axis = Argument("axis", .axis, default: -1, doc: "The axis along which; the batch is axis 0")

  package static let kind = "concatenate"
  package static let className = "Concatenate"
  package static let summary = "Puts inputs one behind the other, along the channels unless `axis` says otherwise"
  package static let arguments: [any ArgumentDescription] = [axis]
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {
    guard let axis = fields.read(Self.axis) else { return nil }
    self.axis = axis
  }

  package var outputActivation: Activation? { nil }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    let first = inputs[0]
    guard let index = context.extentIndex(ofAxis: axis, of: first) else { return nil }
    let unlike = inputs.firstIndex { input in
      input.rank != first.rank
        || input.extents.indices.contains { $0 != index && input.extents[$0] != first.extents[$0] }
    }
    if let unlike {
      context.report(
        SpecCode.unlikeShapes, "`\(context.name)` joins inputs that are unlike beside the axis that it joins",
        at: "inputs", notes: [context.producerNote(0), context.producerNote(unlike)],
        help: first.rank == 3 && inputs[unlike].rank == 3
          ? "`padding: same` and strides of 1 keep rows and columns as they are" : nil,
        proposals: [unlike, 0].flatMap { context.windowRepairs(inProducer: $0) })
      return nil
    }
    var extents = first.extents
    extents[index] = inputs.reduce(0) { $0 + $1.extents[index] }
    return first.with(extents: extents)
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let index = builder.type(of: inputs[0]).extentIndex(ofAxis: axis) else {
      preconditionFailure("\(builder.layer): an axis that was checked is one of \(builder.type(of: inputs[0]))")
    }
    return builder.append(ConcatenateOperation(axis: index), inputs)
  }
}
