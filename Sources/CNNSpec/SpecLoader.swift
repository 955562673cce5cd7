internal import CNNBuiltIn
package import CNNDiagnostics
package import CNNYAML

/// A spec without faults.
package struct Spec: Sendable {
  package let model: CheckedModel
  package let modelSpec: ModelSpec
  /// `nil` where the section is not written.
  package fileprivate(set) var data: DataSpec?
  package fileprivate(set) var training: TrainingSpec?
  /// Whether the section is written and not to be had, of a spec with errors.
  package fileprivate(set) var isTrainingFaulty = false
  package let expectations: Expectations
  /// The sections as read, every default among them; the model without its layers.
  let members: [YAMLEntry]
  let unusedDefinitions: [UnusedDefinition]
  let catalog: LayerCatalog

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
    var work = 0
    var partial: Spec?
    return load(
      bytes, name: name, overrides: overrides, catalog: catalog, sources: &sources, bag: &bag, sections: sections,
      work: &work, partial: &partial)
  }

  /// - Parameters:
  ///   - work: how much was looked at is added to it: the text's bytes, and as many for each layer as a short one takes,
  ///     once for the text and once for each proof of a repair.
  ///   - partial: what is sound of a spec with errors, for checks that need nothing else; `nil` if its model is not.
  package static func load(
    _ bytes: [UInt8], name: String, overrides: [String] = [], catalog: LayerCatalog, sources: inout SourceMap,
    bag: inout DiagnosticBag, sections: RequiredSections = .model, work: inout Int, partial: inout Spec?
  ) -> Spec? {
    let source = sources.add(SourceText(name: name, bytes: bytes))
    var faults = DiagnosticBag()
    var layerCount = 0
    var proofCount = 0
    defer {
      bag.add(contentsOf: faults)
      work += (bytes.count + layerCount * bytesOfLayer) * (1 + proofCount)
    }
    guard let text = YAMLReader.read(bytes, source: source, into: &faults) else { return nil }
    IgnoreComments.read(text, source: source, sources: &sources, into: &faults)
    let spec = read(text, overrides, catalog, sections, &sources, &faults, &layerCount, &partial)
    faults = RepairProof.prove(
      faults, silence: Silence(sources), text: text, bytes: bytes, layerCount: layerCount
    ) { mended in
      proofCount += 1
      var scratch = SourceMap()
      var faults = DiagnosticBag()
      let source = scratch.add(SourceText(name: name, bytes: mended))
      guard let text = YAMLReader.read(mended, source: source, into: &faults) else { return faults.diagnostics }
      var count = 0
      var partial: Spec?
      if let spec = read(text, overrides, catalog, sections, &scratch, &faults, &count, &partial) {
        faults.add(contentsOf: spec.expectations.broken(by: spec.model))
      }
      return faults.diagnostics
    }
    return spec
  }

  private static let bytesOfLayer = 64

  private static func read(
    _ text: YAMLNode, _ overrides: [String], _ catalog: LayerCatalog, _ sections: RequiredSections,
    _ sources: inout SourceMap, _ faults: inout DiagnosticBag, _ layerCount: inout Int, _ partial: inout Spec?
  ) -> Spec? {
    let overrides = Overrides.apply(overrides, to: text, catalog: catalog, sources: &sources, into: &faults)
    let root = overrides.root
    guard case .mapping(let entries) = root.content else {
      faults.add(
        Diagnostic(
          SpecCode.wrongType, "a spec is a mapping of sections, not \(root.described)", at: root.span,
          help: "begin with `model:`", path: "$"))
      return nil
    }
    var reading = SpecReading(entries, at: root.span, catalog: catalog)
    let spec = reading.read(sections)
    faults.add(contentsOf: overrides.explained(reading.bag))
    layerCount = reading.layerCount
    guard faults.hasErrors else { return spec }
    partial = reading.partial ?? spec
    return nil
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
  /// See `SpecLoader.load`.
  private(set) var partial: Spec?
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
    fields.respell(Self.sections, in: "the spec")
    takeBareModel()
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
      bag = substitution.named(bag).without(substitution.failures)
      bag.add(contentsOf: substitution.bag)
    }

    layerCount = model?.layers.count ?? 0
    CrossChecks.check(data, training, expectations, into: &bag)
    if let model, let data { CrossChecks.checkInput(model, data, into: &bag) }
    guard let model, let checked = GraphAssembly.check(model, into: &bag) else {
      if let training { CrossChecks.checkClassWeight(nil, data, training, into: &bag) }
      return nil
    }
    var crossed = DiagnosticBag()
    if let training { CrossChecks.check(checked, data: data, training: training, into: &crossed) }
    model.add(crossed, to: &bag)
    let spec = Spec(
      model: checked, modelSpec: model, data: data?.spec, training: training?.spec,
      expectations: expectations ?? Expectations(items: []),
      members: members, unusedDefinitions: unused(definitions, by: model, substitution), catalog: catalog)
    if bag.hasErrors || substitution.bag.hasErrors {
      // Of a spec that is right they are told by whoever can plan it too.
      bag.add(contentsOf: spec.expectations.broken(by: checked))
      var sound = spec
      sound.data = data?.samples
      if crossed.hasErrors { sound.training = nil }
      sound.isTrainingFaulty = sound.training == nil && fields.has("training")
      partial = sound
    } else {
      // What is only advice waits until the spec as such is right.
      model.add(Advice.all(on: spec), to: &bag)
    }
    return spec
  }

  /// `input` and `layers` without the section around them, or a list of layers as the section, are read as if all of it
  /// were there, and reported once.
  private mutating func takeBareModel() {
    let fault: Diagnostic
    if let model = fields.entry("model") {
      guard case .sequence = model.value.content else { return }
      fault = Diagnostic(
        SpecCode.wrongType, "`model` takes `input` and `layers` by name, not a list", at: model.keySpan,
        help: "put a line `layers:` above the list, indented below `model:`", path: "$.model")
      fields.wrap("model", in: "layers")
    } else {
      guard let layers = fields.entry("layers"), case .sequence = layers.value.content else { return }
      let isAlone = !fields.has("input")
      fault = Diagnostic(
        SpecCode.missingSection, "`layers` stands outside of the section `model`", at: layers.keySpan,
        help: "write `model:` in a line above, and indent \(isAlone ? "" : "`input` and ")`layers` below it", path: "$")
      fields.gather(["input", "layers"], into: "model")
    }
    bag.add(fault)
  }

  private func unused(
    _ definitions: Definitions, by model: ModelSpec, _ substitution: Substitution
  ) -> [UnusedDefinition] {
    guard let node = fields.entry("define")?.value else { return [] }
    return UnusedDefinition.all(
      in: definitions, values: substitution.usedNames, blocks: model.usedBlocks, node: node,
      sections: fields.keys.filter { $0 != "define" }.compactMap { fields.entry($0)?.value })
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
      var fault = Diagnostic(
        entry.value.isEmpty ? SpecCode.emptyValue : SpecCode.wrongType,
        "`\(name)` takes a mapping, not \(entry.value.described)", at: fields.span(of: name),
        help: Self.example(name, entry.value), path: "$.\(name)")
      if name == "data", let word = entry.value.scalar?.text, BuiltInData(rawValue: word) != nil {
        let text = "{source: \(word)}"
        fault.fix = .init("write \(text)", isSafe: false, edits: [.init(entry.value.span, text: text)])
      }
      bag.add(fault)
      return nil
    }
    var inner = FieldReader(entries, of: name, at: entry.keySpan, path: "$.\(name)")
    let section = read(&inner)
    let origin = LayerOrigin(item: name == "model" ? nil : entry.value, steps: [])
    for fault in origin.explained(inner.bag.diagnostics) { bag.add(fault) }
    members.append(YAMLEntry(key: name, keySpan: .nowhere, value: YAMLNode(.mapping(inner.resolved), span: .nowhere)))
    return section
  }

  /// - Parameter value: what stands there instead.
  private static func example(_ section: String, _ value: YAMLNode? = nil) -> String {
    if let value {
      switch (section, value.content) {
      case ("data", .scalar(let scalar)) where !scalar.text.isEmpty: return "write `data: {source: \(scalar.text)}`"
      case ("model", .sequence):
        return "put `layers:` above the list, indented below `model:`, and `input: [28, 28, 1]`"
      case ("expect", .sequence): return "leave the dashes out: keys of `expect` stand below each other"
      case ("training", .sequence), ("data", .sequence): return "leave the dashes out: these are keys, not items"
      default: break
      }
    }
    return switch section {
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
  package var resolved: YAMLNode { YAMLNode(.mapping(resolved(withLayers: true)), span: .nowhere) }

  private func resolved(withLayers: Bool) -> [YAMLEntry] {
    var members = members
    if !members.contains(where: { $0.key == "name" }) {
      members.insert(YAMLEntry(key: "name", keySpan: .nowhere, value: .text(model.name)), at: 0)
    }
    if withLayers, let index = members.firstIndex(where: { $0.key == "model" }),
      case .mapping(var entries) = members[index].value.content
    {
      let layers = model.layers.map(resolvedNode)
      entries.append(YAMLEntry(key: "layers", keySpan: .nowhere, value: .list(layers)))
      members[index].value.content = .mapping(entries)
    }
    return members
  }

  /// The spec with every default as YAML, in the form of `fmt`; read again, it gives the same spec.
  ///
  /// Layer by layer, so that the tree of ten thousand is never there at once.
  package var resolvedText: String {
    let order = SpecSchema(catalog).keyOrder
    let root = YAMLNode(.mapping(resolved(withLayers: false)), span: .nowhere).sorted(by: order)
    guard case .mapping(let members) = root.content else { return "" }
    let layerOrder = order.child("model")?.child("layers")?.item()
    var text = ""
    var wasBlock = false
    for member in members {
      let own = YAMLText.document(YAMLNode(.mapping([member]), span: .nowhere))
      let isBlock = member.key == "model" || own.dropLast().contains("\n")
      if !text.isEmpty, isBlock || wasBlock { text += "\n" }
      text += own
      wasBlock = isBlock
      guard member.key == "model" else { continue }
      text += "  layers:\n"
      for layer in model.layers {
        text += YAMLText.document(.list([resolvedNode(of: layer).sorted(by: layerOrder)]), indent: 4)
      }
    }
    return text
  }

  private func resolvedNode(of layer: CheckedLayer) -> YAMLNode {
    layer.spec.resolvedNode(inputs: layer.inputs.map(model.name(of:)))
  }
}

extension ModelSpec {
  /// Adds diagnostics with notes of where the layers that they are about are used; what is said of a block's text once.
  fileprivate func add(_ found: DiagnosticBag, to bag: inout DiagnosticBag) {
    if found.isEmpty { return }
    // An argument's path is its layer's and a key more.
    let paths = found.diagnostics.map { diagnostic in
      (own: diagnostic.path, layer: diagnostic.path.lastIndex(of: ".").map { String(diagnostic.path[..<$0]) } ?? "")
    }
    let wanted = Set(paths.flatMap { [$0.own, $0.layer] })
    var origins: [String: LayerOrigin] = [:]
    for layer in layers where wanted.contains(layer.path) && origins[layer.path] == nil {
      origins[layer.path] = layer.origin
    }
    var faults = RepeatedFaults()
    for (diagnostic, path) in zip(found.diagnostics, paths) {
      var one = DiagnosticBag()
      one.add(diagnostic)
      faults.add(one, from: origins[path.own] ?? origins[path.layer] ?? LayerOrigin(item: nil, steps: []), to: &bag)
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
