package import CNNGraph
package import CNNSpec

/// The values of a sample in the same order under another shape; one extent may be `-1`, and takes what is left.
///
///     input [N, ...]    output [N, ...], as many values
///
/// Matches Keras 3: `keras/src/layers/reshaping/reshape.py`.
package struct Reshape: Layer {
  /// At most one is `nil`.
  private let targetShape: [Int?]

  private static let targetShape = Argument<[Int]>(
    "target_shape",
    .list(
      of: .positiveIntegerOrMinusOne(text: "a positive integer, or `-1` for what is left"),
      text: "the extents without the batch, such as `[7, 7, 64]`", atMost: 8),
    doc: "The extents without the batch; `-1` stands for whatever is left")

  package static let kind = "reshape"
  package static let className = "Reshape"
  package static let summary = "Gives the values of a sample another shape"
  package static let mainArgument: String? = "target_shape"
  package static let arguments: [any ArgumentDescription] = [targetShape]

  package init?(_ fields: inout FieldReader) {
    guard let shape = fields.read(Self.targetShape) else { return nil }
    if shape.count(where: { $0 == -1 }) > 1 {
      fields.report(
        SpecCode.badExtents, "only one extent of `target_shape` can be left open with `-1`", at: "target_shape",
        help: "write the others as numbers")
      return nil
    }
    targetShape = shape.map { $0 == -1 ? nil : $0 }
  }

  package var outputActivation: Activation? { nil }

  package var traits: LayerTraits {
    LayerTraits {
      $0.isAffine = true
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    if let extents = extents(for: inputs[0].elementCount) { return inputs[0].with(extents: extents) }
    let count = inputs[0].elementCount
    let text = "[" + targetShape.map { $0.map(String.init) ?? "-1" }.joined(separator: ", ") + "]"
    let known = SizeLimits.elementCount(targetShape.compactMap(\.self))
    let isOpen = targetShape.contains(nil)
    context.report(
      SpecCode.reshape,
      "`\(context.name)` cannot make \(text) of the \(count) values of a sample", at: "target_shape",
      label: known.map { isOpen ? "\(count) is not a multiple of \($0)" : "\($0) values" } ?? "too many values",
      notes: [context.inputNote()],
      help: isOpen || targetShape.count == 1 ? "`target_shape: [-1]` takes all of them" : openedExtent(for: count))
    return nil
  }

  /// A repair that leaves one extent open, if the others divide the count.
  private func openedExtent(for count: Int) -> String? {
    for index in targetShape.indices.reversed() {
      var opened = targetShape
      opened[index] = nil
      guard let others = SizeLimits.elementCount(opened.compactMap(\.self)), count % others == 0 else { continue }
      let text = targetShape.indices.map { $0 == index ? "\(count / others)" : "\(targetShape[$0] ?? 1)" }
      return "write `target_shape: [\(text.joined(separator: ", "))]`"
    }
    return "write `target_shape: [-1]` for all of them in a row"
  }

  /// The extents of as many values; `nil` where they do not come out even.
  private func extents(for count: Int) -> [Int]? {
    guard let known = SizeLimits.elementCount(targetShape.compactMap(\.self)), count % known == 0 else { return nil }
    guard targetShape.contains(nil) || known == count else { return nil }
    return targetShape.map { $0 ?? count / known }
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    guard let extents = extents(for: builder.type(of: inputs[0]).elementCount) else {
      preconditionFailure("\(builder.layer): a shape that was checked holds \(builder.type(of: inputs[0]))")
    }
    return builder.append(ReshapeOperation(extents: extents), [inputs[0]])
  }
}
