package import CNNDiagnostics
package import CNNYAML

/// The section `training`.
package struct TrainingSpec: Sendable {
  package var optimizer: Located<OptimizerSpec>
  package var loss: Located<Loss>
  package var metrics: [Metric]
  package var batchSize: Located<Int>
  package var epochs: Located<Int>
  package var shuffle: Bool
  /// 0 where none is written: the same spec trains the same weights.
  package var seed: Int
  /// A safetensors file beside the spec.
  package var initialWeights: Located<String>?
  package var callbacks: [CallbackSpec]
  package var keySpan: SourceSpan

  package enum Loss: String, Sendable, CaseIterable {
    case categoricalCrossentropy = "categorical_crossentropy"
    case sparseCategoricalCrossentropy = "sparse_categorical_crossentropy"
    case binaryCrossentropy = "binary_crossentropy"
    case meanSquaredError = "mean_squared_error"
  }

  package enum Metric: String, Sendable, CaseIterable {
    case accuracy
  }
}

/// How weights are updated, with Keras's defaults.
package enum OptimizerSpec: Sendable, Equatable {
  case adam(Adam)
  case sgd(SGD)

  package struct Adam: Sendable, Equatable {
    package var learningRate, beta1, beta2, epsilon: Double

    package init(learningRate: Double = 0.001, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-7) {
      self.learningRate = learningRate
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
    }
  }

  package struct SGD: Sendable, Equatable {
    package var learningRate, momentum: Double
    package var nesterov: Bool

    package init(learningRate: Double = 0.01, momentum: Double = 0, nesterov: Bool = false) {
      self.learningRate = learningRate
      self.momentum = momentum
      self.nesterov = nesterov
    }
  }

  package var name: String {
    switch self {
    case .adam: "adam"
    case .sgd: "sgd"
    }
  }

  package var learningRate: Double {
    switch self {
    case .adam(let adam): adam.learningRate
    case .sgd(let sgd): sgd.learningRate
    }
  }
}
