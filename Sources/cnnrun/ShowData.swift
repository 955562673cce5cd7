import ArgumentParser
import CNNBuiltIn
import CNNData
import CNNDiagnostics
import CNNFiles
import CNNKernels
import CNNReport
import CNNSpec
import CNNTraining

struct ShowData: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract: "List the data sets known by name and where they are, or look through the samples of a spec or folder.",
    discussion: """
      Without an operand: the sets that `source` of a spec takes by name, where each was found, and what to do about \
      those that were not. With a spec: all that `validate --check-data` looks at. With a folder: the images in it, as \
      `source: {image_folder: …}` would take them.
      """)

  @ArgumentParser.Argument(
    help: ArgumentHelp("A spec, - for stdin, or a folder with a folder a class.", valueName: "spec or folder"),
    completion: .file())
  var operand: String?

  @Option(name: .customLong("data-dir"), help: ArgumentHelp("Where data sets' files are.", valueName: "dir"))
  var dataDirectory: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if operand == nil, !specOptions.overrides.isEmpty { throw ValidationError("--set is for a spec") }
  }

  func run() throws {
    let console = common.console
    guard let operand else { return try list(console) }
    if operand != "-", FileAccess().status(operand)?.kind == .directory { return try look(atFolder: operand, console) }
    let loaded = try SpecInput(operand, console: console).load(specOptions, sections: .model, console: console)
    guard let data = loaded.data else {
      console.fail("'\(operand)' has no section `data`", help: "add `data: {source: fashion_mnist}`")
      throw Exit(.specFault)
    }
    let threads = WorkerPool.availableProcessors
    let inventory: DataInventory
    do throws(LoadedSpec.DataFault) {
      let opened = try data.open(dataDirectory: dataDirectory, threads: threads)
      inventory = try data.inventory(opened, named: loaded.input.displayName, threads: threads)
    } catch {
      loaded.report([error.diagnostic], console: console)
      throw Exit(error.isFaultOfSpec ? .specFault : .failed)
    }
    try console.result((json ? inventory.json.text : inventory.text) + "\n")
    let unreadable = inventory.unreadable.map { data.fault($0) }
    let faults = unreadable + inventory.advice(data)
    if !faults.isEmpty { loaded.report(faults, console: console) }
    if !unreadable.isEmpty { throw Exit(.failed) }
  }

  private func look(atFolder path: String, _ console: Console) throws {
    // `.` has no name of its own.
    let isDots = [".", ".."].contains(Path.name(of: path))
    let full = isDots ? Path.join(PosixFileSystem.workingDirectory ?? "", path == "." ? "" : path) : path
    let request = DataRequest(
      source: .imageFolder(Path.name(of: full)), specDirectory: Path.directory(of: full))
    let threads = WorkerPool.availableProcessors
    do throws(DataError) {
      let inventory = try DataInventory(try DataLoader().open(request, threads: threads), of: path, threads: threads)
      try print(inventory, console)
      for error in inventory.unreadable { console.fail(error.message, help: error.help) }
      if inventory.unreadable.isEmpty { return }
    } catch {
      console.fail(error.message, help: error.help)
    }
    throw Exit(.failed)
  }

  private func print(_ inventory: DataInventory, _ console: Console) throws(DataError) {
    do {
      try console.result((json ? inventory.json.text : inventory.text) + "\n")
    } catch {
      throw DataError(.notReadable, .source, "the inventory cannot be printed")
    }
  }

  // MARK: All sets

  private func list(_ console: Console) throws {
    let catalogue = DataCatalogue(dataDirectory: dataDirectory, environment: DataRequest.environment)
    if json {
      try console.result(JSONText.object(["sources": .array(catalogue.entries.map(Self.json))]).text + "\n")
      return
    }
    var table = TextTable([
      .init("source"), .init("samples", .right), .init("shape", .right), .init("classes", .right), .init("found in"),
    ])
    for entry in catalogue.entries {
      let source = entry.source
      table.add([
        Self.word(source), NumberFormat.grouped(source.count), source.shape.map(String.init).joined(separator: "x"),
        "\(source.classNames.count)", entry.place ?? "-",
      ])
    }
    var text = table.text + "\n"
    for entry in catalogue.entries where entry.place == nil && !Self.isVariant(entry.source) {
      text +=
        "\n\(entry.source.name) is in none of \(entry.searched.joined(separator: ", "))\n  \(entry.source.remedy)\n"
    }
    text += "\nFiles: " + "`image_folder`, `csv`, `npz`, `npy` and `idx`, beside the spec or below --data-dir.\n"
    try console.result(text)
  }

  /// The same files with other labels.
  private static func isVariant(_ source: BuiltInSource) -> Bool { source.name == BuiltInData.cifar100Coarse.rawValue }

  /// What a spec calls it.
  private static func word(_ source: BuiltInSource) -> String {
    isVariant(source) ? "{cifar100: {label_mode: coarse}}" : source.name
  }

  private static func json(_ entry: DataCatalogue.Entry) -> JSONText {
    let source = entry.source
    return .object([
      "name": .string(source.name), "title": .string(source.title), "source": .string(word(source)),
      "shape": .array(source.shape.map(JSONText.int)), "classes": .array(source.classNames.map(JSONText.string)),
      "splits": .array(
        source.splits.map { .object(["name": .string($0), "samples": .int(source.counts[$0] ?? 0)]) }),
      "found": entry.place.map(JSONText.string) ?? .null, "searched": .array(entry.searched.map(JSONText.string)),
      "remedy": entry.place == nil ? .string(source.remedy) : .null,
    ])
  }
}
