internal import CNNDiagnostics
internal import CNNGraph
internal import CNNYAML

/// Reads the section `model`.
enum ModelReader {
  static let mostLayers = 10_000

  private static let input = Argument<[Int]>("input", .sampleExtents, doc: "Height, width and channels of a sample")

  static var schema: ValueSchema {
    .record([
      .init(input, examples: [.array([.int(28), .int(28), .int(1)])]),
      .init("layers", .layers, doc: "The layers, each reading the one before it", isRequired: true),
    ])
  }

  /// The model, perhaps with faulty parts that are marked so; `nil` if there are no layers to look at.
  static func read(
    _ fields: inout FieldReader, name: Located<String>?, catalog: LayerCatalog, _ definitions: Definitions,
    _ substitution: inout Substitution
  ) -> ModelSpec? {
    fields.reportUnknownKeys(Vocabulary([input], and: ["layers"]), in: "`model`")
    let (kerasInputs, rest) = split(fields.entry("layers")?.value)
    let input = readInput(&fields, kerasInputs)
    guard let entry = fields.entry("layers") else {
      fields.bag.hasErrors ? () : reportNoLayers(&fields, "`model` has no `layers`")
      return nil
    }
    guard case .sequence(let items) = entry.value.content else {
      if entry.value.isEmpty {
        reportNoLayers(&fields, "`layers` is empty")
      } else {
        fields.report(
          SpecCode.wrongType, "`layers` takes a list of layers, not \(entry.value.described)", at: "layers",
          help: "begin each layer with a dash: `- flatten`")
      }
      return nil
    }
    guard !items.isEmpty else {
      reportNoLayers(&fields, "`layers` is empty")
      return nil
    }
    guard items.count <= mostLayers else {
      fields.report(
        SpecCode.tooManyLayers, "\(items.count) layers exceed the limit of \(mostLayers)", at: "layers")
      return nil
    }
    var expansion = BlockExpansion(catalog: catalog, definitions: definitions, substitution: substitution)
    expansion.expand(rest, path: "\(fields.path).layers")
    substitution = expansion.substitution
    fields.take(expansion.bag)
    fields.take(expansion.reader.bag)
    return ModelSpec(
      name: name, input: input, layers: expansion.layers, scopes: expansion.scopes, isComplete: expansion.isComplete,
      keySpan: fields.ownerSpan, usedBlocks: expansion.used)
  }

  private static func split(_ layers: YAMLNode?) -> (inputs: [KerasInput], rest: [YAMLNode?]) {
    guard case .sequence(let items)? = layers?.content, items.count <= mostLayers else { return ([], []) }
    return KerasInput.split(items)
  }

  /// The model's `input`, or where it is said as in Keras, that, with its fault.
  private static func readInput(_ fields: inout FieldReader, _ others: [KerasInput]) -> Located<[Int]>? {
    let isSaid = fields.has(input.name) || fields.isMistyped(input.name)
    var bag = DiagnosticBag()
    for (index, other) in others.enumerated() {
      bag.add(other.fault(model: fields.ownerSpan, isSaid: isSaid || index > 0, path: "\(fields.path).layers"))
    }
    fields.take(bag)
    return isSaid || others.isEmpty ? fields.locate(input) : others.first?.located(path: fields.path)
  }

  private static func reportNoLayers(_ fields: inout FieldReader, _ message: String) {
    fields.report(
      SpecCode.noLayers, message, at: "layers", help: "add a layer: `layers: [flatten, {dense: 10}]`")
  }
}

extension LayerSpec {
  /// Holds the place of an item that is no layer.
  static func unreadable(_ item: YAMLNode, path: String, _ placement: LayerPlacement) -> LayerSpec {
    LayerSpec(
      kind: "", className: "", layer: nil, inputCount: .atLeast(1), name: "", hasExplicitName: false,
      nameSpan: item.span, localName: nil, inputs: nil, isTrainable: true, keySpan: item.span, path: path,
      arguments: [], placement: placement)
  }

  /// The layer with every default, its name and what it reads too.
  func resolvedNode(inputs: [String]) -> YAMLNode {
    var members = resolved
    func add(_ key: String, _ node: YAMLNode) {
      members.removeAll { $0.key == key }
      members.append(YAMLEntry(key: key, keySpan: .nowhere, value: node))
    }
    add("inputs", .list(inputs.map { .text($0) }))
    add("trainable", .boolean(isTrainable))
    add("name", .text(name))
    return .record([(kind, YAMLNode(.mapping(members), span: .nowhere))])
  }
}

extension ValueType where Value == [Int] {
  /// `[28, 28, 1]`, or `[784]` for features.
  static var sampleExtents: ValueType {
    let text = "height, width and channels, such as `[28, 28, 1]`"
    let item = ValueType<Int>.integer(1...SizeLimits.extent, text: "positive integers")
    return ValueType(
      text, schema: .oneOf([.list(item.schema, count: 3), .list(item.schema, count: 1)]),
      read: { node, reader in
        guard case .sequence(let nodes) = node.content else {
          reader.reportWrongType(node, expected: text, help: help(for: node))
          return nil
        }
        guard nodes.count == 3 || nodes.count == 1 else {
          reader.report(
            SpecCode.badExtents, "`input` takes \(text), or one number of features, not \(nodes.count) numbers",
            at: node.span,
            help: nodes.count == 2
              ? "add the channels: `input: [\(nodes.map { $0.scalar?.text ?? "" }.joined(separator: ", ")), 1]`"
              : nodes.count == 4
                ? "leave the batch out: `input: [\(nodes.dropFirst().map { $0.scalar?.text ?? "" }.joined(separator: ", "))]`"
                : nil)
          return nil
        }
        let extents = nodes.compactMap { item.read($0, &reader) }
        guard extents.count == nodes.count else { return nil }
        guard SizeLimits.elementCount(extents) != nil else {
          reader.report(
            SpecCode.sizeLimit,
            "an input of \(extents.map(String.init).joined(separator: "x")) values exceeds the limit",
            at: node.span, label: "too large", help: ShapeTrail.limitText)
          return nil
        }
        return extents
      },
      write: { .list($0.map { .integer($0) }) })
  }

  /// What an input that is no list was meant to be.
  private static func help(for node: YAMLNode) -> String? {
    switch node.content {
    case .scalar(let scalar):
      if scalar.integer.value != nil { return "write `input: [\(scalar.text)]` for a list of features" }
      guard case .list(let items)? = ForeignList(scalar.text), items.count == 2 else { return nil }
      return "add the channels: `input: [\(items.map(\.text).joined(separator: ", ")), 1]`"
    case .mapping(let entries):
      func text(_ keys: String...) -> String? {
        entries.first { keys.contains($0.key.lowercased()) }?.value.scalar?.text
      }
      let sizes = [text("height", "rows", "h"), text("width", "columns", "w"), text("channels", "depth", "c")]
      if case .sequence(let items)? = entries.first(where: { $0.key == "shape" })?.value.content {
        return "write `input: [\(items.map { $0.scalar?.text ?? "…" }.joined(separator: ", "))]`"
      }
      return
        "write `input: [\(sizes.compactMap(\.self).count == 3 ? sizes.compactMap(\.self).joined(separator: ", ") : "28, 28, 1")]`"
    case .sequence: return nil
    }
  }
}
