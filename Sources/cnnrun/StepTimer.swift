import CNNKernels
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// Times each step of a training step's plan for a report: a few runs, in no more memory than training took.
struct StepTimer {
  let spec: Spec
  let kernels: KernelTable
  let threads: Int

  /// Of each step, after one that touches the memory.
  private static let runs = 3
  /// Where a training step takes more seconds than this, each step is run once, on fewer samples.
  private static let longStep = 1.0

  /// - Parameters:
  ///   - weights: what was trained, where it is there.
  ///   - training: the samples of the training, where they are there.
  ///   - seconds: of a training step, as far as that is known.
  func times(weights: [[Float]]?, training: Dataset?, seconds: Double?) throws(SessionError) -> StepTimes {
    let compiler = Compiler(kernels: kernels)
    let compiled = CompiledModel(training: spec, compiler: compiler, on: training.map { [$0] } ?? [])
    let bench = ModelBench(
      spec, compiler: compiler, threads: threads, runs: (seconds ?? 0) > Self.longStep ? 1 : Self.runs,
      labels: compiled.labels, clock: { Clock.now })
    let room = Session.byteCount(
      training: compiled.trainingPlan(), evaluation: compiled.evaluationPlan(), threadCount: threads)
    // Steps that run one by one keep all pieces of a batch at once, which training does not.
    var most = training == nil ? spec.training?.batchSize.value ?? 1 : compiled.batchSize
    if let seconds, seconds > Self.longStep { most = max(1, Int(Double(most) * Self.longStep / seconds)) }
    let batch = max(1, MemoryBudget.largestBatch(upTo: most) { bench.byteCount(batch: $0) <= room })
    let steps = try bench.steps(batch: batch, weights: weights, on: training)
    return StepTimes(
      batch: batch, threads: threads,
      steps: steps.map {
        StepTimes.Step(name: $0.name, layer: $0.layer, seconds: $0.seconds, isBackward: $0.isBackward)
      })
  }
}
