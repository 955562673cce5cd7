import CNNData
import CNNDiagnostics
import CNNSession
import CNNSpec

extension LoadedSpec {
  /// Reads the samples that the spec asks for; a fault points at the line that asked.
  func data(_ data: DataSpec, dataDirectory: String?, console: Console) throws -> LoadedData {
    do throws(DataFault) {
      let loaded = try samples(data, dataDirectory: dataDirectory)
      for note in loaded.notes { console.note("note: \(note)\n") }
      return loaded
    } catch {
      report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
  }

  /// Why there are no samples, and whether another spec would help or other files.
  struct DataFault: Error {
    let diagnostic: Diagnostic
    let isFaultOfSpec: Bool
  }

  func samples(_ data: DataSpec, dataDirectory: String?) throws(DataFault) -> LoadedData {
    guard let request = request(data, dataDirectory: dataDirectory) else {
      throw DataFault(
        diagnostic: data.source.fault(
          "this source cannot be read yet", help: "`fashion_mnist`, `mnist` and `idx: {images: …, labels: …}` can"),
        isFaultOfSpec: false)
    }
    do throws(DataError) {
      return try DataLoader().load(request)
    } catch {
      throw DataFault(diagnostic: fault(error, data), isFaultOfSpec: error.isFaultOfSpec)
    }
  }

  /// What the spec alone shows to be wrong with the samples it asks for.
  var faultOfData: Diagnostic? {
    guard let data = spec.data, let request = request(data, dataDirectory: nil) else { return nil }
    do throws(DataError) {
      try DataLoader.check(request)
      return nil
    } catch {
      return fault(error, data)
    }
  }

  private func fault(_ error: DataError, _ data: DataSpec) -> Diagnostic {
    Diagnostic(
      SpecCode.unusableData, error.message, at: span(of: error.field, data), help: error.help,
      path: "$.data.\(error.field.rawValue)")
  }

  private func request(_ data: DataSpec, dataDirectory: String?) -> DataRequest? {
    guard let source = DataRequest.Source(data.source.value) else { return nil }
    return DataRequest(
      source: source, order: data.order == .tfds ? .tfds : .file, train: data.split.train?.value,
      validation: data.split.validation.map { validation in
        switch validation.value {
        case .slice(let text): .slice(text)
        case .fraction(let text): .fraction(text)
        }
      },
      test: data.split.test?.value, classNames: data.classNames?.value, specDirectory: input.directory,
      dataDirectory: dataDirectory,
      environment: Dictionary(
        ["CNNRUN_DATA_DIR", "HOME"].compactMap { name in Console.environment(name).map { (name, $0) } }
      ) { $1 })
  }

  /// Holds the data against the model: extents of a sample, classes against outputs.
  func check(_ dataset: Dataset, console: Console) throws {
    guard let fault = misfit(of: dataset) else { return }
    report([fault], console: console)
    throw Exit(.specFault)
  }

  /// Where data and model do not go together.
  func misfit(of dataset: Dataset) -> Diagnostic? {
    let model = spec.model
    guard let data = spec.data else { return nil }
    if dataset.sampleShape != model.inputType.extents {
      return Diagnostic(
        SpecCode.unusableData,
        "the samples are \(dataset.sampleShape), and the model takes \(model.inputType.extents)",
        at: spec.modelSpec.input?.span ?? data.source.span, help: "write `input: \(dataset.sampleShape)`",
        path: "$.model.input")
    }
    if model.outputType.rank != 1 {
      return Diagnostic(
        SpecCode.unusableData,
        "a label is one class, and the output of `\(model.output.spec.name)` is \(model.outputType.extents)",
        at: model.output.spec.keySpan, help: "end with `- flatten` and a `dense` layer", path: model.output.spec.path)
    }
    let width = model.outputType.elementCount
    let classes = (dataset.labels.max().map { Int($0) } ?? 0) + 1
    if width == 1, spec.training?.loss.value.kind.isOfValues == true || classes <= 2 { return nil }
    if classes <= width { return nil }
    return Diagnostic(
      SpecCode.unusableData, "the labels go up to \(classes - 1), and the model has \(width) outputs",
      at: model.output.spec.keySpan, help: "give the last layer \(classes) units", path: model.output.spec.path)
  }

  private func span(of field: DataError.Field, _ data: DataSpec) -> SourceSpan {
    switch field {
    case .source, .order: data.source.span
    case .train: data.split.train?.span ?? data.keySpan
    case .validation: data.split.validation?.span ?? data.keySpan
    case .test: data.split.test?.span ?? data.keySpan
    case .classNames: data.classNames?.span ?? data.keySpan
    }
  }
}

extension DataRequest.Source {
  fileprivate init?(_ source: DataSpec.Source) {
    switch source {
    case .builtIn(let data): self = .builtIn(data.rawValue)
    case .idx(let images, let labels): self = .idx(images: images, labels: labels)
    case .imageFolder, .csv, .npz: return nil
    }
  }
}

extension DataError {
  /// Whether the text of the spec is wrong, whatever data there is.
  fileprivate var isFaultOfSpec: Bool {
    switch code {
    case .unknownSource, .badSlice, .unknownSplit, .emptySlice, .sliceBeyondEnd, .badFraction, .overlap, .badPath,
      .classNames:
      true
    default: false
    }
  }
}
