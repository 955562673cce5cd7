package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// Transposes each of a sample's `blocks` matrices `[rows][columns]`: two runs of neighbouring axes change places.
///
/// What works on the last axes alone works on others between two of these.
package struct AxisSwapOperation: Operation {
  package let blocks, rows, columns: Int
  /// Of the result.
  package let extents: [Int]

  package init(blocks: Int, rows: Int, columns: Int, extents: [Int]) {
    self.blocks = blocks
    self.rows = rows
    self.columns = columns
    self.extents = extents
  }

  package var name: String { "axis_swap" }
  package var attributes: [(name: String, value: String)] { [("matrices", "\(blocks)x\(rows)x\(columns)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    let count = blocks * rows * columns
    guard operands.count == 1, operands[0].elementCount == count, extents.reduce(1, *) == count else { return nil }
    return [operands[0].with(extents: extents)]
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }

  /// What makes `extents` of the result again.
  func inverse(extents: [Int]) -> AxisSwapOperation {
    AxisSwapOperation(blocks: blocks, rows: columns, columns: rows, extents: extents)
  }
}

extension AxisSwapOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(inverse(extents: builder.type(of: context.operands[0]).extents), [context.resultGradient])]
  }
}

extension AxisSwapOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "transpose", .images,
        AxisSwapCall(
          table: binding.kernels, blocks: blocks, rows: rows, columns: columns, x: binding.operands[0],
          y: binding.results[0]))
    ]
  }
}

extension GraphBuilder {
  /// Runs `body` on a value whose extents `indices` are its last ones, in their order, and puts them back afterwards.
  mutating func withLastAxes(
    _ indices: [Int], of value: ValueID, _ body: (inout GraphBuilder, ValueID) -> ValueID
  ) -> ValueID {
    var extents = type(of: value).extents
    var isMeant = extents.indices.map(indices.contains)
    var undo: [AxisSwapOperation] = []
    var moved = value
    func swap(_ first: Range<Int>, _ second: Range<Int>, _ builder: inout GraphBuilder) {
      let blocks = extents[..<first.lowerBound].reduce(1, *)
      let (rows, columns) = (extents[first].reduce(1, *), extents[second].reduce(1, *))
      let old = extents
      extents.replaceSubrange(
        first.lowerBound..<second.upperBound, with: Array(extents[second]) + Array(extents[first]))
      isMeant.replaceSubrange(
        first.lowerBound..<second.upperBound, with: Array(isMeant[second]) + Array(isMeant[first]))
      let operation = AxisSwapOperation(blocks: blocks, rows: rows, columns: columns, extents: extents)
      undo.append(operation.inverse(extents: old))
      moved = builder.append(operation, [moved])
    }
    // A run that is meant changes places with all that follows it; then what was meant there comes before it.
    while let start = isMeant.firstIndex(of: true), let next = isMeant[start...].firstIndex(of: false) {
      let end = isMeant[next...].firstIndex(of: true) ?? isMeant.count
      let run = next - start
      swap(start..<next, next..<extents.count, &self)
      // kept, behind, run: behind and run change places, and stand in their order again.
      let kept = start + (end - next)
      if end < extents.count { swap(kept..<extents.count - run, extents.count - run..<extents.count, &self) }
    }
    var result = body(&self, moved)
    for operation in undo.reversed() { result = append(operation, [result]) }
    return result
  }
}
