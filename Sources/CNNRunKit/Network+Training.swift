internal import CNNData
internal import CNNDiagnostics
internal import CNNKernels
internal import CNNLayers
internal import CNNModel
internal import CNNSession
internal import CNNSpec
internal import CNNTraining

extension Network {
  /// What an epoch came to.
  public struct Epoch: Sendable, Equatable {
    /// From 1.
    public let number: Int
    /// `loss`, the metrics by their names, and the same of the validation: `val_loss`.
    public let values: [String: Double]
  }

  /// How far an epoch is.
  public struct Step: Sendable, Equatable {
    /// From 1.
    public let epoch: Int
    /// From 1 to `count`.
    public let number: Int
    /// Steps of an epoch.
    public let count: Int
    /// `loss` and the metrics over the epoch so far.
    public let values: [String: Double]
  }

  /// Trains on the samples that the spec's section `data` names, as its section `training` says.
  ///
  ///     let trained = try Network(contentsOf: "Specs/digits.yaml").train { epoch in
  ///       print(epoch.number, epoch.values["val_accuracy"] ?? 0)
  ///       return true
  ///     }
  ///     trained.record?.evaluation["test_accuracy"]
  ///
  /// The weights are those of the end of training, bit for bit the `last` ones of `cnnrun run`, whatever the number of
  /// threads. Samples are found where the command finds them and read as it reads them: all at once if they take at most
  /// half of the memory that is free, beside training otherwise.
  ///
  /// - Parameters:
  ///   - dataDirectory: where the files of data are, before all other places.
  ///   - callbackDirectory: the folder below which callbacks write; made if need be.
  ///   - threads: of the computation; as many as there are processors, unless told otherwise.
  ///   - memoryLimit: bytes that training may take beside the samples; four fifths of what is free, unless told otherwise.
  ///   - onEpoch: hears how each epoch went; training ends where it returns false.
  ///   - onStep: hears of each step; training ends where it returns false.
  /// - Throws: `.data`; `.spec` for classes, slices or shapes that the data has not; `.file` for initial weights and what
  ///   callbacks write; `.unsupported` without a section `data` or `training`, and for callbacks that write files where
  ///   nobody said into which folder; `.memory`; `.run`
  public func train(
    dataDirectory: String? = nil, callbackDirectory: String? = nil, threads: Int? = nil, memoryLimit: Int? = nil,
    onEpoch: (Epoch) -> Bool = { _ in true }, onStep: (Step) -> Bool = { _ in true }
  ) throws(NetworkError) -> TrainedNetwork {
    guard let data = SpecData(spec, directory: directory) else {
      throw .unsupported("the spec has no section `data`")
    }
    let threads = max(1, threads ?? WorkerPool.availableProcessors)
    let training = try NetworkTraining(
      self, callbackDirectory: callbackDirectory, threads: threads, memoryLimit: memoryLimit)
    let samples: LoadedData
    do throws(SpecData.Fault) {
      samples = try data.load(dataDirectory: dataDirectory, data.loadSettings(threads: threads))
    } catch {
      throw error.isFaultOfSpec ? .spec([.init(error.diagnostic)]) : .data(.init(error.diagnostic))
    }
    return try training.run(
      samples.train, validation: samples.validation, test: samples.test, onEpoch: onEpoch, onStep: onStep)
  }

  /// Trains on samples of the caller's, as the spec's section `training` says.
  ///
  /// The weights are those of the end of training, bit for bit those of `cnnrun run` on the same samples, whatever the
  /// number of threads.
  ///
  /// - Parameters:
  ///   - images: samples of `inputShape`, one behind the other.
  ///   - labels: the class of each, from 0.
  ///   - classNames: one a class; numbers if empty.
  ///   - validation: samples and labels to measure after each epoch.
  ///   - callbackDirectory: the folder below which callbacks write; made if need be.
  ///   - threads: of the computation; as many as there are processors, unless told otherwise.
  ///   - memoryLimit: bytes that training may take beside the samples; four fifths of what is free, unless told otherwise.
  ///   - onEpoch: hears how each epoch went; training ends where it returns false.
  ///   - onStep: hears of each step; training ends where it returns false.
  /// - Throws: `.samples`; `.spec` for weights of classes that do not exist; `.file` for initial weights and what callbacks
  ///   write; `.unsupported` without a section `training`, and for callbacks that write files where nobody said into which
  ///   folder; `.memory`; `.run`
  public func train(
    images: [Float], labels: [Int], classNames: [String] = [], validation: (images: [Float], labels: [Int])? = nil,
    callbackDirectory: String? = nil, threads: Int? = nil, memoryLimit: Int? = nil,
    onEpoch: (Epoch) -> Bool = { _ in true }, onStep: (Step) -> Bool = { _ in true }
  ) throws(NetworkError) -> TrainedNetwork {
    let training = try NetworkTraining(
      self, callbackDirectory: callbackDirectory, threads: max(1, threads ?? WorkerPool.availableProcessors),
      memoryLimit: memoryLimit)
    let dataset = try samples(images, labels, classNames)
    var measured: Dataset?
    if let validation { measured = try samples(validation.images, validation.labels, classNames) }
    return try training.run(dataset, validation: measured, test: nil, onEpoch: onEpoch, onStep: onStep)
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

/// How a network was trained.
public struct TrainingRecord: Sendable, Equatable {
  public let epochs: [Network.Epoch]
  /// `test_loss` and the metrics of the test samples, with the weights that training ended with; empty without any.
  public let evaluation: [String: Double]
  /// Why a callback ended training; `nil` if none did.
  public let stopReason: String?
  /// Layers that did not have their first weights from the file that `initial_weights` names, where `skip_mismatch` lets
  /// them.
  public let skippedLayers: [String]
}
