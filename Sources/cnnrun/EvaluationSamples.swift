import CNNData
import CNNDiagnostics
import CNNModel
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// Samples to evaluate a model on: a split of its spec, or what `--data` names.
struct EvaluationSamples {
  /// Which of a spec's samples are meant.
  enum Split: String, CaseIterable {
    case train, validation, test

    fileprivate var field: DataError.Field {
      switch self {
      case .train: .train
      case .validation: .validation
      case .test: .test
      }
    }

    /// As a sentence has it.
    fileprivate var word: String { self == .train ? "training" : rawValue }

    /// What goes before the names of its figures, as in a run's history.
    var prefix: String? {
      switch self {
      case .train: nil
      case .validation: "val_"
      case .test: "test_"
      }
    }
  }

  let dataset: Dataset
  /// Where they are from.
  let description: String
  /// Of the spec; `nil` of samples from elsewhere.
  let split: Split?
  /// What of a source of its own is taken: a slice.
  let slice: String?
  /// The spec with the data that they are from.
  let loaded: LoadedSpec
  /// Whether they are others than the run had; `nil` where they are meant to be, or nobody knows what the run had.
  let areChanged: Bool?

  var splitText: String? { split?.rawValue ?? slice }

  // MARK: The spec's own

  /// The split asked for, or the first that there is of test, validation and train.
  init(
    of input: TrainedInput, _ wanted: Split?, dataDirectory: String?, batchSize: Int?, threads: Int, console: Console
  ) throws {
    loaded = input.loaded
    guard let data = loaded.data else {
      console.fail(
        "the spec of '\(input.weights)' has no section `data`", help: "name samples with `--data`")
      throw Exit(.usage)
    }
    let parts = data.data.split
    let there: [Split] =
      (parts.test == nil ? [] : [.test]) + (parts.validation == nil ? [] : [.validation]) + [.train]
    let split = wanted ?? there[0]
    guard there.contains(split) else {
      console.fail(
        "the spec has no split `\(split.rawValue)`",
        help: "it has \(there.map { "`\($0.rawValue)`" }.joined(separator: ", ")); name others with `--data`")
      throw Exit(.usage)
    }
    self.split = split
    slice = nil
    var request = data.request(dataDirectory: dataDirectory ?? input.run?.checkpoint.run.dataDirectory)
    request.takeNames(of: input.model)
    let settings = try loaded.loadSettings(data, batchSize: batchSize, threads: threads, console: console)
    do throws(LoadedSpec.DataFault) {
      let opened = try data.opening { () throws(DataError) in
        try DataLoader().open(request, threads: threads)
      }
      let samples = try data.load(only: split.field, of: opened, settings)
      dataset = samples.train
      description = samples.description
      areChanged = input.fingerprint(of: split).map { !$0.isOf(samples.train) }
      for note in samples.notes { console.note("note: \(PrintableText.escaped(note))\n") }
    } catch {
      loaded.report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
    if areChanged == true {
      console.error(
        "warning: the \(split.word) samples are not those that the run had: \(description)\n"
          + "  help: put the old files back, or name them with `--data-dir`; `--data` says that others are meant\n")
    }
  }

  // MARK: Others

  init(
    _ text: String, of input: TrainedInput, overrides: [String], dataDirectory: String?, batchSize: Int?, threads: Int,
    console: Console
  ) throws {
    split = nil
    areChanged = nil
    let other: OtherData
    do throws(OtherData.Fault) { other = try OtherData(text, in: input.loaded) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.usage)
    }
    loaded = try other.load(into: input.loaded, overrides: overrides, console: console)
    guard let data = loaded.data else { throw Exit(.usage) }
    var request = data.request(dataDirectory: dataDirectory)
    request.takeNames(of: input.model)
    let settings = try loaded.loadSettings(data, batchSize: batchSize, threads: threads, console: console)
    do throws(LoadedSpec.DataFault) {
      let found = try data.opening { () throws(DataError) in try other.open(request, threads: threads) }
      let samples = try data.load(only: .train, of: found.opened, settings)
      dataset = samples.train
      description = samples.description
      slice = found.split
      for note in samples.notes { console.note("note: \(PrintableText.escaped(note))\n") }
    } catch {
      // Nothing of it stands in a file, so that there is no line to point at.
      console.fail("--data '\(text)': \(error.diagnostic.message)", help: OtherData.help(of: error.diagnostic))
      throw Exit(error.isFaultOfSpec ? .usage : .failed)
    }
    // Names of classes have numbers, but none that a model of values was brought near.
    if input.model.classNames.isEmpty, dataset.targets.isEmpty, dataset.classNames.contains(where: { Int($0) == nil }),
      input.model.spec.training?.loss.value.kind.isOfValues == true,
      input.model.spec.model.outputType.elementCount == 1
    {
      console.fail(
        "--data '\(text)' has classes, such as `\(dataset.classNames[0])`, and the model gives values",
        help: "name samples whose labels are values")
      throw Exit(.usage)
    }
    guard case .builtIn(let own) = data.data.source.value, let known = BuiltInSource.named(own.rawValue)?.classNames,
      !input.model.classNames.isEmpty, known != input.model.classNames, known.count == input.model.classNames.count
    else { return }
    console.error(
      "warning: the classes of `\(own.rawValue)` are \(known.prefix(3).joined(separator: ", ")), …, and the model's are "
        + "\(input.model.classNames.prefix(3).joined(separator: ", ")), …: they are compared by their numbers\n")
  }
}

extension TrainedInput {
  /// What the run remembers of its samples; `nil` where others are asked for.
  fileprivate func fingerprint(of split: EvaluationSamples.Split) -> DataFingerprint.Part? {
    guard asksForDataOfRun, let print = run?.checkpoint.run.dataFingerprint else { return nil }
    switch split {
    case .train: return print.training
    case .validation: return print.validation
    case .test: return print.test
    }
  }
}

extension DataRequest {
  /// Classes are those that the model has learnt, in its order, whatever else the samples know.
  fileprivate mutating func takeNames(of model: TrainedModel) {
    allowsAbsentClasses = true
    // Names of a known set are its own; classes that only have numbers keep them.
    if case .builtIn = source { return }
    if !model.classNames.isEmpty { classNames = model.classNames }
  }
}

extension SpecData {
  /// Reads the samples of one role, and no others, as those of `train`.
  fileprivate func load(
    only role: DataError.Field, of opened: OpenedData, _ settings: LoadSettings
  ) throws(Fault) -> LoadedData {
    guard let part = opened.only(role) else {
      throw Fault(
        fault(DataError(.samplesMissing, role, "there are no samples of \(role.rawValue)")), isFaultOfSpec: false)
    }
    for demand in part.demands {
      if let fault = misfit(shape: demand.shape, largestLabel: demand.largestLabel) {
        throw Fault(fault, isFaultOfSpec: true)
      }
    }
    return try load(part, settings)
  }
}
