internal import CNNGraph
internal import CNNKernels

extension ParameterLayout {
  /// The penalties of trainable weights; those of frozen ones are no part of the loss, as in Keras.
  func penalties(on parameters: [Parameter]) -> [WeightPenalty] {
    parameters.indices.compactMap { index in
      let declaration = parameters[index].declaration
      guard declaration.isTrainable, let regularizer = declaration.regularizer else { return nil }
      let start = offsets[index] / 4
      return WeightPenalty(
        range: start..<start + parameters[index].elementCount, l1: Float(regularizer.l1), l2: Float(regularizer.l2))
    }
  }
}

extension Graph {
  /// Whether it measures a loss, which penalties are part of: then it reads labels.
  var measuresLoss: Bool {
    values.contains { value in
      if case .input(.labels) = value.origin { true } else { false }
    }
  }
}
