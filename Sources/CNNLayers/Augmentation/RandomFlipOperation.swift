package import CNNGraph
package import CNNKernels
package import CNNPlan

/// Each sample as it is, or mirrored: a function of seed, step and sample, and its own gradient.
package struct RandomFlipOperation: Operation {
  package let isHorizontal, isVertical: Bool
  package let stream: RandomStream

  package init(isHorizontal: Bool, isVertical: Bool, stream: RandomStream) {
    self.isHorizontal = isHorizontal
    self.isVertical = isVertical
    self.stream = stream
  }

  package var name: String { "random_flip" }
  package var attributes: [(name: String, value: String)] {
    [("mode", isHorizontal ? isVertical ? "horizontal_and_vertical" : "horizontal" : "vertical")] + stream.attributes
  }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && operands[0].rank == 3 ? operands : nil
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { .none }
}

extension RandomFlipOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(self, [context.resultGradient])]
  }
}

extension RandomFlipOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [
      BoundCall(
        "random flip", .images,
        RandomFlipCall(
          image: binding.sizes.operands[0].image, isHorizontal: isHorizontal, isVertical: isVertical, stream: stream,
          source: binding.operands[0], target: binding.results[0]))
    ]
  }
}
