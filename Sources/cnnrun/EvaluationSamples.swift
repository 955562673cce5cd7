import CNNData
import CNNDiagnostics
import CNNModel
import CNNReport
import CNNSession
import CNNSpec

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

  var splitText: String? { split?.rawValue ?? slice }

  // MARK: The spec's own

  /// The split asked for, or the first that there is of test, validation and train.
  init(
    of input: TrainedInput, _ wanted: Split?, dataDirectory: String?, batchSize: Int?, threads: Int, console: Console
  ) throws {
    loaded = input.loaded
    guard let data = loaded.spec.data else {
      console.fail(
        "the spec of '\(input.weights)' has no section `data`", help: "name samples with `--data`")
      throw Exit(.usage)
    }
    let parts = data.split
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
    var request = loaded.request(data, dataDirectory: dataDirectory ?? input.run?.checkpoint.run.dataDirectory)
    request.takeNames(of: input.model)
    let settings = try loaded.loadSettings(batchSize: batchSize, threads: threads, console: console)
    do throws(LoadedSpec.DataFault) {
      let opened = try loaded.opening(data) { () throws(DataError) in
        try DataLoader().open(request, threads: threads)
      }
      let samples = try loaded.load(only: split.field, of: opened, data, settings)
      dataset = samples.train
      description = samples.description
      for note in samples.notes { console.note("note: \(PrintableText.escaped(note))\n") }
    } catch {
      loaded.report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
  }

  // MARK: Others

  init(
    _ text: String, of input: TrainedInput, overrides: [String], dataDirectory: String?, batchSize: Int?, threads: Int,
    console: Console
  ) throws {
    split = nil
    let other: OtherData
    do throws(OtherData.Fault) { other = try OtherData(text, in: input.loaded) } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.usage)
    }
    loaded = try other.load(into: input.loaded, overrides: overrides, console: console)
    guard let data = loaded.spec.data else { throw Exit(.usage) }
    var request = loaded.request(data, dataDirectory: dataDirectory)
    request.takeNames(of: input.model)
    let settings = try loaded.loadSettings(batchSize: batchSize, threads: threads, console: console)
    do throws(LoadedSpec.DataFault) {
      let found = try loaded.opening(data) { () throws(DataError) in try other.open(request, threads: threads) }
      let samples = try loaded.load(only: .train, of: found.opened, data, settings)
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
    guard case .builtIn(let own) = data.source.value, let known = BuiltInSource.named(own.rawValue)?.classNames,
      !input.model.classNames.isEmpty, known != input.model.classNames, known.count == input.model.classNames.count
    else { return }
    console.error(
      "warning: the classes of `\(own.rawValue)` are \(known.prefix(3).joined(separator: ", ")), …, and the model's are "
        + "\(input.model.classNames.prefix(3).joined(separator: ", ")), …: they are compared by their numbers\n")
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

extension LoadedSpec {
  /// Runs `body`; an error is one of the data, at the line that asked for it.
  fileprivate func opening<Result>(
    _ data: DataSpec, _ body: () throws(DataError) -> Result
  ) throws(DataFault) -> Result {
    do throws(DataError) { return try body() } catch { throw dataFault(error, data) }
  }

  /// Reads the samples of one role, and no others, as those of `train`.
  fileprivate func load(
    only role: DataError.Field, of opened: OpenedData, _ data: DataSpec, _ settings: LoadSettings
  ) throws(DataFault) -> LoadedData {
    guard let part = opened.only(role) else {
      throw dataFault(DataError(.samplesMissing, role, "there are no samples of \(role.rawValue)"), data)
    }
    for demand in part.demands {
      if let fault = misfit(shape: demand.shape, largestLabel: demand.largestLabel) {
        throw DataFault(diagnostic: fault, isFaultOfSpec: true)
      }
    }
    return try load(part, data, settings)
  }
}
