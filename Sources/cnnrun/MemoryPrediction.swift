import ArgumentParser
import CNNGraph
import CNNLayers
import CNNPlan
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// What a spec's steps take of memory at a batch size: what the planner lays out, before anything is allocated.
struct MemoryPrediction {
  let spec: Spec
  let compiler: Compiler
  let threads: Int

  /// Batch sizes that are looked at.
  static let batches = 1...MemoryEstimate.mostLookedAt

  /// - Parameter limit: bytes; the largest batch within them is looked for if there is one.
  func estimate(_ job: MemoryEstimate.Job, batch: Int, limit: Int?) -> MemoryEstimate {
    MemoryEstimate(
      job: job, batch: batch, threads: threads, parts: parts(job, batch: batch),
      largestBatch: limit.map { limit in
        MemoryBudget.largestBatch(upTo: Self.batches.upperBound) { batch in
          parts(job, batch: batch).reduce(0) { $0 + $1.byteCount } <= limit
        }
      })
  }

  /// What the data is likely to have, which nobody has looked at: several values a sample where several are learned from a
  /// source that can hold them.
  private var labels: TensorType {
    guard spec.training?.loss.value.kind.isOfValues == true else { return .classIndex }
    switch spec.data?.source.value {
    case .csv(let csv)? where csv.labels.count > 1: return TensorType([csv.labels.count])
    case .npy?, .npz?: return TensorType([spec.model.outputType.elementCount])
    default: return .classIndex
    }
  }

  private func parts(_ job: MemoryEstimate.Job, batch: Int) -> [MemoryEstimate.Part] {
    let compiled = CompiledModel(spec, compiler: compiler, batchSize: batch, labels: labels)
    let training = job == .training ? compiled.trainingPlan() : nil
    let plan = training ?? compiled.predictionPlan()
    let sizes = plan.sizes
    let gradients = sizes.gradients * plan.decomposition.pieces
    let workspace = sizes.workspace * threads
    var parts = [
      MemoryEstimate.Part("weights", sizes.parameters), .init("optimizer", sizes.optimizer),
      .init("gradients", gradients),
      .init("values", plan.scratchByteCount(workers: threads) - gradients - workspace), .init("workspace", workspace),
    ]
    guard let training else { return parts }
    // A run evaluates between its epochs in the room of the steps, and has more only where those need less. Of test samples
    // it looks at the outputs, for its report.
    let (session, copies) = MemoryBudget.trainingByteCount(
      training: training, evaluation: compiled.evaluationPlan(givesPredictions: spec.data?.split.test != nil),
      threads: threads)
    parts.append(.init("evaluation", session - plan.byteCount(workers: threads)))
    parts.append(.init("copies of weights", copies))
    return parts
  }
}

/// `64MiB`, `1.5 GB`, `1000000`: bytes as an option takes them.
struct MemoryAmount: ExpressibleByArgument {
  let byteCount: Int

  private static let units = [
    "": 1.0, "B": 1, "kB": 1e3, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20,
    "GiB": 0x1p30, "TiB": 0x1p40,
  ]

  init?(argument: String) {
    let digits = argument.prefix { $0.isNumber || $0 == "." }
    let unit = argument.dropFirst(digits.count).drop { $0 == " " }
    guard let number = Double(digits), let factor = Self.units[String(unit)], number > 0, number * factor <= 0x1p60
    else { return nil }
    byteCount = Int(number * factor)
  }

  init(byteCount: Int) { self.byteCount = byteCount }
}
