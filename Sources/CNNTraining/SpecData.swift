package import CNNData
package import CNNDiagnostics
internal import CNNFiles
internal import CNNLayers
package import CNNSession
package import CNNSpec

/// The samples that a spec asks for.
///
/// In: a checked spec with a section `data`, and the folder that its paths start from. Out: samples that fit the model, or
/// one fault at the line that asked for what cannot be had. Must not know how the spec was found, or who is told.
package struct SpecData: Sendable {
  package let spec: Spec
  package let data: DataSpec
  private let directory: String

  /// - Parameter directory: where paths of the spec start.
  /// - Returns: `nil` without a section `data`.
  package init?(_ spec: Spec, directory: String) {
    guard let data = spec.data else { return nil }
    self.spec = spec
    self.data = data
    self.directory = directory
  }

  /// Why there are no samples, and whether another spec would help or other files.
  package struct Fault: Error {
    package let diagnostic: Diagnostic
    package let isFaultOfSpec: Bool

    package init(_ diagnostic: Diagnostic, isFaultOfSpec: Bool) {
      self.diagnostic = diagnostic
      self.isFaultOfSpec = isFaultOfSpec
    }
  }

  // MARK: Reading

  /// Finds the samples, holds them against the model, and reads them.
  package func load(dataDirectory: String?, _ settings: LoadSettings) throws(Fault) -> LoadedData {
    let opened = try open(dataDirectory: dataDirectory, threads: settings.threads)
    // Before anything is read: which samples they are decides whether they fit.
    for demand in opened.demands {
      if let misfit = misfit(shape: demand.shape, largestLabel: demand.largestLabel) {
        throw Fault(misfit, isFaultOfSpec: true)
      }
    }
    let loaded = try load(opened, settings)
    for case let dataset? in [loaded.train, loaded.validation, loaded.test] {
      if let misfit = misfit(of: dataset) { throw Fault(misfit, isFaultOfSpec: true) }
    }
    return loaded
  }

  /// Finds the samples without reading them.
  package func open(dataDirectory: String?, threads: Int) throws(Fault) -> OpenedData {
    let opened = try opening { () throws(DataError) in
      try DataLoader().open(request(dataDirectory: dataDirectory), threads: threads)
    }
    if opened.areValues, let fault = spec.faultOfClassWeight { throw Fault(fault, isFaultOfSpec: true) }
    return opened
  }

  package func load(_ opened: OpenedData, _ settings: LoadSettings) throws(Fault) -> LoadedData {
    try opening { () throws(DataError) in try opened.load(settings) }
  }

  /// Runs `body`; an error is one of the data, at the line that asked for it.
  package func opening<Result>(_ body: () throws(DataError) -> Result) throws(Fault) -> Result {
    do throws(DataError) { return try body() } catch {
      throw Fault(fault(error), isFaultOfSpec: error.isFaultOfSpec)
    }
  }

  /// Half of the memory that a run may take is for samples.
  ///
  /// - Parameters:
  ///   - batchSize: that of the training, unless told otherwise.
  ///   - memoryLimit: bytes in the place of that half.
  package func loadSettings(batchSize: Int? = nil, threads: Int, memoryLimit: Int? = nil) -> LoadSettings {
    var settings = LoadSettings(
      batchSize: batchSize ?? spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize, threads: threads)
    if let memoryLimit {
      settings.memoryLimit = memoryLimit
    } else if let budget = Self.memoryBudget {
      settings.memoryLimit = budget / 2
    }
    return settings
  }

  /// What a run may take: four fifths of what is free, so that the system is never driven to kill it; `nil` where the
  /// system does not say.
  package static var memoryBudget: Int? { AvailableMemory.byteCount().map { $0 / 5 * 4 } }

  // MARK: Faults

  /// What the spec alone shows to be wrong with the samples it asks for.
  package var faultsOfSpec: [Diagnostic] { DataLoader.faults(of: request(dataDirectory: nil)).map(fault) }

  /// A fault of the data, at the line that asked for it.
  package func fault(_ error: DataError) -> Diagnostic {
    Diagnostic(
      SpecCode.unusableData, error.message, at: span(of: error.field), help: error.help, path: error.field.path)
  }

  /// A sample that could not be read while training was going on, at the line that asked for it; `nil` for any other
  /// error.
  package func faultOfSample(_ error: SessionError) -> Diagnostic? {
    guard error.code == .badSample else { return nil }
    return Diagnostic(
      SpecCode.unusableData, error.message, at: data.source.span, help: error.help, path: data.source.path)
  }

  package func misfit(of dataset: Dataset) -> Diagnostic? {
    misfit(shape: dataset.sampleShape, largestLabel: dataset.labels.max().map { Int($0) } ?? 0)
  }

  /// Where data and model do not go together: extents of a sample, classes against outputs.
  package func misfit(shape: [Int], largestLabel: Int) -> Diagnostic? {
    let model = spec.model
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

  /// What is worth a word of samples that fit.
  package func notes(on train: Dataset) -> [String] {
    [noteOfAbsentClasses(train), noteOfAccuracy(train)].compactMap(\.self)
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

  package func span(of field: DataError.Field) -> SourceSpan {
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

  // MARK: The request

  package func request(dataDirectory: String?) -> DataRequest {
    var request = DataRequest(
      source: DataRequest.Source(data.source.value), order: data.order.value == .tfds ? .tfds : .file,
      train: data.split.train?.value, validation: data.split.validation.map { DataRequest.Part($0.value) },
      test: data.split.test.map { DataRequest.Part($0.value) }, classNames: data.classNames?.value,
      specDirectory: directory, dataDirectory: dataDirectory, environment: DataRequest.environment)
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
    guard loss.isOfValues else { return .classes(outputs == 1 ? 2 : outputs) }
    if outputs > 1 { return .values(outputs) }
    // Of one output whole numbers are values as all others are; but a probability tells two classes apart.
    return .values(1, mostClasses: spec.model.endsInProbabilities ? 2 : 0)
  }
}

extension DataRequest {
  /// What of the environment says where data is.
  package static var environment: [String: String] {
    Dictionary(
      ["CNNRUN_DATA_DIR", "HOME"].compactMap { name in EnvironmentVariable.value(of: name).map { (name, $0) } }
    ) { $1 }
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
  package var path: String {
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
