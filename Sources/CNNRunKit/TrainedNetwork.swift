internal import CNNFiles
internal import CNNKernels
internal import CNNModel
internal import CNNSession
internal import CNNTraining

/// A network and what it has learnt.
///
///     let network = try TrainedNetwork(contentsOf: "runs/fashion-mnist")
///     let predictions = try network.predict(pixels)          // 28 * 28 values a sample
///     predictions[0].className                               // "Sneaker"
public struct TrainedNetwork: Sendable {
  let model: TrainedModel
  /// How it was trained; `nil` of one that was read from a file.
  public let record: TrainingRecord?

  init(_ model: TrainedModel, record: TrainingRecord) {
    self.model = model
    self.record = record
  }

  /// - Parameter path: the directory of a run, or a `.safetensors` file that `cnnrun` or `save` wrote.
  /// - Throws: `.file`
  public init(contentsOf path: String) throws(NetworkError) {
    do throws(ModelError) { model = try TrainedModel(reading: path) } catch { throw .file(error.message) }
    record = nil
  }

  /// Its spec's paths start in the current folder.
  public var network: Network { Network(model.spec) }
  /// One name an output; empty if the model knows none.
  public var classNames: [String] { model.classNames }

  /// The outputs of samples that lie one behind the other: `[samples, outputs]`, row after row.
  ///
  /// - Parameters:
  ///   - values: whole samples of `network.inputShape`, before what the spec's `data.rescale` does to them.
  ///   - batchSize: samples at a time, on which the outputs do not depend; 64 or, where memory is short, fewer, unless told
  ///     otherwise.
  ///   - memoryLimit: bytes that prediction may take; four fifths of what is free, unless told otherwise.
  /// - Throws: `.samples` for a part of a sample or none; `.memory`; `.run`
  public func outputs(
    of values: [Float], batchSize: Int? = nil, memoryLimit: Int? = nil
  ) throws(NetworkError) -> [Float] {
    let dataset = try Dataset(values, shape: network.inputShape)
    let threads = WorkerPool.availableProcessors
    let batch: Int
    do throws(MemoryShortage) {
      batch = try MemoryBudget(limit: memoryLimit).predictionBatch(
        batchSize.map { min(max(1, $0), dataset.count) },
        upTo: min(dataset.count, MemoryBudget.usualPredictionBatch), of: model, threads: threads)
    } catch { throw .memory(.init(error)) }
    do throws(SessionError) {
      var predictor = try Predictor(model, batchSize: batch, threads: threads)
      return try predictor.predict(dataset)
    } catch { throw .run(error.message) }
  }

  /// The likeliest class of each sample: that of the largest output.
  ///
  /// - Parameters: as `outputs(of:)` takes them.
  /// - Throws: as `outputs(of:)`.
  public func predict(
    _ values: [Float], batchSize: Int? = nil, memoryLimit: Int? = nil
  ) throws(NetworkError) -> [Prediction] {
    let width = network.outputShape.reduce(1, *)
    let outputs = try outputs(of: values, batchSize: batchSize, memoryLimit: memoryLimit)
    return stride(from: 0, to: outputs.count, by: width).map { start in
      let row = outputs[start..<start + width]
      let best = row.indices.reduce(start) { row[$1] > row[$0] ? $1 : $0 }
      let index = best - start
      return Prediction(
        classIndex: index, className: classNames.indices.contains(index) ? classNames[index] : "\(index)",
        confidence: row[best])
    }
  }

  /// Writes weights, spec and class names into one file, which the command and `init(contentsOf:)` read.
  ///
  /// - Throws: `.file`
  public func save(to path: String) throws(NetworkError) {
    do throws(FileError) {
      try WeightsFile.write(model.tensors, metadata: model.metadata.pairs, to: path)
    } catch { throw .file(error.message) }
  }
}

/// What a network takes a sample for.
public struct Prediction: Sendable, Equatable {
  /// The place of the largest output.
  public let classIndex: Int
  /// Its name; the index where the network knows no names.
  public let className: String
  /// The output itself: a probability behind a softmax.
  public let confidence: Float
}

extension Dataset {
  /// - Parameter labels: one a sample; zeros if `nil`.
  init(
    _ values: [Float], shape: [Int], labels: [Int]? = nil, classNames: [String] = []
  ) throws(NetworkError) {
    let size = shape.reduce(1, *)
    guard !values.isEmpty, values.count.isMultiple(of: size) else {
      throw .samples("\(values.count) values are no whole number of samples \(shape)")
    }
    let count = values.count / size
    if let labels, labels.count != count { throw .samples("\(labels.count) labels for \(count) samples") }
    self.init(
      sampleShape: shape, storage: .floats(values),
      labels: labels?.map { Int32(truncatingIfNeeded: $0) } ?? Array(repeating: 0, count: count),
      classNames: classNames, sourceIndices: Array(0..<count))
  }
}
