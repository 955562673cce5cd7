package import CNNKernels
package import CNNLayers
package import CNNModel
package import CNNPlan
internal import CNNReport
internal import CNNSession

/// The memory that training or prediction may take: most of what is free, so that the system is never driven to kill it.
package struct MemoryBudget: Sendable {
  /// `nil` where the system does not say.
  package let byteCount: Int?

  /// - Parameter limit: what the person allows; four fifths of what is free otherwise.
  package init(limit: Int? = nil) { byteCount = limit ?? SpecData.memoryBudget }

  /// What is too much, before anything of it is allocated; `nil` if it fits.
  ///
  /// - Parameter needed: bytes for a batch of the given size.
  package func shortage(batch: Int, needed: (Int) -> Int) -> MemoryShortage? {
    guard let byteCount else { return nil }
    let wanted = needed(batch)
    if wanted <= byteCount { return nil }
    return MemoryShortage(
      batch: batch, needed: wanted, available: byteCount,
      largestBatch: Self.largestBatch(upTo: batch - 1) { needed($0) <= byteCount })
  }

  /// Bytes of a training that the budget is for: the session's, and those of copies of the weights (first or last ones, the
  /// best ones, a callback's, and a file of them being written). The program and the samples are there already.
  package static func trainingByteCount(
    training: Plan, evaluation: Plan?, threads: Int
  ) -> (session: Int, copies: Int) {
    (
      Session.byteCount(training: training, evaluation: evaluation, threadCount: threads), 4 * training.sizes.parameters
    )
  }

  /// What is too much of a training.
  ///
  /// - Parameters:
  ///   - training, evaluation: the model's plans.
  ///   - givesPredictions: whether the evaluation does.
  package func shortage(
    of model: CompiledModel, training: Plan, evaluation: Plan?, givesPredictions: Bool = false, threads: Int
  ) -> MemoryShortage? {
    shortage(batch: model.batchSize) { batch in
      let isOwn = batch == model.batchSize
      let other = CompiledModel(model.spec, compiler: model.compiler, batchSize: batch, labels: model.labels)
      let (session, copies) = Self.trainingByteCount(
        training: isOwn ? training : other.trainingPlan() ?? training,
        evaluation: isOwn ? evaluation : other.evaluationPlan(givesPredictions: givesPredictions), threads: threads)
      return session + copies
    }
  }

  /// The batch asked for, or one that there is room for.
  ///
  /// - Parameters:
  ///   - most: the largest where none is asked for.
  ///   - sampleByteCount: beside the predictor, for each sample of a batch.
  package func predictionBatch(
    _ asked: Int?, upTo most: Int = Self.usualPredictionBatch, of model: TrainedModel, sampleByteCount: Int = 0,
    threads: Int, kernels: KernelTable = KernelTable()
  ) throws(MemoryShortage) -> Int {
    func needed(_ batch: Int) -> Int {
      Predictor.byteCount(model, batchSize: batch, threads: threads, kernels: kernels) + sampleByteCount * batch
    }
    var batch = asked ?? most
    if asked == nil, let byteCount { while batch > 1, needed(batch) > byteCount { batch /= 2 } }
    if let shortage = shortage(batch: batch, needed: needed) { throw shortage }
    return batch
  }

  /// Samples that are predicted at a time where nobody says how many.
  package static let usualPredictionBatch = 64

  /// The largest batch that fits, 0 if not even one image does; what fits one batch fits every smaller one.
  package static func largestBatch(upTo bound: Int, fits: (Int) -> Bool) -> Int {
    var low = 0
    var high = bound
    while low < high {
      let middle = low + (high - low + 1) / 2
      if fits(middle) { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

/// Bytes that there are not.
package struct MemoryShortage: Error, Sendable, Equatable {
  package let batch: Int
  package let needed, available: Int
  /// 0 if not even one image fits.
  package let largestBatch: Int

  package var message: String {
    "a batch of \(batch) needs \(NumberFormat.byteSize(Double(needed))), and "
      + "\(NumberFormat.byteSize(Double(available))) may be used"
  }

  /// - Parameter option: how a smaller batch is asked for, such as `--batch-size 8`.
  package func help(_ option: (Int) -> String) -> String {
    largestBatch > 0
      ? "`\(option(largestBatch))` is the largest that fits" : "not even one image fits: the model is too large"
  }
}
