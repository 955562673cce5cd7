internal import CNNDiagnostics
package import CNNGraph
package import CNNSpec

/// The sum of two or more inputs of one shape.
package struct Add: Layer {
  package static let kind = "add"
  package static let className = "Add"
  package static let summary = "Adds inputs of one shape"
  package static let arguments: [any ArgumentDescription] = []
  package static let inputCount = InputCount.atLeast(2)

  package init?(_ fields: inout FieldReader) {}

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    guard let other = inputs.firstIndex(where: { $0 != inputs[0] }) else { return inputs[0] }
    context.report(
      SpecCode.unlikeShapes, "`\(context.name)` adds inputs of unlike shapes", at: "inputs",
      notes: [context.producerNote(0), context.producerNote(other)],
      help: repair(inputs[0], inputs[other], context.producerName(other)),
      proposals: proposals(inputs[0], inputs[other], other, context))
    return nil
  }

  /// What the layers that make the inputs may be given: each is proved before it is said.
  private func proposals(
    _ first: TensorType, _ second: TensorType, _ other: Int, _ context: ShapeContext
  ) -> [Diagnostic.Proposal] {
    guard first.rank == second.rank, let wanted = first.extents.last, let given = second.extents.last else { return [] }
    let name = context.producerName(other)
    if first.extents.dropLast() != second.extents.dropLast() {
      let windows = [other, 0].compactMap { context.windowRepair(inProducer: $0) }
      let channels = [
        context.proposal(
          "`filters: \(wanted)` in `\(name)`", set: "filters", to: "\(wanted)", inProducer: other),
        context.proposal(
          "`filters: \(given)` in `\(context.producerName(0))`", set: "filters", to: "\(given)", inProducer: 0),
      ].compactMap(\.self)
      return wanted == given ? windows : windows.flatMap { window in channels.map { window.and($0) } }
    }
    return ["filters", "units"].flatMap { key in
      [
        context.proposal("`\(key): \(wanted)` in `\(name)`", set: key, to: "\(wanted)", inProducer: other),
        context.proposal(
          "`\(key): \(given)` in `\(context.producerName(0))`", set: key, to: "\(given)", inProducer: 0),
      ].compactMap(\.self)
    }
  }

  private func repair(_ first: TensorType, _ second: TensorType, _ name: String) -> String? {
    guard first.rank == 3, second.rank == 3 else { return nil }
    if first.extents.prefix(2) != second.extents.prefix(2) {
      return "`padding: same` and strides of 1 keep rows and columns as they are"
    }
    return
      "a convolution behind `\(name)` gives as many channels: `conv2d: {filters: \(first.extents[2]), kernel_size: 1}`"
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    builder.append(AddOperation(), inputs)
  }
}
