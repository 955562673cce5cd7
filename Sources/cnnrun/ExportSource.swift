import CNNData
import CNNDiagnostics
import CNNExport
import CNNFiles
import CNNKernels
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec

/// The model that is to be exported, and where the data is that it knows.
struct ExportSource {
  let model: TrainedModel
  let weightsFile: String
  /// Where files go unless told otherwise.
  let defaultFolder: String
  private let loaded: LoadedSpec
  private let dataDirectory: String?

  /// Reads the model, or prints why it cannot be had and ends the command.
  ///
  /// - Parameters:
  ///   - operand: a run's directory or name, or a file of weights.
  ///   - spec: the path of a spec that takes the place of the one in the file.
  init(_ operand: String, _ choice: TrainedModel.Choice?, spec: String?, _ console: Console) throws {
    let given = try spec.map {
      try SpecInput($0, console: console).load(overrides: [], sections: .model, console: console)
    }
    let path = RunLocator.path(of: operand)
    if FileAccess().status(path)?.kind == .regular, [".yaml", ".yml"].contains(where: path.hasSuffix) {
      console.fail(
        "'\(path)' is a spec, and what is exported has been trained",
        help: "train it with `cnnrun run \(RunResult.quoted(path))`, and name the run")
      throw Exit(.usage)
    }
    do throws(ModelError) {
      weightsFile = try TrainedModel.weightsFile(path, choice)
      model = try TrainedModel(reading: path, choice, spec: given?.spec)
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    let isRun = FileAccess().status(path)?.kind == .directory
    defaultFolder = isRun ? Path.join(path, "export") : Path.directory(of: path)
    // RUN/weights/best.safetensors
    let run = PastRun(isRun ? path : Path.directory(of: Path.directory(of: path)))?.checkpoint.run
    dataDirectory = run?.dataDirectory
    if let given {
      loaded = given
    } else {
      var input = SpecInput(path: weightsFile, bytes: Array(model.resolved.utf8))
      input.origin = run?.specDirectory ?? "."
      loaded = LoadedSpec(spec: model.spec, sources: SourceMap(), input: input)
    }
  }

  /// Ends the command for a model that can be described and not computed.
  func checkSize(_ console: Console) throws {
    guard let fault = model.spec.model.oversized.sorted.first else { return }
    console.fail(fault.message)
    throw Exit(.failed)
  }

  /// Samples to try exports on.
  struct Samples {
    let trial: ExportTrial
    /// `64 samples of the test data, Fashion-MNIST in /usr/share/datasets`
    let text: String
    let areOfData: Bool
  }

  private static let mostSamples = 64
  /// Operations of all samples: some seconds.
  private static let budget = 2e11

  /// The run's own samples, or random ones, with a note of why.
  func trial(dataDirectory: String?, threads: Int, kernels: KernelTable, _ console: Console) -> Samples {
    let flops = CompiledModel(model.spec, compiler: Compiler(kernels: kernels)).flops
    let count = ExportTrial.count(flops: flops, budget: Self.budget, atMost: Self.mostSamples)
    do throws(MissingData) {
      let (samples, text) = try dataSamples(count, dataDirectory: dataDirectory ?? self.dataDirectory, threads)
      return Samples(trial: ExportTrial(samples, threads: threads, kernels: kernels), text: text, areOfData: true)
    } catch {
      let (samples, range) = ExportTrial.random(model.spec, count: count)
      return Samples(
        trial: ExportTrial(samples, threads: threads, kernels: kernels),
        text: "\(Self.counted(count)) of random values from \(range), since \(error.reason)", areOfData: false)
    }
  }

  private struct MissingData: Error {
    let reason: String
  }

  private func dataSamples(
    _ count: Int, dataDirectory: String?, _ threads: Int
  ) throws(MissingData) -> (samples: Dataset, text: String) {
    guard let data = model.spec.data else { throw MissingData(reason: "the spec names no data") }
    let opened: OpenedData
    do throws(LoadedSpec.DataFault) {
      opened = try loaded.open(data, dataDirectory: dataDirectory, threads: threads)
    } catch {
      throw MissingData(reason: "the data cannot be had: \(error.diagnostic.message)")
    }
    let found: (samples: Dataset, role: String)?
    do throws(DataError) {
      found = try opened.someSamples(count, threads: threads)
    } catch {
      throw MissingData(reason: "the data cannot be read: \(error.message)")
    }
    guard let found else { throw MissingData(reason: "the data holds no sample") }
    let wanted = model.spec.model.inputType.extents
    guard found.samples.sampleShape == wanted else {
      throw MissingData(reason: "the data has samples \(found.samples.sampleShape), and the model takes \(wanted)")
    }
    let role = found.role == "train" ? "training" : found.role
    return (found.samples, "\(Self.counted(found.samples.count)) of the \(role) data: \(opened.description)")
  }

  private static func counted(_ count: Int) -> String { "\(count) sample\(count == 1 ? "" : "s")" }
}
