import ArgumentParser
import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec

/// Which trained model a command is about: what `evaluate`, `predict` and `export` take.
struct TrainedOptions: ParsableArguments {
  @ArgumentParser.Argument(
    help: ArgumentHelp(
      "A run (its directory, or its name below runs, such as latest), or a file of weights.", valueName: "run|weights"),
    completion: .file())
  var trained: String

  @Option(help: "Which weights of a run. Default: best, where there are any.")
  var weights: TrainedModel.Choice?

  @Option(
    help: ArgumentHelp(
      "The spec of the model, in place of the one that is with the weights.", valueName: "spec"),
    completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String?
}

extension TrainedModel.Choice: ExpressibleByArgument {}

/// A trained model as a command got it: the file of its weights, its spec, and the run that it is of.
struct TrainedInput {
  let model: TrainedModel
  let loaded: LoadedSpec
  /// `nil` for weights that lie in no run.
  let run: PastRun?
  /// Whether the spec asks for the samples that the run was trained with: nothing was said to the contrary.
  let asksForDataOfRun: Bool
  /// The texts of `--set` that the spec was read with.
  let overrides: [String]
  /// Where exports go unless told otherwise: below the run's directory, or beside the file of weights.
  let exportFolder: String
  /// The file of the weights, as it was found.
  var weights: String { model.path ?? "" }

  /// Finds and reads it, or says what is wrong and ends the command.
  ///
  /// - Parameter overrides: texts of `--set`, behind those that a run was trained with.
  init(_ options: TrainedOptions, overrides: [String] = [], console: Console) throws {
    let path = RunLocator.path(of: options.trained, console)
    let isThere = try Self.failing(console) { () throws(ModelError) in
      do throws(FileError) { return try FileAccess().find(path) != nil } catch {
        throw ModelError(error.message, help: error.help)
      }
    }
    if !isThere {
      console.fail(
        "there is no run and no file '\(options.trained)'",
        help: "name the folder of a run or a file of weights; `cnnrun runs` lists the runs that are there")
      throw Exit(.usage)
    }
    if [".yaml", ".yml"].contains(where: { path.hasSuffix($0) }) {
      console.fail(
        "'\(path)' is a spec, and weights are wanted",
        help:
          "train it with `cnnrun run \(RunResult.quoted(path))`, and name the run; to use a spec with weights, write `--spec`"
      )
      throw Exit(.usage)
    }
    let isFile = FileAccess().status(path)?.kind != .directory
    if isFile, options.weights != nil {
      console.fail(
        "--weights chooses among those of a run, and '\(path)' is a file", help: "leave it out, or name the run")
      throw Exit(.usage)
    }
    run = PastRun(isFile ? Self.runFolder(of: path) : path)
    exportFolder = isFile ? Path.directory(of: path) : Path.join(path, "export")
    asksForDataOfRun =
      run != nil && options.spec == nil
      && !overrides.contains { $0.hasPrefix("data.") || $0.hasPrefix("data=") || $0.hasPrefix("data[") }
    if let spec = options.spec {
      self.overrides = overrides
      loaded = try SpecInput(spec, console: console).load(overrides: overrides, sections: .model, console: console)
    } else if let run {
      self.overrides = run.checkpoint.run.overrides + overrides
      loaded = try run.load(overrides: overrides, console: console)
    } else {
      let own = try Self.failing(console) { () throws(ModelError) in
        try TrainedModel(reading: path, options.weights)
      }
      var input = SpecInput(path: "the spec in '\(own.path ?? path)'", bytes: Array(own.resolved.utf8))
      input.origin = "."
      self.overrides = overrides
      loaded = try input.loadQuietly(overrides: overrides, console: console)
    }
    let spec = loaded.spec
    try loaded.checkSize(console: console)
    var model: TrainedModel
    // A run that was killed has in its checkpoint what its files have not, or not yet.
    if !isFile, let kept = run?.weightsSoFar(options.weights, of: spec, console) {
      model = TrainedModel(spec: spec, classNames: [], weights: kept.values, path: kept.path)
    } else {
      model = try Self.failing(console) { () throws(ModelError) in
        try TrainedModel(reading: path, options.weights, spec: spec)
      }
    }
    if model.classNames.isEmpty, let names = run?.checkpoint.run.classNames, !names.isEmpty {
      model = TrainedModel(spec: spec, classNames: names, weights: model.weights, path: model.path)
    }
    self.model = model
  }

  /// The run directory that a file would be of: `RUN` of `RUN/weights/best.safetensors`.
  private static func runFolder(of file: String) -> String {
    let folder = Path.directory(of: file)
    return folder == "." ? ".." : Path.directory(of: folder)
  }

  private static func failing<Result>(_ console: Console, _ body: () throws(ModelError) -> Result) throws -> Result {
    do throws(ModelError) { return try body() } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
  }
}

extension SpecInput {
  /// Reads a spec that was read before, and whose advice was told then: only faults are told.
  func loadQuietly(
    overrides: [String], sections: RequiredSections = .model, console: Console
  ) throws -> LoadedSpec {
    let quiet = Console(isQuiet: true, noColor: !console.usesColor)
    return try load(overrides: overrides, sections: sections, console: quiet)
  }
}
