package import CNNKernels
internal import CNNLayers
package import CNNSession

/// Runs samples through a trained model, in batches, on worker threads.
///
/// A sample's prediction has the same bits alone, in any batch, in any order and on any number of threads.
package struct Predictor: ~Copyable {
  private var session: Session
  package let batchSize: Int
  /// Values of one sample's output.
  package let width: Int

  /// - Throws: `.outOfMemory` if the machine cannot hold the model.
  package init(
    _ model: TrainedModel, batchSize: Int = 64, threads: Int, kernels: KernelTable = KernelTable()
  ) throws(SessionError) {
    let compiled = CompiledModel(model.spec, compiler: Compiler(kernels: kernels), batchSize: batchSize)
    session = try Session(
      training: nil, evaluation: compiled.predictionPlan(), threadCount: threads, seed: 0)
    session.weights = model.weights
    self.batchSize = batchSize
    width = model.spec.model.outputType.elementCount
  }

  /// The outputs of all samples, row after row: `[samples, width]`.
  ///
  /// - Precondition: samples have the shape of the model's input.
  package mutating func predict(_ dataset: borrowing Dataset) throws(SessionError) -> [Float] {
    var outputs: [Float] = []
    outputs.reserveCapacity(dataset.count * width)
    try predict(dataset) { batch, _ in outputs += batch }
    return outputs
  }

  /// The same, batch by batch.
  ///
  /// - Parameters:
  ///   - limit: of the samples no more than the first so many.
  ///   - took: is given the outputs of each batch, `[batch, width]`, and which samples they are of.
  package mutating func predict(
    _ dataset: borrowing Dataset, first limit: Int = .max, took: ([Float], Range<Int>) -> Void
  ) throws(SessionError) {
    let order = (0..<Int32(dataset.count)).map(\.self)
    let count = min(limit, dataset.count)
    var start = 0
    while start < count {
      let end = min(start + batchSize, count)
      took(try session.predict(dataset, order: order, batch: start..<end), start..<end)
      start = end
    }
  }

  /// Bytes that a predictor takes beside the samples.
  package static func byteCount(
    _ model: TrainedModel, batchSize: Int, threads: Int, kernels: KernelTable = KernelTable()
  ) -> Int {
    let compiled = CompiledModel(model.spec, compiler: Compiler(kernels: kernels), batchSize: batchSize)
    return Session.byteCount(training: nil, evaluation: compiled.predictionPlan(), threadCount: threads)
  }
}
