import CNNData
import CNNDiagnostics
import CNNFiles
import CNNKernels
import CNNModel
import CNNReport
import CNNSession
import CNNSpec
import CNNTraining

/// What a trained model says of samples in files.
struct Prediction {
  let input: TrainedInput
  let format: PredictionWriter.Format
  let top: Int
  let batchSize: Int?
  let threads: Int
  let kernels: KernelTable
  let console: Console

  /// Predicts all of them, and tells of each that cannot be.
  ///
  /// - Returns: how many could not.
  func run(_ operands: [String]) throws -> Int {
    let model = input.model
    let meaning = OutputMeaning(of: model.spec, classNames: model.classNames)
    let batch = try fittingBatch()
    var failures: [PredictionWriter.Failure] = []
    func fail(_ path: String, _ index: Int?, _ message: String, help: String?) {
      failures.append(.init(path: path, index: index, message: message))
      console.fail(message, help: help)
    }
    let paths = operands.flatMap { operand in
      files(operand) { message, help in fail(operand, nil, message, help: help) }
    }
    tellOfOtherRange(paths)
    var predictor = try failing { () throws(SessionError) in
      try Predictor(model, batchSize: batch, threads: threads, kernels: kernels)
    }
    let width = predictor.width
    var writer = PredictionWriter(
      format, weights: input.weights, meaning: (meaning == .logits ? .probabilities : meaning).rawValue,
      classNames: meaning.isOfClasses ? model.classNames : nil, width: width, top: top, paths: paths)
    try console.result(writer.head(toolVersion: cnnrunVersion))
    let shape = model.spec.model.inputType.extents
    try SampleReader(inputShape: shape, batchSize: batch, threads: threads).read(paths) { batch in
      let good = batch.entries.count { $0.error == nil }
      let dataset = Dataset(
        sampleShape: shape, storage: .floats(batch.values), labels: Array(repeating: 0, count: good), classNames: [],
        sourceIndices: Array(0..<good))
      let outputs = meaning.shown(
        good == 0 ? [] : try failing { () throws(SessionError) in try predictor.predict(dataset) }, width: width)
      var text = ""
      var place = 0
      for entry in batch.entries {
        if let error = entry.error {
          fail(entry.path, entry.index, error.message, help: error.help)
          continue
        }
        let values = outputs[(place * width)..<((place + 1) * width)]
        place += 1
        guard values.allSatisfy(\.isFinite) else {
          let name = entry.index.map { "sample \($0) of '\(entry.path)'" } ?? "'\(entry.path)'"
          fail(
            entry.path, entry.index, "the model gives no finite numbers for \(name)",
            help: "its values may be far from those of training, or the weights damaged")
          continue
        }
        text += writer.row(.init(path: entry.path, index: entry.index, count: entry.count, outputs: Array(values)))
      }
      if !text.isEmpty { try console.result(text) }
    }
    let status: ExitStatus = failures.isEmpty ? .fine : .failed
    try console.result(writer.tail(failures, exitStatus: Int(status.rawValue)))
    return failures.count
  }

  // MARK: Which files

  /// The files that an operand stands for: of a folder the images in it, those too of which reading will say that they
  /// are of another kind.
  private func files(_ operand: String, _ fail: (String, String?) -> Void) -> [String] {
    if operand == SampleReader.standardInput { return [operand] }
    let search = FileSearch(isWanted: ImageName.isAny)
    do throws(FileError) {
      let files = try search.files(operand)
      if files.isEmpty {
        let isFolder = FileAccess().status(operand)?.kind == .directory
        fail(
          isFolder ? "'\(operand)' has no PNG and no JPEG in it" : "no file matches '\(operand)'",
          isFolder ? "files in folders are known by their names: .png, .jpg or .jpeg" : nil)
      }
      return files
    } catch {
      fail(error.message, error.help)
      return []
    }
  }

  /// Image files have values up to 255; a model of other values takes them for something else.
  private func tellOfOtherRange(_ paths: [String]) {
    guard case .builtIn(let data)? = model.data?.source.value, data.largestValue != 255,
      paths.contains(where: ImageName.isRead)
    else { return }
    console.error(
      "warning: the model was trained on values of 0 to \(data.largestValue), and those of image files go up to 255\n")
  }

  private var model: Spec { input.model.spec }

  // MARK: What fits

  /// The batch asked for, or the largest up to 64 that the memory has room for.
  private func fittingBatch() throws -> Int {
    do throws(MemoryShortage) {
      // Samples as they are read and as they are handed on.
      return try MemoryBudget().predictionBatch(
        batchSize, of: input.model, sampleByteCount: 8 * model.model.inputType.elementCount, threads: threads,
        kernels: kernels)
    } catch {
      console.fail(error.message, help: error.help { "--batch-size \($0)" } + "; predictions do not depend on it")
      throw Exit(.failed)
    }
  }

  private func failing<Result: ~Copyable>(_ body: () throws(SessionError) -> Result) throws -> Result {
    do throws(SessionError) { return try body() } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }
}
