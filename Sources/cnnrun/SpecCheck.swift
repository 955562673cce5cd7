import CNNDiagnostics
import CNNFiles
import CNNLayers
import CNNSpec
import CNNTraining

/// What `validate` makes of one spec: its bytes, and all that is wrong with them.
struct SpecCheck {
  let overrides: [String]

  /// Everything that the text alone decides; opens nothing.
  ///
  /// - Returns: the spec, if it can be used.
  func check(_ input: SpecInput, _ sources: inout SourceMap, into bag: inout DiagnosticBag) -> LoadedSpec? {
    var work = 0
    return check(input, &sources, into: &bag, work: &work)
  }

  private func check(
    _ input: SpecInput, _ sources: inout SourceMap, into bag: inout DiagnosticBag, work: inout Int
  ) -> LoadedSpec? {
    var faults = DiagnosticBag()
    var partial: Spec?
    let spec = SpecLoader.load(
      input.bytes, name: input.displayName, overrides: overrides, catalog: .standard, sources: &sources, bag: &faults,
      work: &work, partial: &partial)
    let known = (spec ?? partial).map { LoadedSpec(spec: $0, sources: sources, input: input) }
    if let known {
      for fault in known.data?.faultsOfSpec ?? [] { faults.add(fault) }
      faults.add(contentsOf: known.brokenExpectations())
    }
    bag.add(contentsOf: faults.withoutSuppressed(in: sources))
    return spec == nil ? nil : known
  }

  /// The faults of a text that may never be written: spans point into text 0 of a source map of their own.
  func faults(of bytes: [UInt8], like input: SpecInput) -> (bag: DiagnosticBag, work: Int) {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    var work = 0
    _ = check(SpecInput(path: input.path, bytes: bytes, name: input.name), &sources, into: &bag, work: &work)
    return (bag, work)
  }
}

/// The specs that the operands of a command stand for.
enum SpecFiles {
  /// - Throws: a usage error for a folder or pattern that stands for no spec.
  static func expand(_ operands: [String], console: Console) throws -> [String] {
    let search = FileSearch { name in name.hasSuffix(".yaml") || name.hasSuffix(".yml") }
    var seen: Set<String> = []
    var result: [String] = []
    for operand in operands {
      let files: [String]
      do throws(FileError) {
        files = operand == "-" ? ["-"] : try search.files(operand)
      } catch {
        console.fail(error.message, help: error.help)
        throw Exit(.usage)
      }
      if files.isEmpty {
        let isPattern = FileSearch.isPattern(operand) && FileAccess().status(operand) == nil
        console.fail(
          isPattern ? "no file matches '\(operand)'" : "no specs in '\(operand)': no file ends in .yaml or .yml",
          help: "name a spec, a folder with specs, a pattern such as 'Specs/*.yaml', or - for stdin")
        throw Exit(.usage)
      }
      for file in files where seen.insert(Report.normalized(file)).inserted { result.append(file) }
    }
    return result
  }
}
