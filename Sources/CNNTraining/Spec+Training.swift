package import CNNDiagnostics
internal import CNNExport
internal import CNNFiles
package import CNNGraph
package import CNNLayers
package import CNNSession
package import CNNSpec

/// What training begins with, beside the samples.
extension Spec {
  /// A factor on the loss of each class, from what `class_weight` says and the samples that training sees; empty without
  /// it.
  ///
  /// - Throws: every class that is named and does not exist.
  package func classWeights(of dataset: Dataset) throws(TrainingFaults) -> [Float] {
    guard let weights = training?.classWeight else { return [] }
    if !dataset.targets.isEmpty, let fault = faultOfClassWeight { throw TrainingFaults([fault]) }
    let outputs = model.outputType.elementCount
    var counts = [Int](repeating: 0, count: max(dataset.classNames.count, outputs == 1 ? 2 : outputs))
    for label in dataset.labels where counts.indices.contains(Int(label)) { counts[Int(label)] += 1 }
    let faults = weights.value.faults(names: dataset.classNames, count: counts.count, path: weights.path)
    if !faults.isEmpty { throw TrainingFaults(faults.sorted) }
    return weights.value.factors(names: dataset.classNames, counts: counts, classes: outputs).map { Float($0) }
  }

  /// What is wrong with `class_weight` where labels are values; `nil` without it.
  var faultOfClassWeight: Diagnostic? {
    training?.classWeight.map { weights in
      Diagnostic(
        SpecCode.unusableData, "`class_weight` weighs classes, and the labels are values", at: weights.span,
        help: "leave it out; to tell classes apart, end with a `softmax`, or with a `sigmoid` for two",
        path: weights.path)
    }
  }

  /// The weights that training starts from: of the file that `initial_weights` names, or as the seed draws them.
  ///
  /// - Parameters:
  ///   - parameters: those of the model, in the order of a plan.
  ///   - directory: where paths of the spec start.
  /// - Throws: a file that cannot be used, at the line that names it.
  package func firstWeights(
    of parameters: [Parameter], below directory: String
  ) throws(TrainingFaults) -> FirstWeights {
    guard let file = training?.initialWeights else { return FirstWeights(drawn(parameters)) }
    do throws(WeightsFileFault) {
      return try firstWeights(
        of: parameters, from: file.value.path, below: directory, skipsMismatch: file.value.skipsMismatch,
        // Written as JSON, which is YAML, so that no name needs a thought.
        remedy: "`initial_weights: {from: \(JSONText.string(file.value.path).text), skip_mismatch: true}`")
    } catch { throw TrainingFaults([file.fault(error.message, help: error.help)]) }
  }

  /// The same from a path that a person gave, which may lie anywhere.
  package func firstWeights(
    of parameters: [Parameter], fromFile path: String, skipsMismatch: Bool
  ) throws(WeightsFileFault) -> FirstWeights {
    try firstWeights(
      of: parameters, from: path, below: nil, skipsMismatch: skipsMismatch, remedy: "`--skip-mismatch`")
  }

  /// The same from the weights of another model, which are in memory.
  ///
  /// - Parameter path: the file that they came from.
  package func firstWeights(
    of parameters: [Parameter], from tensors: [NamedTensor], of path: String, skipsMismatch: Bool
  ) throws(WeightsFileFault) -> FirstWeights {
    try firstWeights(
      of: parameters, path, remedy: "`--skip-mismatch`",
      all: skipsMismatch ? nil : { try WeightsMatch.values(of: tensors, for: parameters, path: path) },
      fitting: { FittingWeights(tensors, for: parameters) })
  }

  /// - Parameters:
  ///   - root: the folder that the path stays below; `nil` of one that may lie anywhere.
  ///   - remedy: what takes the layers that fit, of a file that does not fit as a whole.
  private func firstWeights(
    of parameters: [Parameter], from path: String, below root: String?, skipsMismatch: Bool, remedy: String
  ) throws(WeightsFileFault) -> FirstWeights {
    func contained() throws -> (ContainedPath, root: String)? { try root.map { (try ContainedPath(path), $0) } }
    return try firstWeights(
      of: parameters, path, remedy: remedy,
      all: skipsMismatch ? nil : { try weights(path, try contained(), parameters) },
      fitting: { try fittingWeights(path, try contained(), parameters) })
  }

