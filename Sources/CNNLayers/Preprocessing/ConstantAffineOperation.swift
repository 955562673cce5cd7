package import CNNGraph
internal import CNNKernels
package import CNNPlan

/// (x - centre) * scale + offset with numbers that the spec gives, repeated over a sample.
package struct ConstantAffineOperation: Operation {
  /// One number for each place of a stretch, which the sample consists of.
  package let scale: [Double]
  /// As many, or none: 0.
  package let centre, offset: [Double]

  package init(centre: [Double], scale: [Double], offset: [Double]) {
    self.centre = centre
    self.scale = scale
    self.offset = offset
  }

  package var name: String { "constant_affine" }
  package var attributes: [(name: String, value: String)] { [("numbers", "\(scale.count)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, !scale.isEmpty, operands[0].elementCount % scale.count == 0,
      [0, scale.count].contains(centre.count), [0, scale.count].contains(offset.count)
    else { return nil }
    return operands
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 2 * results[0].elementCount) }
}

extension ConstantAffineOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(ConstantAffineOperation(centre: [], scale: scale, offset: []), [context.resultGradient])]
  }
}

extension ConstantAffineOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "scale and offset by place", .images,
        ConstantAffineCall(
          table: binding.kernels, count: binding.sizes.operands[0].elementCount, centre: centre.map { Float($0) },
          scale: scale.map { Float($0) }, offset: offset.map { Float($0) }, x: binding.operands[0],
          y: binding.results[0]))
    ]
  }
}

/// Numbers of a spec over the extents of a sample.
struct SpreadNumbers {
  private let pattern: BroadcastPattern
  private let repeats: Int

  /// - Parameter given: the numbers' extents, of the sample's rank, each the sample's or 1.
  init(_ given: [Int], over extents: [Int]) {
    pattern = BroadcastPattern(given, in: extents)
    // A kernel takes a row at a time: a few channels are put side by side, as many times as whole axes allow.
    var (covered, repeats) = (1, 1)
    for extent in extents.reversed() {
      if covered >= pattern.period, covered < Self.worthARow { repeats *= extent }
      covered *= extent
      if covered == pattern.period { repeats = 1 }
    }
    self.repeats = repeats
  }

  private static let worthARow = 64

  func values(_ numbers: [Double]) -> [Double] {
    let period = pattern.expanded(numbers)
    return (0..<repeats).flatMap { _ in period }
  }
}
