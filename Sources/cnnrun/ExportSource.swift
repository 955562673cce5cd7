import CNNData
import CNNDiagnostics
import CNNExport
import CNNFiles
import CNNKernels
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec
import CNNTraining

/// Samples of the data that a model knows, or random ones, to try exports of it on.
struct ExportSource {
  private let input: TrainedInput
  private var model: TrainedModel { input.model }

  init(_ input: TrainedInput) { self.input = input }

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
      let (samples, text) = try dataSamples(
        count, dataDirectory: dataDirectory ?? input.run?.checkpoint.run.dataDirectory, threads)
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
    guard let data = input.loaded.data else { throw MissingData(reason: "the spec names no data") }
    let opened: OpenedData
    do throws(LoadedSpec.DataFault) {
      opened = try data.open(dataDirectory: dataDirectory, threads: threads)
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
