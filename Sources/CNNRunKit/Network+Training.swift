internal import CNNKernels
internal import CNNLayers
internal import CNNModel
internal import CNNSession
internal import CNNSpec

extension Network {
  /// What an epoch came to.
  public struct Epoch: Sendable, Equatable {
    /// From 1.
    public let number: Int
    /// `loss`, the metrics by their names, and the same of the validation: `val_loss`.
    public let values: [String: Double]
  }

  /// Trains as the spec's section `training` says, from weights that its seed draws.
  ///
  /// The weights are those of the last epoch, bit for bit those of `cnnrun run` on the same samples, whatever the number
  /// of threads.
  ///
  /// - Parameters:
  ///   - images: samples of `inputShape`, one behind the other.
  ///   - labels: the class of each, from 0.
  ///   - classNames: one a class; numbers if empty.
  ///   - validation: samples and labels to measure after each epoch.
  ///   - onEpoch: hears how it goes; training ends where it returns false.
  /// - Throws: `.samples`; `.unsupported` for a spec without `training`, or with callbacks, class weights or initial
  ///   weights in it; `.run`
  public func train(
    images: [Float], labels: [Int], classNames: [String] = [], validation: (images: [Float], labels: [Int])? = nil,
    onEpoch: (Epoch) -> Bool = { _ in true }
  ) throws(NetworkError) -> TrainedNetwork {
    guard let training = spec.training else { throw .unsupported("the spec has no section `training`") }
    guard training.callbacks.isEmpty, training.classWeight == nil, training.initialWeights == nil else {
      throw .unsupported("`callbacks`, `class_weight` and `initial_weights` are for the command")
    }
    let dataset = try samples(images, labels, classNames)
    var measured: Dataset?
    if let validation { measured = try samples(validation.images, validation.labels, classNames) }
    let compiled = CompiledModel(
      spec, batchSize: min(training.batchSize.value, max(dataset.count, measured?.count ?? 0)))
    guard let plan = compiled.trainingPlan() else { throw .unsupported("the spec has no section `training`") }
    let settings = TrainingSettings(
      epochs: training.epochs.value, batchSize: training.batchSize.value, shuffles: training.shuffle,
      schedule: training.optimizer.value.schedule, metrics: compiled.metrics)
    let seed = UInt64(training.seed)
    do throws(SessionError) {
      var session = try Session(
        training: plan, evaluation: compiled.evaluationPlan(), threadCount: WorkerPool.availableProcessors, seed: seed)
      session.weights = plan.graph.parameters.enumerated().map { index, parameter in
        parameter.declaration.initializer.values(parameter, index: index, seed: seed)
      }
      var position = TrainingPosition(settings.metrics)
      return try withoutActuallyEscaping(onEpoch) { onEpoch throws(SessionError) in
        var observer = EpochObserver(onEpoch: onEpoch)
        let clock = ContinuousClock()
        let start = clock.now
        _ = try Trainer(settings).run(
          &session, from: &position, training: dataset, validation: measured, observer: &observer,
          clock: { Double((clock.now - start).components.seconds) })
        session.applyAverage()
        return TrainedNetwork(TrainedModel(spec: spec, classNames: classNames, weights: session.weights))
      }
    } catch { throw .run(error.message) }
  }

  private func samples(
    _ images: [Float], _ labels: [Int], _ classNames: [String]
  ) throws(NetworkError) -> Dataset {
    let outputs = outputShape.reduce(1, *)
    guard outputShape.count == 1 else { throw .samples("a label is one class, and the output is \(outputShape)") }
    let classes = outputs == 1 ? 2 : outputs
    if let label = labels.first(where: { !(0..<classes).contains($0) }) {
      throw .samples("\(label) is no class of a network with \(outputs) outputs")
    }
    return try Dataset(images, shape: inputShape, labels: labels, classNames: classNames)
  }
}

/// Tells the caller of each epoch.
private struct EpochObserver: TrainingObserver {
  let onEpoch: (Network.Epoch) -> Bool
  var learningRate: Float? { nil }
  var wantsStop: Bool { false }

  mutating func epochBegan(_ position: TrainingPosition, steps: Int) {}
  mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {}
  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool {
    onEpoch(
      Network.Epoch(
        number: result.epoch, values: Dictionary(result.values.map { ($0.name, $0.value) }) { first, _ in first }))
      && session.hasFiniteWeights
  }
}
