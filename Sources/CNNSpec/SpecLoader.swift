package import CNNDiagnostics
package import CNNYAML

/// A spec without faults.
package struct Spec: Sendable {
  package let model: CheckedModel
  package let modelSpec: ModelSpec
  /// `nil` where the section is not written.
  package let data: DataSpec?
  package let training: TrainingSpec?
  package let expectations: Expectations
  /// The sections as read, every default among them; the model without its layers.
  let members: [YAMLEntry]

  package var name: String { model.name }
}

/// Sections that a command cannot do without.
package enum RequiredSections: Sendable {
  case model
  /// The model, `data` and `training`.
  case training
}

/// From the bytes of a spec to a `Spec`, or to every fault that it has.
///
/// Reads no file and knows no layer: bytes and catalogue are handed in. A fault in one section does not
/// hide those of another.
package enum SpecLoader {
  /// - Parameters:
  ///   - name: how diagnostics call the text: the path as the user wrote it.
  ///   - overrides: the texts of `--set`, in order.
  /// - Returns: `nil` if there are errors in the bag.
  package static func load(
    _ bytes: [UInt8], name: String, overrides: [String] = [], catalog: LayerCatalog, sources: inout SourceMap,
    bag: inout DiagnosticBag, sections: RequiredSections = .model
  ) -> Spec? {
    let source = sources.add(SourceText(name: name, bytes: bytes))
    var faults = DiagnosticBag()
    defer { bag.add(contentsOf: faults) }
    guard let text = YAMLReader.read(bytes, source: source, into: &faults) else { return nil }
    IgnoreComments.read(text, source: source, sources: &sources, into: &faults)
    var layerCount = 0
    let spec = read(text, overrides, catalog, sections, &sources, &faults, &layerCount)
    faults = RepairProof.prove(faults, text: text, bytes: bytes, layerCount: layerCount) { mended in
      var scratch = SourceMap()
      var faults = DiagnosticBag()
      let source = scratch.add(SourceText(name: name, bytes: mended))
      guard let text = YAMLReader.read(mended, source: source, into: &faults) else { return faults.diagnostics }
      var count = 0
      if let spec = read(text, overrides, catalog, sections, &scratch, &faults, &count) {
        faults.add(contentsOf: spec.expectations.broken(by: spec.model))
      }
      return faults.diagnostics
    }
    return spec
  }

  private static func read(
    _ text: YAMLNode, _ overrides: [String], _ catalog: LayerCatalog, _ sections: RequiredSections,
    _ sources: inout SourceMap, _ faults: inout DiagnosticBag, _ layerCount: inout Int
  ) -> Spec? {
    let root = Overrides.apply(overrides, to: text, catalog: catalog, sources: &sources, into: &faults)
    guard case .mapping(let entries) = root.content else {
      faults.add(
        Diagnostic(
          SpecCode.wrongType, "a spec is a mapping of sections, not \(root.described)", at: root.span,
          help: "begin with `model:`", path: "$"))
      return nil
    }
    var reading = SpecReading(entries, at: root.span, catalog: catalog)
    let spec = reading.read(sections)
    faults.add(contentsOf: reading.bag)
    layerCount = reading.layerCount
    return faults.hasErrors ? nil : spec
  }

  /// The layers of a tree, whatever else is wrong with it; `nil` where it has no list of them.
  static func layers(of root: YAMLNode, catalog: LayerCatalog) -> [LayerSpec]? {
    guard case .mapping(let entries) = root.content else { return nil }
    var reading = SpecReading(entries, at: root.span, catalog: catalog)
    return reading.readModel()?.layers
  }
}

/// One spec being read: its sections one by one, then what holds between them.
private struct SpecReading {
  let catalog: LayerCatalog
  var fields: FieldReader
  var bag = DiagnosticBag()
  /// How many layers blocks were expanded to.
  private(set) var layerCount = 0
  private var members: [YAMLEntry] = []
  private var substitution = Substitution()

  static let sections = ["cnnrun", "name", "data", "model", "training", "expect", "define"]

  init(_ entries: [YAMLEntry], at span: SourceSpan, catalog: LayerCatalog) {
    self.catalog = catalog
    // Sections that are missing are missing at the start of the file.
    let start = SourceSpan(source: span.source, start: span.start, end: span.start)
    fields = FieldReader(entries, of: "spec", at: entries.first?.keySpan ?? start, path: "$")
  }

  mutating func read(_ required: RequiredSections) -> Spec? {
    fields.reportUnknownKeys(Vocabulary([], and: Self.sections), in: "the spec")
    let definitions = readDefinitions()
    _ = fields.locateIfWritten("cnnrun", ValueType<Int>.integer(1...1, text: "the version of the language, 1"))
    let name = fields.locateIfWritten("name", ValueType<String>.name)
    members = fields.resolved
    let catalog = catalog
    var substitution = substitution
    let data = section("data", isRequired: required == .training) { DataReader.read(&$0) }
    let model = section("model", isRequired: true) {
      ModelReader.read(&$0, name: name, catalog: catalog, definitions, &substitution)
    }
    let training = section("training", isRequired: required == .training) { TrainingReader.read(&$0) }
    let expectations = section("expect", isRequired: false) {
      ExpectationReader.read(&$0, metrics: training?.metrics.map(\.value.name))
    }
    bag.add(contentsOf: fields.bag)
    defer {
      bag = bag.without(substitution.failures)
      bag.add(contentsOf: substitution.bag)
    }

    layerCount = model?.layers.count ?? 0
    guard let model, let checked = GraphAssembly.check(model, into: &bag) else { return nil }
    var crossed = DiagnosticBag()
    CrossChecks.check(checked, model, data: data, training: training, into: &crossed)
    model.add(crossed, to: &bag)
    if let expectations {
      CrossChecks.checkExpectations(expectations, data: data, training: training, into: &bag)
    }
    let spec = Spec(
      model: checked, modelSpec: model, data: data, training: training,
      expectations: expectations ?? Expectations(items: []),
      members: members)
    // What is only advice waits until the spec as such is right.
    if !bag.hasErrors { model.add(Advice.all(on: spec), to: &bag) }
    return spec
  }

