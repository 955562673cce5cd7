import CNNDiagnostics
import CNNKernels
import CNNLayers
import CNNModel
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// A trained model measured on samples whose classes are known.
struct Evaluation {
  let input: TrainedInput
  let samples: EvaluationSamples
  let batchSize: Int?
  let threads: Int
  let kernels: KernelTable
  let console: Console

  private var spec: Spec { samples.loaded.spec }

  /// What every evaluation of the model measures, in the order of its report.
  static func figureNames(of input: TrainedInput) -> [String] {
    let own = input.loaded.spec.training?.measuredNames ?? []
    let isOfClasses = OutputMeaning(of: input.model.spec, classNames: input.model.classNames).isOfClasses
    let ofClasses = ClassificationEvaluation(classNames: [], width: 1).figures
    // Where no training says what outputs are, the samples do.
    let further =
      isOfClasses
      ? ofClasses : (input.loaded.spec.training == nil ? ofClasses : []) + ValueErrors(width: 1).figures
    return own + further.map(\.name).filter { !own.contains($0) }
  }

  /// - Throws: an `Exit` after what kept it from being done was told.
  func run() throws -> EvaluationReport {
    let width = spec.model.outputType.elementCount
    let dataset = samples.dataset
    let meaning = OutputMeaning(
      of: spec, classNames: spec.training == nil ? names : input.model.classNames,
      largestLabel: Int(dataset.labels.max() ?? 0))
    var classes =
      meaning.isOfClasses && dataset.targets.isEmpty ? ClassificationEvaluation(classNames: names, width: width) : nil
    var errors = ValueErrors(width: width)
    let took = { (outputs: [Float], range: Range<Int>) in
      classes?.add(labels: dataset.labels[range], outputs: meaning.confidences(outputs, width: width))
      if classes == nil { errors.add(dataset, range, outputs: outputs) }
    }
    let own: [NamedValue]
    do throws(SessionError) {
      own = try measure(dataset, took)
    } catch {
      if let fault = samples.loaded.data?.faultOfSample(error), samples.split != nil {
        samples.loaded.report([fault], console: console)
      } else {
        console.fail(error.message, help: error.help)
      }
      throw Exit(.failed)
    }
    let further = (classes?.figures ?? errors.figures).filter { figure in
      !own.contains { $0.name == figure.name }
    }
    var report = EvaluationReport(
      weights: input.weights, run: input.run?.path, source: samples.description, split: samples.splitText,
      sampleCount: dataset.count, figures: own.map { ($0.name, $0.value) } + further, classes: classes)
    report.areSamplesChanged = samples.areChanged
    if classes == nil, width > 1 {
      report.columns = zip(spec.valueNames, errors.columns).map { name, errors in
        .init(
          name: name, meanAbsoluteError: errors.meanAbsoluteError, rootMeanSquaredError: errors.rootMeanSquaredError)
      }
    }
    return report
  }

  /// Those of the model, or of the samples where weights came without.
  private var names: [String] {
    input.model.classNames.isEmpty ? samples.dataset.classNames : input.model.classNames
  }

  /// Loss and metrics as a run has them; none where there is no training to say what they are.
  private func measure(
    _ dataset: Dataset, _ took: @escaping ([Float], Range<Int>) -> Void
  ) throws(SessionError) -> [NamedValue] {
    let size = batchSize ?? spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize
    let compiled = CompiledModel(
      spec, compiler: Compiler(kernels: kernels), batchSize: max(1, min(size, dataset.count)),
      labels: dataset.labelType)
    guard let plan = compiled.evaluationPlan(givesPredictions: true) else {
      var predictor = try Predictor(
        input.model, batchSize: compiled.batchSize, threads: threads, kernels: kernels)
      try predictor.predict(dataset, took: took)
      return []
    }
    var session = try Session(training: nil, evaluation: plan, threadCount: threads, seed: 0)
    session.weights = input.model.weights
    let trainer = Trainer(
      TrainingSettings(
        epochs: 1, batchSize: size, shuffles: false, schedule: .constant(0), metrics: compiled.metrics))
    return try trainer.evaluate(&session, dataset, took: took).values
  }

  /// Contracts of the spec on the split that was measured, which do not hold.
  func broken(by figures: [(name: String, value: Double)]) -> [Diagnostic] {
    guard let prefix = samples.split?.prefix else { return [] }
    var bag = DiagnosticBag()
    for expectation in samples.loaded.spec.expectations.items {
      guard case .metric(let name) = expectation.subject,
        let figure = figures.first(where: { "\(prefix)\($0.name)" == name })
      else { continue }
      bag.add(contentsOf: expectation.check(figure.value))
    }
    return bag.sorted
  }
}
