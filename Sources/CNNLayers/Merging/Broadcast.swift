internal import CNNDiagnostics
internal import CNNGraph
internal import CNNSpec

/// Shapes of merges that go element by element, as Keras computes them: extents are matched from the last axis on, and
/// an axis of extent 1, or one that is missing, is repeated.
///
///     [H, W, C] with [1, 1, C] or [C]      [H, 1, C] with [1, W, C]      both give [H, W, C]
enum Broadcast {
  /// `nil` where two extents are neither alike nor 1.
  static func extents(_ first: [Int], _ second: [Int]) -> [Int]? {
    let rank = max(first.count, second.count)
    var result: [Int] = []
    for (a, b) in zip(padded(first, to: rank), padded(second, to: rank)) {
      guard a == b || a == 1 || b == 1 else { return nil }
      result.append(max(a, b))
    }
    return result
  }

  private static func padded(_ extents: [Int], to rank: Int) -> [Int] {
    Array(repeating: 1, count: rank - extents.count) + extents
  }
}

extension ShapeContext {
  /// The type of inputs merged element by element; reports two that do not fit.
  ///
  /// - Parameter verb: completes "… inputs of unlike shapes": `adds`.
  mutating func merged(_ inputs: [TensorType], _ verb: String) -> TensorType? {
    var extents = inputs[0].extents
    for (index, input) in inputs.enumerated().dropFirst() {
      if let merged = Broadcast.extents(extents, input.extents) {
        extents = merged
        continue
      }
      // Each extent that is not 1 is an earlier input's.
      let other = inputs.prefix(index).firstIndex { Broadcast.extents($0.extents, input.extents) == nil } ?? 0
      report(
        SpecCode.unlikeShapes, "`\(name)` \(verb) inputs of unlike shapes", at: "inputs",
        notes: [producerNote(other), producerNote(index)],
        help: repair(inputs[other], input, producerName(index)),
        proposals: projections(from: input, to: inputs[other])
          + proposals(inputs[other], input, other, index))
      return nil
    }
    return inputs[0].with(extents: extents)
  }

  /// What the layers that make two of the inputs may be given: each is proved before it is said.
  private func proposals(
    _ first: TensorType, _ second: TensorType, _ one: Int, _ other: Int
  ) -> [Diagnostic.Proposal] {
    guard first.rank == second.rank, let wanted = first.extents.last, let given = second.extents.last else { return [] }
    func extents(_ key: String) -> [Diagnostic.Proposal] {
      [
        proposal("`\(key): \(wanted)` in `\(producerName(other))`", set: key, to: "\(wanted)", inProducer: other),
        proposal("`\(key): \(given)` in `\(producerName(one))`", set: key, to: "\(given)", inProducer: one),
      ].compactMap(\.self)
    }
    guard first.extents.dropLast() != second.extents.dropLast() else { return extents("filters") + extents("units") }
    let windows = [other, one].flatMap { windowRepairs(inProducer: $0) }
    return wanted == given ? windows : windows.flatMap { window in extents("filters").map { window.and($0) } }
  }

  private func repair(_ first: TensorType, _ second: TensorType, _ name: String) -> String? {
    guard first.rank == 3, second.rank == 3 else { return nil }
    if Broadcast.extents(Array(first.extents.prefix(2)), Array(second.extents.prefix(2))) == nil {
      return "`padding: same` and strides of 1 keep rows and columns as they are"
    }
    return
      "a convolution behind `\(name)` gives as many channels: `conv2d: {filters: \(first.extents[2]), kernel_size: 1}`"
  }
}

extension GraphBuilder {
  /// The inputs under one shape; those that have it stay as they are.
  mutating func broadcast(_ inputs: [ValueID]) -> [ValueID] {
    let types = inputs.map(type(of:))
    let extents = types.dropFirst().reduce(types[0].extents) { extents, type in
      guard let merged = Broadcast.extents(extents, type.extents) else {
        preconditionFailure("\(layer): inputs that were checked fit: \(types)")
      }
      return merged
    }
    return zip(inputs, types).map { input, type in
      if type.extents == extents { return input }
      if type.elementCount == extents.reduce(1, *) { return append(ReshapeOperation(extents: extents), [input]) }
      return append(BroadcastOperation(extents: extents), [input])
    }
  }

  /// Inputs under one shape, merged by an operation of two: `((a * b) * c)`, as Keras does it.
  mutating func fold(_ operation: any Operation, _ inputs: [ValueID]) -> ValueID {
    let values = broadcast(inputs)
    return values.dropFirst().reduce(values[0]) { append(operation, [$0, $1]) }
  }
}
