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
  /// What a loss is measured against: a class index a sample, or the values aimed at.
  package let labels: TensorType

  /// Keras's default batch.
  package static let defaultBatchSize = 32

  package init(_ spec: Spec, compiler: Compiler = Compiler(), batchSize: Int? = nil, labels: TensorType = .classIndex) {
    self.spec = spec
    self.labels = labels
    self.compiler = compiler
    self.batchSize = batchSize ?? spec.training?.batchSize.value ?? Self.defaultBatchSize
  }

  /// Losses, gradients, update; `nil` without a section `training`.
  ///
  /// - Parameters:
  ///   - other: labels of another kind than the model's.
  ///   - classWeights: a factor on the loss of each class, which the data may decide; empty for 1.
  package func trainingPlan(labels other: TensorType? = nil, classWeights: [Float] = []) -> Plan? {
    guard let training = spec.training else { return nil }
    var settings = LossSettings(training.loss.value)
    settings.classWeights = classWeights
    let graph = compiler.trainingGraph(
      forward(.training), loss: training.loss.value.kind, settings: settings, labels: other ?? labels,
      givesPredictions: MetricTotals(metrics).readsPredictions)
    return compiler.plan(graph, purpose: .training, batch: batchSize, update: training.optimizer.value.rule)
  }

  /// Losses and hits of given weights; `nil` without a section `training`.
  ///
  /// - Parameter givesPredictions: whether the model's output is a third output, whatever the metrics read.
  package func evaluationPlan(labels other: TensorType? = nil, givesPredictions: Bool = false) -> Plan? {
    guard let training = spec.training else { return nil }
    let graph = compiler.evaluationGraph(
      forward(.inference), loss: training.loss.value.kind, settings: LossSettings(training.loss.value),
      labels: other ?? labels, givesPredictions: givesPredictions || MetricTotals(metrics).readsPredictions)
    return compiler.plan(graph, purpose: .inference, batch: batchSize)
  }

  /// What is measured beside the loss.
  package var metrics: [Metric] {
    let width = spec.model.outputType.elementCount
    return spec.training?.metrics.map { Metric($0.value, width: width) } ?? []
  }

  /// The model's output.
  package func predictionPlan() -> Plan {
    compiler.plan(compiler.inferenceGraph(forward(.inference)), purpose: .inference, batch: batchSize)
  }

  /// Operations of one sample's prediction, an addition and a multiplication counting as one each.
  package var flops: Int { forward(.inference).cost.flops }

  /// The operations of the model behind what `data` asks for, unfused; its output is the graph's only one.
  package func forward(_ purpose: Purpose) -> Graph {
    let graph = spec.model.graph(purpose: purpose).graph
    guard let factor = spec.data?.rescale?.value else { return graph }
    return TransformInput(RescalingOperation(scale: factor, offset: 0)).run(graph)
  }
}

extension TensorType {
  /// One class a sample.
  package static let classIndex = TensorType([1], element: .int32)
}

extension Dataset {
  /// What a plan is to expect as labels of these samples.
  package var labelType: TensorType {
    targets.isEmpty ? .classIndex : TensorType([targets.count / max(1, count)])
  }
}