  /// - Parameters:
  ///   - all: every weight; `nil` where it is enough that some are there.
  ///   - fitting: those of the layers that fit.
  private func firstWeights(
    of parameters: [Parameter], _ path: String, remedy: String, all: (() throws -> [[Float]])?,
    fitting: () throws -> FittingWeights
  ) throws(WeightsFileFault) -> FirstWeights {
    do {
      if let all { return FirstWeights(try all()) }
      let fitting = try fitting()
      if fitting.loaded.isEmpty {
        throw WeightsFileFault(message: "'\(path)' \(fitting.refusal)", help: "is it the file of another model?")
      }
      return FirstWeights(zip(fitting.values, drawn(parameters)).map { $0 ?? $1 }, fitting)
    } catch let fault as WeightsFileFault {
      throw fault
    } catch let error as ExportError {
      throw WeightsFileFault(message: error.message, help: error.help, remedy: error.isMismatch ? remedy : nil)
    } catch let error as WeightsError {
      throw WeightsFileFault(message: error.message, help: error.help, remedy: error.isMismatch ? remedy : nil)
    } catch let error as FileError {
      throw WeightsFileFault(message: error.message, help: error.help)
    } catch {
      throw WeightsFileFault(message: "\(error)", help: nil)
    }
  }

  private func weights(
    _ path: String, _ contained: (ContainedPath, root: String)?, _ parameters: [Parameter]
  ) throws -> [[Float]] {
    guard KerasWeightsFile.isMeant(by: path) else {
      guard let contained else { return try WeightsFile.load(path, for: parameters) }
      return try WeightsFile.load(contained.0, below: contained.root, for: parameters)
    }
    guard let contained else { return Self.values(try KerasWeightsFile.load(path, for: self), for: parameters) }
    return Self.values(try KerasWeightsFile.load(contained.0, below: contained.root, for: self), for: parameters)
  }

  private func fittingWeights(
    _ path: String, _ contained: (ContainedPath, root: String)?, _ parameters: [Parameter]
  ) throws -> FittingWeights {
    guard KerasWeightsFile.isMeant(by: path) else {
      guard let contained else { return try WeightsFile.loadFitting(path, for: parameters) }
      return try WeightsFile.loadFitting(contained.0, below: contained.root, for: parameters)
    }
    guard let contained else { return try KerasWeightsFile.loadFitting(path, for: self, parameters) }
    return try KerasWeightsFile.loadFitting(contained.0, below: contained.root, for: self, parameters)
  }

  private func drawn(_ parameters: [Parameter]) -> [[Float]] {
    let seed = UInt64(training?.seed ?? 0)
    return parameters.enumerated().map { index, parameter in
      parameter.declaration.initializer.values(parameter, index: index, seed: seed)
    }
  }

  /// In the order of a plan, which has the parameters of its spec.
  private static func values(_ tensors: [NamedTensor], for parameters: [Parameter]) -> [[Float]] {
    let byName = Dictionary(tensors.map { ($0.name, $0.values) }, uniquingKeysWith: { first, _ in first })
    return parameters.map { parameter in
      guard let values = byName[parameter.qualifiedName] else {
        preconditionFailure("no weights for \(parameter.qualifiedName), which the spec has")
      }
      return values
    }
  }
}

/// What training begins with.
package struct FirstWeights {
  /// One array a parameter.
  package let values: [[Float]]
  /// Which layers have them from a file, where it was enough that some do.
  package let fitting: FittingWeights?

  init(_ values: [[Float]], _ fitting: FittingWeights? = nil) {
    self.values = values
    self.fitting = fitting
  }

  /// What was loaded and what was not; `nil` where nothing could be left out.
  package func text(file: String, spec: Spec) -> String? {
    fitting?.text(
      file: file, frozen: Set(spec.model.layers.lazy.filter { !$0.spec.isTrainable }.map(\.spec.name)))
  }
}

/// What of a spec keeps its training from beginning.
package struct TrainingFaults: Error {
  package let diagnostics: [Diagnostic]
  /// Whether other files would help, and not another spec.
  package var isOfFiles: Bool { diagnostics.allSatisfy { $0.code == SpecCode.unusableFile } }

  init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }
}

/// A file of weights that cannot be used.
package struct WeightsFileFault: Error {
  package let message: String
  package let help: String?

  /// - Parameter remedy: what takes the layers that fit.
  init(message: String, help: String?, remedy: String? = nil) {
    self.message = message
    let parts = [help, remedy.map { "\($0) takes the layers that fit" }].compactMap(\.self)
    self.help = parts.isEmpty ? nil : parts.joined(separator: "; ")
  }
}

extension CompiledModel {
  /// For training on these samples: no step is ever larger than the data, since room for more would only be touched and
  /// never used.
  package init(training spec: Spec, compiler: Compiler = Compiler(), on parts: [Dataset?]) {
    let most = parts.compactMap { $0?.count }.max() ?? 1
    self.init(
      spec, compiler: compiler,
      batchSize: min(spec.training?.batchSize.value ?? Self.defaultBatchSize, max(1, most)),
      labels: parts.compactMap { $0?.labelType }.first ?? .classIndex)
  }

  /// What the trainer is told; `nil` without a section `training`.
  package var trainingSettings: TrainingSettings? {
    guard let training = spec.training else { return nil }
    return TrainingSettings(
      epochs: training.epochs.value, batchSize: training.batchSize.value, shuffles: training.shuffle,
      schedule: training.optimizer.value.schedule, metrics: metrics)
  }
}
