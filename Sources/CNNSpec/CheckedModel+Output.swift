package import CNNGraph

extension CheckedModel {
  /// The activation that the output comes out of, through layers that leave its nature as it is; `nil` where several layers'
  /// values are merged, or none of them has one.
  package var outputActivation: Activation? { CrossChecks.outputActivation(self)?.activation }

  /// Whether its outputs can be read as probabilities: they come out of a softmax or a sigmoid.
  package var endsInProbabilities: Bool {
    switch outputActivation {
    case .softmax?, .sigmoid?, .hardSigmoid?: true
    default: false
    }
  }
}
