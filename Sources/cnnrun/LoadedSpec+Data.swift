import CNNData
import CNNDiagnostics
import CNNSession
import CNNSpec
import CNNTraining

/// The samples of a spec that a command got.
extension LoadedSpec {
  typealias DataFault = SpecData.Fault

  /// `nil` without a section `data`.
  var data: SpecData? { SpecData(spec, directory: input.directory) }

  /// Reads the samples that the spec asks for; a fault points at the line that asked.
  func read(_ data: SpecData, dataDirectory: String?, threads: Int, console: Console) throws -> LoadedData {
    let settings = try loadSettings(data, threads: threads, console: console)
    do throws(DataFault) {
      let loaded = try data.load(dataDirectory: dataDirectory, settings)
      for note in loaded.notes + data.notes(on: loaded.train) { console.note("note: \(PrintableText.escaped(note))\n") }
      return loaded
    } catch {
      report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
  }

  /// Half of the memory that a run may take is for samples, or what `CNNRUN_DATA_MEMORY` says.
  ///
  /// - Parameter batchSize: that of the training, unless told otherwise.
  func loadSettings(
    _ data: SpecData, batchSize: Int? = nil, threads: Int, console: Console
  ) throws -> LoadSettings {
    var limit: Int?
    if let text = Console.environment("CNNRUN_DATA_MEMORY"), !text.isEmpty {
      guard let amount = MemoryAmount(argument: text) else {
        console.fail(
          "the environment's CNNRUN_DATA_MEMORY is '\(text)', which is no amount of memory",
          help: "write an amount such as 512MiB or 2GB, or unset it")
        throw Exit(.usage)
      }
      limit = amount.byteCount
    }
    return data.loadSettings(batchSize: batchSize, threads: threads, memoryLimit: limit)
  }
}

extension SpecData {
  /// Looks at every sample.
  func inventory(_ opened: OpenedData, named name: String, threads: Int) throws(Fault) -> DataInventory {
    try opening { () throws(DataError) in try DataInventory(opened, of: name, threads: threads) }
  }
}