  /// The section `model` alone.
  mutating func readModel() -> ModelSpec? {
    let definitions = readDefinitions()
    guard case .mapping(let entries)? = fields.entry("model")?.value.content else { return nil }
    var inner = FieldReader(entries, of: "model", at: fields.span(of: "model"), path: "$.model")
    return ModelReader.read(&inner, name: nil, catalog: catalog, definitions, &substitution)
  }

  /// The section `define`; afterwards its values stand in the place of their names.
  private mutating func readDefinitions() -> Definitions {
    let catalog = catalog
    let definitions =
      fields.entry("define").map { Definitions($0.value, at: $0.keySpan, catalog: catalog, &substitution) }
      ?? Definitions()
    fields.replaceValues { entry in
      entry.key == "define"
        ? entry.value : substitution.apply(DefinedNames(values: definitions.values), to: entry.value)
    }
    return definitions
  }

  private mutating func section<Section>(
    _ name: String, isRequired: Bool, _ read: (inout FieldReader) -> Section?
  ) -> Section? {
    guard let entry = fields.entry(name) else {
      if isRequired, !fields.isMistyped(name) {
        bag.add(
          Diagnostic(
            SpecCode.missingSection, "the spec has no section `\(name)`", at: fields.ownerSpan,
            help: Self.example(name), path: "$"))
      }
      return nil
    }
    guard case .mapping(let entries) = entry.value.content else {
      bag.add(
        Diagnostic(
          entry.value.isEmpty ? SpecCode.emptyValue : SpecCode.wrongType,
          "`\(name)` takes a mapping, not \(entry.value.described)", at: fields.span(of: name),
          help: Self.example(name), path: "$.\(name)"))
      return nil
    }
    var inner = FieldReader(entries, of: name, at: entry.keySpan, path: "$.\(name)")
    let section = read(&inner)
    let origin = LayerOrigin(item: name == "model" ? nil : entry.value, steps: [])
    for fault in origin.explained(inner.bag.diagnostics) { bag.add(fault) }
    members.append(YAMLEntry(key: name, keySpan: .nowhere, value: YAMLNode(.mapping(inner.resolved), span: .nowhere)))
    return section
  }

  private static func example(_ section: String) -> String {
    switch section {
    case "data": "add `data: {source: fashion_mnist}`"
    case "training": "add `training: {optimizer: adam, loss: categorical_crossentropy, epochs: 10}`"
    case "expect": "write `expect: {output_shape: [10]}`, or leave it out"
    default: "add `model: {input: [28, 28, 1], layers: [flatten, {dense: 10}]}`"
    }
  }
}

extension Spec {
  /// The spec with every default, every layer written out with its name and what it reads; see `resolvedText`.
  ///
  /// Made when asked for: of ten thousand layers it is the larger part of a spec.
  package var resolved: YAMLNode {
    var members = members
    let layers = model.layers.map { layer in
      layer.spec.resolvedNode(inputs: layer.inputs.map(model.name(of:)))
    }
    if !members.contains(where: { $0.key == "name" }) {
      members.insert(YAMLEntry(key: "name", keySpan: .nowhere, value: .text(model.name)), at: 0)
    }
    if let index = members.firstIndex(where: { $0.key == "model" }),
      case .mapping(var entries) = members[index].value.content
    {
      entries.append(YAMLEntry(key: "layers", keySpan: .nowhere, value: .list(layers)))
      members[index].value.content = .mapping(entries)
    }
    return YAMLNode(.mapping(members), span: .nowhere)
  }

  /// The spec with every default as YAML; read again, it gives the same spec.
  package var resolvedText: String { YAMLText.document(resolved) }
}

extension ModelSpec {
  /// Adds diagnostics with notes of where the layers that they are about are used; what is said of a block's text once.
  fileprivate func add(_ found: DiagnosticBag, to bag: inout DiagnosticBag) {
    if found.isEmpty { return }
    let origins = Dictionary(layers.map { ($0.path, $0.origin) }, uniquingKeysWith: { first, _ in first })
    var faults = RepeatedFaults()
    for diagnostic in found.diagnostics {
      // An argument's path is its layer's and a key more.
      let layer = diagnostic.path.lastIndex(of: ".").map { String(diagnostic.path[..<$0]) }
      var one = DiagnosticBag()
      one.add(diagnostic)
      let origin = origins[diagnostic.path] ?? layer.flatMap { origins[$0] }
      faults.add(one, from: origin ?? LayerOrigin(item: nil, steps: []), to: &bag)
    }
  }
}

extension DiagnosticBag {
  /// Without what follows from names that stand for nothing.
  fileprivate func without(_ failures: Set<SourceSpan>) -> DiagnosticBag {
    if failures.isEmpty { return self }
    var bag = DiagnosticBag()
    for diagnostic in diagnostics where !failures.contains(diagnostic.span) { bag.add(diagnostic) }
    return bag
  }
}
