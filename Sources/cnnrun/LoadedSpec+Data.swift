import CNNData
import CNNDiagnostics
import CNNLayers
import CNNSession
import CNNSpec

extension LoadedSpec {
  /// Reads the samples that the spec asks for; a fault points at the line that asked.
  func data(_ data: DataSpec, dataDirectory: String?, threads: Int, console: Console) throws -> LoadedData {
    let settings = try loadSettings(threads: threads, console: console)
    do throws(DataFault) {
      let opened = try open(data, dataDirectory: dataDirectory, threads: threads)
      // Before anything is read: which samples they are decides whether they fit.
      for demand in opened.demands {
        if let fault = misfit(shape: demand.shape, largestLabel: demand.largestLabel) {
          throw DataFault(diagnostic: fault, isFaultOfSpec: true)
        }
      }
      let loaded = try load(opened, data, settings)
      let notes = [noteOfAbsentClasses(loaded.train), noteOfAccuracy(loaded.train)].compactMap(\.self)
      for note in loaded.notes + notes { console.note("note: \(PrintableText.escaped(note))\n") }
      return loaded
    } catch {
      report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
  }

  /// Outputs for classes that the data does not know.
  private func noteOfAbsentClasses(_ train: Dataset) -> String? {
    let (outputs, classes) = (spec.model.outputType.elementCount, train.classNames.count)
    guard train.targets.isEmpty, outputs > 1, classes < outputs else { return nil }
    return
      "the data has \(classes) \(classes == 1 ? "class" : "classes"), and the model gives \(outputs) values: no sample is of "
      + (classes + 1 == outputs ? "class \(classes)" : "the classes \(classes) to \(outputs - 1)")
  }

  /// A metric of classes where labels are values.
  private func noteOfAccuracy(_ train: Dataset) -> String? {
    let metrics = spec.training?.metrics.map(\.value) ?? []
    guard !train.targets.isEmpty, metrics.contains(where: { $0.measure == .accuracy }) else { return nil }
    return "the labels are values, of which `accuracy` says nothing: the best epoch is that of the least loss"
  }

  /// Why there are no samples, and whether another spec would help or other files.
  struct DataFault: Error {
    let diagnostic: Diagnostic
    let isFaultOfSpec: Bool
  }

  func dataFault(_ error: DataError, _ data: DataSpec) -> DataFault {
    DataFault(diagnostic: fault(error, data), isFaultOfSpec: error.isFaultOfSpec)
  }

  /// Finds the samples without reading them.
  func open(_ data: DataSpec, dataDirectory: String?, threads: Int) throws(DataFault) -> OpenedData {
    do throws(DataError) {
      return try DataLoader().open(request(data, dataDirectory: dataDirectory), threads: threads)
    } catch {
      throw dataFault(error, data)
    }
  }

  func load(_ opened: OpenedData, _ data: DataSpec, _ settings: LoadSettings) throws(DataFault) -> LoadedData {
    do throws(DataError) {
      return try opened.load(settings)
    } catch {
      throw dataFault(error, data)
    }
  }

  /// Looks at every sample.
  func inventory(_ opened: OpenedData, _ data: DataSpec, threads: Int) throws(DataFault) -> DataInventory {
    do throws(DataError) {
      return try DataInventory(opened, of: input.displayName, threads: threads)
    } catch {
      throw dataFault(error, data)
    }
  }

  /// Half of the memory that a run may take is for samples, or what `CNNRUN_DATA_MEMORY` says.
  ///
  /// - Parameter batchSize: that of the training, unless told otherwise.
  func loadSettings(batchSize: Int? = nil, threads: Int, console: Console) throws -> LoadSettings {
    var settings = LoadSettings(
      batchSize: batchSize ?? spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize, threads: threads)
    if let text = Console.environment("CNNRUN_DATA_MEMORY"), !text.isEmpty {
      guard let amount = MemoryAmount(argument: text) else {
        console.fail(
          "the environment's CNNRUN_DATA_MEMORY is '\(text)', which is no amount of memory",
          help: "write an amount such as 512MiB or 2GB, or unset it")
        throw Exit(.usage)
      }
      settings.memoryLimit = amount.byteCount
    } else if let budget = MemoryBudget().byteCount {
      settings.memoryLimit = budget / 2
    }
    return settings
  }

  /// What the spec alone shows to be wrong with the samples it asks for.
  var faultOfData: Diagnostic? {
    guard let data = spec.data else { return nil }
    do throws(DataError) {
      try DataLoader.check(request(data, dataDirectory: nil))
      return nil
    } catch {
      return fault(error, data)
    }
  }

  /// A fault of the data, at the line that asked for it.
  func fault(_ error: DataError, _ data: DataSpec) -> Diagnostic {
    Diagnostic(
      SpecCode.unusableData, error.message, at: span(of: error.field, data), help: error.help,
      path: error.field.path)
  }

  /// A sample that could not be read while training was going on, at the line that asked for it; `nil` for any other
  /// error.
  func faultOfSample(_ error: SessionError) -> Diagnostic? {
    guard error.code == .badSample, let data = spec.data else { return nil }
    return Diagnostic(
      SpecCode.unusableData, error.message, at: data.source.span, help: error.help, path: data.source.path)
  }

  func request(_ data: DataSpec, dataDirectory: String?) -> DataRequest {
    var request = DataRequest(
      source: DataRequest.Source(data.source.value), order: data.order.value == .tfds ? .tfds : .file,
      train: data.split.train?.value, validation: data.split.validation.map { DataRequest.Part($0.value) },
      test: data.split.test.map { DataRequest.Part($0.value) }, classNames: data.classNames?.value,
      specDirectory: input.directory, dataDirectory: dataDirectory, environment: DataRequest.environment)
    request.division = data.split.hashes ? .byContent : data.split.stratifies ? .byClass : .byPlace
    request.imageSize = PixelSize(height: data.imageSize.value.rows, width: data.imageSize.value.columns)
    request.colorMode = data.colorMode.value == .rgb ? .rgb : .grayscale
    request.inputShape = spec.model.inputType.extents
    request.target = target
    return request
  }

  /// What labels have to be for the model and its loss.
  private var target: DataRequest.Target {
    guard spec.model.outputType.rank == 1 else { return .classes(nil) }
    let outputs = spec.model.outputType.elementCount
    guard let loss = spec.training?.loss.value.kind else { return .values(outputs) }
    return loss.isOfValues ? .values(outputs) : .classes(outputs == 1 ? 2 : outputs)
  }

  /// Holds the data against the model: extents of a sample, classes against outputs.
  func check(_ dataset: Dataset, console: Console) throws {
    let largest = dataset.labels.max().map { Int($0) } ?? 0
    guard let fault = misfit(shape: dataset.sampleShape, largestLabel: largest) else { return }
    report([fault], console: console)
    throw Exit(.specFault)
  }

  /// Where data and model do not go together.
  func misfit(shape: [Int], largestLabel: Int) -> Diagnostic? {
    let model = spec.model
    guard let data = spec.data else { return nil }
    if shape != model.inputType.extents {
      return Diagnostic(
        SpecCode.unusableData,
        "the samples are \(shape), and the model takes \(model.inputType.extents)",
        at: spec.modelSpec.input?.span ?? data.source.span,
        help: channelsComeFirst(shape)
          ? "the samples have their channels first, and here they come last: save "
            + "`numpy.transpose(x, (0, 2, 3, 1))` in place of `x`"
          : "write `input: \(shape)`",
        path: "$.model.input")
    }
    if model.outputType.rank != 1 {
      return Diagnostic(
        SpecCode.unusableData,
        "a label is one class, and the output of `\(model.output.spec.name)` is \(model.outputType.extents)",
        at: model.output.spec.keySpan, help: "end with `- flatten` and a `dense` layer", path: model.output.spec.path)
    }
    let width = model.outputType.elementCount
    let classes = largestLabel + 1
    if width == 1, spec.training?.loss.value.kind.isOfValues == true || classes <= 2 { return nil }
    if classes <= width { return nil }
    return Diagnostic(
      SpecCode.unusableData,
      "the data has \(classes) classes, and the model has \(width) \(width == 1 ? "output" : "outputs")",
      at: model.output.spec.keySpan, help: "give the last layer \(classes) units", path: model.output.spec.path)
  }

  /// Whether samples are the model's input with the channels before rows and columns, as PyTorch has them.
  private func channelsComeFirst(_ shape: [Int]) -> Bool {
    let input = spec.model.inputType.extents
    return shape.count == 3 && input.count == 3 && [shape[1], shape[2], shape[0]] == input
  }

  func span(of field: DataError.Field, _ data: DataSpec) -> SourceSpan {
    switch field {
    case .source: data.source.span
    case .order: data.order.span
    case .split: data.keySpan
    case .train: data.split.train?.span ?? data.keySpan
    case .validation: data.split.validation?.span ?? data.keySpan
    case .test: data.split.test?.span ?? data.keySpan
    case .classNames: data.classNames?.span ?? data.keySpan
    }
  }
}

extension DataRequest {
  /// What of the environment says where data is.
  static var environment: [String: String] {
    Dictionary(["CNNRUN_DATA_DIR", "HOME"].compactMap { name in Console.environment(name).map { (name, $0) } }) { $1 }
  }
}

extension DataRequest.Source {
  fileprivate init(_ source: DataSpec.Source) {
    switch source {
    case .builtIn(let data): self = .builtIn(data.rawValue)
    case .idx(let images, let labels): self = .idx(images: images, labels: labels)
    case .npy(let images, let labels): self = .npy(images: images, labels: labels)
    case .npz(let npz): self = .npz(path: npz.path, images: npz.images, labels: npz.labels)
    case .csv(let csv):
      self = .csv(CSVRequest(path: csv.path, labels: csv.labels, image: csv.image, hasHeader: csv.hasHeader))
    case .imageFolder(let path): self = .imageFolder(path)
    }
  }
}

extension DataRequest.Part {
  fileprivate init(_ part: DataSpec.Split.Part) {
    switch part {
    case .slice(let text): self = .slice(text)
    case .fraction(let text): self = .fraction(text)
    case .source(let source): self = .source(DataRequest.Source(source))
    }
  }
}

extension DataError.Field {
  /// The key in the spec.
  var path: String {
    switch self {
    case .source, .order, .classNames, .split: "$.data.\(rawValue)"
    case .train, .validation, .test: "$.data.split.\(rawValue)"
    }
  }
}

extension DataError {
  /// Whether the text of the spec is wrong, whatever data there is.
  fileprivate var isFaultOfSpec: Bool {
    switch code {
    case .unknownSource, .badSlice, .unknownSplit, .emptySlice, .sliceBeyondEnd, .badFraction, .overlap, .badPath,
      .classNames, .badSplit, .badColumn:
      true
    default: false
    }
  }
}
