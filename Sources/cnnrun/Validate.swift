import ArgumentParser
import CNNDiagnostics
import CNNLayers
import CNNSession
import CNNSpec

struct Validate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Report every fault of every spec, each at its place; opens nothing but the specs.")

  enum Format: String, CaseIterable, ExpressibleByArgument { case full, concise, json }

  @ArgumentParser.Argument(help: "The specs, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var specs: [String]

  @Option(help: "full for people, concise for grep, json for tools.")
  var format = Format.full

  @Flag(help: "Warnings count as errors.")
  var strict = false

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    var sources = SourceMap()
    var bag = DiagnosticBag()
    var isUnreadable = false
    var faultyFiles = 0
    for path in specs {
      guard let input = try? SpecInput(path, console: console) else {
        isUnreadable = true
        continue
      }
      var faults = DiagnosticBag()
      let spec = SpecLoader.load(
        input.bytes, name: input.displayName, overrides: specOptions.overrides, catalog: .standard, sources: &sources,
        bag: &faults)
      if let spec {
        let loaded = LoadedSpec(spec: spec, sources: sources, input: input)
        if let fault = loaded.faultOfData { faults.add(fault) }
        faults.add(contentsOf: spec.expectations.broken(by: spec.model))
        if spec.expectations.needsPlan, spec.model.oversized.isEmpty {
          faults.add(contentsOf: loaded.brokenLimits(CompiledModel(spec)))
        }
      }
      faults = faults.withoutSuppressed(in: sources)
      if !faults.isEmpty { faultyFiles += 1 }
      bag.add(contentsOf: faults)
    }
    try show(bag, sources, faultyFiles: faultyFiles, console)
    if isUnreadable { throw Exit(.usage) }
    let counted = bag.diagnostics.filter { $0.severity == .error || (strict && $0.severity == .warning) }
    if counted.isEmpty { return }
    throw Exit(counted.allSatisfy { $0.code == SpecCode.brokenExpectation } ? .expectation : .specFault)
  }

  private func show(_ bag: DiagnosticBag, _ sources: SourceMap, faultyFiles: Int, _ console: Console) throws {
    switch format {
    case .full:
      if bag.isEmpty {
        console.note("\(specs.count) \(specs.count == 1 ? "spec is" : "specs are") valid\n")
        return
      }
      let errors = bag.diagnostics.count { $0.severity == .error }
      console.error(
        FullRenderer(sources: sources, style: console.usesColor ? .ansi : .plain)
          .render(
            bag,
            total: DiagnosticTotal(
              errors: errors, warnings: bag.diagnostics.count { $0.severity == .warning }, faultyFiles: faultyFiles,
              files: specs.count)))
    case .concise:
      if !bag.isEmpty { try console.result(ConciseRenderer(sources: sources).render(bag.sorted)) }
    case .json:
      try console.result(
        JSONRenderer(sources: sources, toolVersion: cnnrunVersion).render(bag.sorted, fileCount: specs.count))
    }
  }
}
