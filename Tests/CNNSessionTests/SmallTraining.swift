import CNNDiagnostics
import CNNKernels
import CNNLayers
import CNNPlan
import CNNSession
import CNNSpec
import Testing

/// A small network with everything that a stopped run must take up again: dropout, moving statistics, Adam's moments,
/// shuffled samples, a short last batch.
struct SmallTraining {
  let model: CompiledModel
  let training: Plan
  let evaluation: Plan
  let data: Dataset
  let settings: TrainingSettings

  init(epochs: Int = 3, optimizer: String = "adam") throws {
    let text = """
      model:
        input: [6, 6, 1]
        layers:
          - conv2d: {filters: 3, kernel_size: 3, use_bias: false}
          - batch_normalization
          - relu
          - flatten
          - dropout: 0.4
          - dense: 3
          - softmax
      training: {optimizer: \(optimizer), loss: sparse_categorical_crossentropy, metrics: [accuracy], batch_size: 8}
      """
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    let loaded = try #require(spec, "\(FullRenderer(sources: sources).render(bag.sorted))")
    model = CompiledModel(loaded, compiler: Compiler(kernels: KernelTable(.best)))
    training = try #require(model.trainingPlan())
    evaluation = try #require(model.evaluationPlan())
    let count = 44
    data = Dataset(
      sampleShape: [6, 6, 1], storage: .floats((0..<count * 36).map { Float($0 * 7919 % 101) / 50 - 1 }),
      labels: (0..<count).map { Int32($0 % 3) }, classNames: ["a", "b", "c"], sourceIndices: Array(0..<count))
    settings = TrainingSettings(
      epochs: epochs, batchSize: 8, shuffles: true,
      schedule: try #require(loaded.training).optimizer.value.schedule, metrics: [.accuracy])
  }

  /// A session with the weights that training starts from.
  func session(threads: Int = 2) throws -> Session {
    var session = try Session(training: training, evaluation: evaluation, threadCount: threads, seed: 5)
    session.weights = training.graph.parameters.enumerated().map { index, parameter in
      parameter.declaration.initializer.values(parameter, index: index, seed: 5)
    }
    return session
  }

  /// Names and shapes are a session's; everything else is as a run that has just begun would say.
  func checkpoint(
    _ position: TrainingPosition, _ session: borrowing Session, history: RunHistory, kept: [Int] = [],
    end: RunEnd? = nil
  ) -> Checkpoint {
    Checkpoint(
      run: RunRecord(
        name: "small", spec: Array("model: …".utf8), specName: "spec.yaml", specDirectory: "/tmp", overrides: ["a=1"],
        resolved: "name: small\n", epochs: settings.epochs, dataDirectory: nil, logsSteps: false, startedAt: 12.5,
        instructionSet: "scalar",
        dataFingerprint: DataFingerprint(
          training: .init(value: 77, isSampled: false), validation: .init(value: 78, isSampled: true), test: nil),
        classNames: ["a", "b", "c"]),
      position: position, step: session.step, learningRate: nil, history: history, callbacks: [], files: [], end: end,
      tensors: session.tensors, optimizerFloatCount: session.optimizerStateCount, keptEpochs: kept)
  }
}

/// Trains to the end, or until it has seen so many steps.
struct Stepper: TrainingObserver {
  var history = RunHistory(metrics: ["accuracy"], validates: true)
  var stepsLeft = Int.max
  var learningRate: Float?

  mutating func epochBegan(_ position: TrainingPosition, steps: Int) {}
  mutating func stepEnded(_ position: TrainingPosition, own: Session.StepResult, session: borrowing Session) {
    stepsLeft -= 1
  }
  mutating func epochEnded(_ result: EpochResult, session: borrowing Session) -> Bool {
    history.append(EpochRecord(result, names: history.names))
    return true
  }
  var wantsStop: Bool { stepsLeft <= 0 }
}
