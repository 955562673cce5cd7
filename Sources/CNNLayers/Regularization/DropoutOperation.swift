package import CNNGraph
package import CNNKernels

/// Inverted dropout: each value is kept with probability 1 - rate and scaled by 1 / (1 - rate).
///
/// The mask is a function of seed, step, sample and place, drawn again for the gradient; `stream` tells
/// the layers apart.
package struct DropoutOperation: Operation {
  package let rate: Double
  package let stream: RandomStream

  package init(rate: Double, stream: RandomStream) {
    self.rate = rate
    self.stream = stream
  }

  package var name: String { "dropout" }
  package var attributes: [(name: String, value: String)] { [("rate", "\(rate)")] + stream.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? operands : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension DropoutOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(self, [context.resultGradient])]
  }
}

/// Inverted dropout of whole stretches: one draw for all places that differ only along axes where the mask has 1.
package struct SharedDropoutOperation: Operation {
  package let rate: Double
  /// Of a sample's mask: each extent the operand's or 1.
  package let mask: [Int]
  /// Whether all samples of a batch share one mask.
  package let isOneForAll: Bool
  package let stream: RandomStream

  package init(rate: Double, mask: [Int], isOneForAll: Bool, stream: RandomStream) {
    self.rate = rate
    self.mask = mask
    self.isOneForAll = isOneForAll
    self.stream = stream
  }

  package var name: String { "shared_dropout" }
  package var attributes: [(name: String, value: String)] {
    [("rate", "\(rate)"), ("mask", "\(isOneForAll ? "1" : "N")x" + mask.map(String.init).joined(separator: "x"))]
      + stream.attributes
  }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    guard operands.count == 1, operands[0].rank == mask.count,
      zip(mask, operands[0].extents).allSatisfy({ $0 == $1 || $0 == 1 })
    else { return nil }
    return operands
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: results[0].elementCount) }
}

extension SharedDropoutOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(self, [context.resultGradient])]
  }
}

/// x + deviation * z, z standard normal, a function of seed, step, sample and place.
package struct GaussianNoiseOperation: Operation {
  package let deviation: Double
  package let stream: RandomStream

  package init(deviation: Double, stream: RandomStream) {
    self.deviation = deviation
    self.stream = stream
  }

  package var name: String { "gaussian_noise" }
  package var attributes: [(name: String, value: String)] { [("stddev", "\(deviation)")] + stream.attributes }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { operands.count == 1 ? operands : nil }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 2 * results[0].elementCount) }
}

extension GaussianNoiseOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [context.resultGradient]
  }
}

extension RandomStream {
  /// In dumps.
  var attributes: [(name: String, value: String)] {
    [("stream", "\(number)")] + (seed.map { [("seed", "\($0)")] } ?? [])
  }
}
