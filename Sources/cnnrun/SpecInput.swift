import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNSession
import CNNSpec

/// A spec as a command got it: its bytes, where it lies, and what was found in it.
struct SpecInput {
  /// As the user wrote it; `-` for stdin.
  let path: String
  let bytes: [UInt8]
  /// What stdin is called in reports, if `--stdin-filename` says so.
  var name: String?
  /// Where a copy of a spec comes from, whose paths are relative to that.
  var origin: String?

  /// Longer files are refused by the reader, which says so at its own place.
  static let readLimit = (1 << 20) + 1

  init(path: String, bytes: [UInt8], name: String? = nil) {
    self.path = path
    self.bytes = bytes
    self.name = name
  }

  init(_ path: String, console: Console) throws {
    do throws(FileError) {
      try self.init(reading: path)
    } catch {
      console.fail(error.message, help: error.help)
      throw Exit(.usage)
    }
  }

  init(reading path: String, name: String? = nil) throws(FileError) {
    let bytes =
      path == "-"
      ? try FileAccess().readStandardInput(limit: Self.readLimit)
      : try FileAccess().readFile(path, limit: Self.readLimit)
    self.init(path: path, bytes: bytes, name: path == "-" ? name : nil)
  }

  var displayName: String { path == "-" ? name ?? "<stdin>" : path }
  /// Paths in the spec are relative to it.
  var directory: String { origin ?? (path == "-" ? "." : Path.directory(of: path)) }
  /// The same from the root of the file system, for a run that goes on from wherever.
  var absoluteDirectory: String { Self.absolute(directory) }

  fileprivate static func absolute(_ directory: String) -> String {
    directory.hasPrefix("/") ? directory : Path.join(PosixFileSystem.workingDirectory ?? ".", directory)
  }

  /// Reads the spec, prints what is wrong with it, and ends the command if anything is.
  func load(_ options: SpecOptions, sections: RequiredSections, console: Console) throws -> LoadedSpec {
    try load(overrides: options.overrides, sections: sections, console: console)
  }

  func load(overrides: [String], sections: RequiredSections, console: Console) throws -> LoadedSpec {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(
      bytes, name: displayName, overrides: overrides, catalog: .standard, sources: &sources, bag: &bag,
      sections: sections)
    let shown = bag.withoutSuppressed(in: sources)
    if !shown.isEmpty, spec == nil || !console.isQuiet {
      console.error(
        FullRenderer(sources: sources, style: console.usesColor ? .ansi : .plain)
          .render(shown, total: DiagnosticTotal(shown.diagnostics, files: 1)))
    }
    guard let spec else { throw Exit(.specFault) }
    return LoadedSpec(spec: spec, sources: sources, input: self)
  }
}

extension RunRecord {
  /// Where the spec lay, in the words of the command that began the run if they still mean that folder: what is told of
  /// data is the same then.
  var specOrigin: String {
    let named = Path.directory(of: specName)
    return SpecInput.absolute(named) == specDirectory ? named : specDirectory
  }
}

/// A spec without faults, with the texts that later faults can still point into.
struct LoadedSpec {
  let spec: Spec
  let sources: SourceMap
  let input: SpecInput

  /// Ends the command if the model is too large for plans, which summaries are not.
  func checkSize(console: Console) throws {
    let faults = spec.model.oversized
    if faults.isEmpty { return }
    report(faults.sorted, console: console)
    throw Exit(.specFault)
  }

  /// What of `expect` does not hold before training, all in one.
  ///
  /// The model decides most of it, plans the rest: `flops` of a prediction, `max_memory` of a training step (of a
  /// prediction without the section `training`) on one thread.
  func brokenExpectations(_ compiler: @autoclosure () -> Compiler = Compiler()) -> DiagnosticBag {
    var bag = spec.expectations.broken(by: spec.model)
    guard spec.expectations.needsPlan, spec.model.oversized.isEmpty else { return bag }
    let compiled = CompiledModel(spec, compiler: compiler())
    for expectation in spec.expectations.items {
      switch expectation.subject {
      case .flops: bag.add(contentsOf: expectation.check(Double(compiled.flops)))
      case .maxMemory where !spec.isTrainingFaulty:
        let plan = compiled.trainingPlan() ?? compiled.predictionPlan()
        bag.add(contentsOf: expectation.check(Double(plan.byteCount(workers: 1))))
      default: break
      }
    }
    return bag
  }

  /// Prints faults that were found after reading: of the data, of expectations.
  func report(_ diagnostics: [Diagnostic], console: Console) {
    console.error(
      FullRenderer(sources: sources, style: console.usesColor ? .ansi : .plain).render(diagnostics))
  }
}

extension Console {
  /// Prints an error that no line of a spec is to blame for.
  func fail(_ message: String, help: String? = nil) {
    error("error: \(message)\n" + (help.map { "  help: \($0)\n" } ?? ""))
  }
}
