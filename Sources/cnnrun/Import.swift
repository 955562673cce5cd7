import ArgumentParser
import CNNBuiltIn
import CNNExport
import CNNFiles
import CNNModel
import CNNReport
import CNNSession
import CNNSpec

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a spec and weights of a model that Keras saved, or take weights for a spec.",
    discussion: """
      A .keras becomes NAME.yaml and NAME.safetensors beside it: the spec, and the weights with the spec in them. What \
      cnnrun has not is refused, all of it at once, with the layers' names.

      With --spec, weights alone are taken, from a .keras, .weights.h5 or .safetensors, and become NAME.safetensors. \
      Layers of Keras's files are found by their names where these are the spec's, else by class and order; arrays of \
      a .safetensors are called LAYER/kernel and so on.
      """)

  @ArgumentParser.Argument(
    help: "A .keras; with --spec, a .weights.h5 or .safetensors too.",
    completion: .file(extensions: ["keras", "h5", "safetensors"]))
  var file: String

  @Option(
    name: [.short, .long],
    help: ArgumentHelp(
      "A folder, or the name of the spec or the weights that are written. Default: where FILE lies.", valueName: "path")
  )
  var out: String?

  @Option(help: ArgumentHelp("The model that the weights are for.", valueName: "spec"), completion: .file())
  var spec: String?

  @Flag(help: "Replace files that are there.")
  var force = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    if let spec { return try takeWeights(for: spec, console) }
    guard file.lowercased().hasSuffix(".keras") else {
      console.fail(
        "'\(file)' is not called .keras, and other files do not say which model they are of",
        help: "name the spec with `--spec SPEC`, or save the model with `model.save(\"model.keras\")`")
      throw Exit(.usage)
    }
    let target = try target(console)
    let imported: ImportedModel = try failing(console) { () throws(ExportError) in
      try KerasImport.model(read(), path: file, weightsName: Path.name(of: target.weights))
    }
    try WrittenFile.write(imported.text, to: target.spec, console: console)
    try write(imported.model, to: target.weights, console)
    let model = imported.model.spec.model
    console.answer(
      """
      \(file): \(imported.origin), \(Self.count(imported.layerCount, "layer")), \
      \(NumberFormat.grouped(imported.valueCount)) values
      wrote \(target.spec): \(Self.count(model.layers.count, "layer")), \
      \(NumberFormat.grouped(model.parameterCount)) parameters
      wrote \(target.weights)

      """)
    for note in imported.notes { console.note("note: \(note)\n") }
    console.note("next: cnnrun summary \(RunResult.quoted(target.spec))\n")
  }

  private func takeWeights(for specPath: String, _ console: Console) throws {
    let spec = try SpecInput(specPath, console: console).load(overrides: [], sections: .model, console: console).spec
    let target = try target(console)
    let model = try failing(console) { () throws(ExportError) in
      // As the spec calls the classes, or the file, or the data set that the spec names.
      let (given, known) = (spec.data?.classNames?.value, spec.data?.source.value.builtIn?.classNames)
      if KerasWeightsFile.isMeant(by: file) {
        let bytes = try read()
        return try KerasImport.model(bytes, path: file, for: spec, classNames: given, orElse: known)
      }
      do throws(WeightsError) {
        let contents = try WeightsFile.read(file)
        let own = WeightsMetadata(contents.metadata).classNames
        return TrainedModel(
          spec: spec, classNames: TrainedModel.classNames(of: spec, among: given, own, known),
          weights: try WeightsMatch.values(
            of: contents.tensors, for: TrainedModel.parameters(of: spec), path: file))
      } catch { throw ExportError(error.message, help: error.help) }
    }
    try write(model, to: target.weights, console)
    console.answer(
      "wrote \(target.weights): \(NumberFormat.grouped(spec.model.parameterCount)) parameters of \(specPath)\n")
  }

  // MARK: Files

  private func read() throws(ExportError) -> [UInt8] {
    do throws(FileError) { return try FileAccess().readFile(file, limit: KerasImport.byteLimit) } catch {
      throw ExportError(error.message, help: error.help)
    }
  }

  private func target(_ console: Console) throws -> (spec: String, weights: String) {
    if out == WrittenFile.standardOutput {
      console.fail("two files are made, and stdout takes none of them", help: "name a folder with `--out`")
      throw Exit(.usage)
    }
    let stem = stem(of: file)
    let target: (spec: String, weights: String)
    if let out, !Self.isFile(out) {
      do throws(FileError) { try FileAccess().createDirectories(out) } catch {
        console.fail(error.message, help: error.help)
        throw Exit(.failed)
      }
      target = (Path.join(out, stem + ".yaml"), Path.join(out, stem + ".safetensors"))
    } else {
      let base = out.map(self.base) ?? Path.join(Path.directory(of: file), stem)
      target = (out.map { Self.isSpec($0) ? $0 : base + ".yaml" } ?? base + ".yaml", base + ".safetensors")
    }
    let written = spec == nil ? [target.spec, target.weights] : [target.weights]
    for path in written where !force && FileAccess().status(path) != nil {
      console.fail("'\(path)' exists", help: "name another place with --out, or replace it with --force")
      throw Exit(.usage)
    }
    return target
  }

  private static func isSpec(_ path: String) -> Bool { path.hasSuffix(".yaml") || path.hasSuffix(".yml") }
  private static func isFile(_ path: String) -> Bool { isSpec(path) || path.hasSuffix(".safetensors") }

  /// A path without what says which kind of file it is.
  private func base(_ path: String) -> String {
    for end in [".keras", ".weights.h5", ".h5", ".hdf5", ".safetensors", ".yaml", ".yml"]
    where path.lowercased().hasSuffix(end) && Path.name(of: path).count > end.count {
      return String(path.dropLast(end.count))
    }
    return path
  }

  private func stem(of path: String) -> String { base(Path.name(of: path)) }

  private func write(_ model: TrainedModel, to path: String, _ console: Console) throws {
    let bytes = Safetensors.encode(model.tensors, metadata: model.metadata.pairs)
    try WrittenFile.write(bytes, to: path, console: console)
  }

  private func failing<Result>(_ console: Console, _ body: () throws(ExportError) -> Result) throws -> Result {
    do throws(ExportError) { return try body() } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}
