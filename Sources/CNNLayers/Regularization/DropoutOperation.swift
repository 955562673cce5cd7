package import CNNGraph

/// Inverted dropout: each value is kept with probability 1 - rate and scaled by 1 / (1 - rate).
///
/// The mask is a function of seed, step, sample and place, drawn again for the gradient; `stream` tells
/// the layers apart.
package struct DropoutOperation: Operation {
  package let rate: Double
  package let stream: UInt32

  package init(rate: Double, stream: UInt32) {
    self.rate = rate
    self.stream = stream
  }

  package var name: String { "dropout" }
  package var attributes: [(name: String, value: String)] { [("rate", "\(rate)"), ("stream", "\(stream)")] }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? operands : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension DropoutOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(self, [context.resultGradient])]
  }
}
