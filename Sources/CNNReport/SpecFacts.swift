/// What a comparison knows of a spec.
package struct SpecFacts: Sendable, Equatable {
  package let title: String
  package let layers: [Layer]
  /// Everything but the layers, with defaults: `training.optimizer.adam.learning_rate` and `0.001`.
  package let settings: [Setting]
  package let parameters, trainableParameters: Int
  /// `nil` where the model is too large to be computed.
  package let flops: Int?
  /// Bytes of a training step and of a prediction on one thread; `nil` where there is none.
  package let trainingMemory, inferenceMemory: Int?

  package init(
    title: String, layers: [Layer], settings: [Setting], parameters: Int, trainableParameters: Int, flops: Int?,
    trainingMemory: Int?, inferenceMemory: Int?
  ) {
    self.title = title
    self.layers = layers
    self.settings = settings
    self.parameters = parameters
    self.trainableParameters = trainableParameters
    self.flops = flops
    self.trainingMemory = trainingMemory
    self.inferenceMemory = inferenceMemory
  }

  package struct Setting: Sendable, Equatable {
    package let path: String
    package let value: String

    package init(_ path: String, _ value: String) {
      self.path = path
      self.value = value
    }
  }

  package struct Weight: Sendable, Hashable {
    /// Without the layer: `kernel`.
    package let name: String
    package let extents: [Int]

    package init(_ name: String, _ extents: [Int]) {
      self.name = name
      self.extents = extents
    }

    var count: Int { extents.reduce(1, *) }
  }

  package struct Layer: Sendable, Equatable {
    package let name: String
    /// Whether the author gave it its name.
    package let isNamed: Bool
    package let kind: String
    package let className: String
    /// With defaults; neither name nor inputs.
    package let arguments: [Setting]
    /// `nil` for the layer before.
    package let inputs: [String]?
    package let outputShape: [Int]
    package let weights: [Weight]
    package let parameterCount: Int
    package let flops: Int?

    package init(
      name: String, isNamed: Bool, kind: String, className: String, arguments: [Setting], inputs: [String]?,
      outputShape: [Int], weights: [Weight], parameterCount: Int, flops: Int?
    ) {
      self.name = name
      self.isNamed = isNamed
      self.kind = kind
      self.className = className
      self.arguments = arguments
      self.inputs = inputs
      self.outputShape = outputShape
      self.weights = weights
      self.parameterCount = parameterCount
      self.flops = flops
    }

    var title: String { "\(name) (\(className))" }
    /// `24x24x32`
    var shapeText: String { outputShape.map(String.init).joined(separator: "x") }
  }
}
