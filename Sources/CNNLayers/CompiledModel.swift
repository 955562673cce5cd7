package import CNNGraph
package import CNNKernels
package import CNNPlan
package import CNNSession
package import CNNSpec

/// The plans of a spec: what it takes to train, evaluate and use its model.
package struct CompiledModel: Sendable {
  package let spec: Spec
  package let compiler: Compiler
  /// Samples a step takes at most.
  package let batchSize: Int

  /// Keras's default batch.
  package static let defaultBatchSize = 32

  package init(_ spec: Spec, compiler: Compiler = Compiler(), batchSize: Int? = nil) {
    self.spec = spec
    self.compiler = compiler
    self.batchSize = batchSize ?? spec.training?.batchSize.value ?? Self.defaultBatchSize
  }

  /// Losses, gradients, update; `nil` without a section `training`.
  ///
  /// - Parameter labels: a class index a sample, or the values aimed at.
  package func trainingPlan(labels: TensorType = .classIndex) -> Plan? {
    guard let training = spec.training else { return nil }
    let graph = compiler.trainingGraph(
      forward(.training), loss: LossKind(training.loss.value), labels: labels)
    return compiler.plan(graph, purpose: .training, batch: batchSize, update: training.optimizer.value.rule)
  }

  /// Losses and hits of given weights; `nil` without a section `training`.
  package func evaluationPlan(labels: TensorType = .classIndex) -> Plan? {
    guard let training = spec.training else { return nil }
    let graph = compiler.evaluationGraph(
      forward(.inference), loss: LossKind(training.loss.value), labels: labels)
    return compiler.plan(graph, purpose: .inference, batch: batchSize)
  }

  /// The model's output.
  package func predictionPlan() -> Plan {
    compiler.plan(compiler.inferenceGraph(forward(.inference)), purpose: .inference, batch: batchSize)
  }

  /// Operations of one sample's prediction, an addition and a multiplication counting as one each.
  package var flops: Int { forward(.inference).cost.flops }

  private func forward(_ purpose: Purpose) -> Graph {
    let graph = spec.model.graph(purpose: purpose).graph
    guard let factor = spec.data?.rescale?.value else { return graph }
    return TransformInput(RescalingOperation(scale: factor, offset: 0)).run(graph)
  }
}

extension TensorType {
  /// One class a sample.
  package static let classIndex = TensorType([1], element: .int32)
}

extension LossKind {
  package init(_ loss: TrainingSpec.Loss) {
    self =
      switch loss {
      case .categoricalCrossentropy: .categoricalCrossentropy
      case .sparseCategoricalCrossentropy: .sparseCategoricalCrossentropy
      case .binaryCrossentropy: .binaryCrossentropy
      case .meanSquaredError: .meanSquaredError
      }
  }
}

extension OptimizerSpec {
  package var rule: OptimizerSweep.Rule {
    switch self {
    case .adam(let adam): .adam(beta1: adam.beta1, beta2: adam.beta2, epsilon: Float(adam.epsilon))
    case .sgd(let sgd): .sgd(momentum: Float(sgd.momentum), nesterov: sgd.nesterov)
    }
  }
}

extension OptimizerSpec {
  package var schedule: LearningRateSchedule { .constant(Float(learningRate)) }
}

extension Metric {
  package init(_ metric: TrainingSpec.Metric) {
    switch metric {
    case .accuracy: self = .accuracy
    }
  }
}
