package import CNNDiagnostics
internal import CNNGraph

/// The JSON Schema of specs, draft 7, made from the same descriptions that read them.
///
/// In: the catalogue of layers. Out: JSON that editors complete and check by, and the order of keys that `fmt` puts
/// them in. What a schema cannot say (shapes, names that exist) stays with `validate`.
package struct SpecSchema: Sendable {
  let catalog: LayerCatalog

  package init(_ catalog: LayerCatalog) {
    self.catalog = catalog
  }

  package var text: String { json.prettyText }

  /// The sections, in the order in which a spec has them.
  static var sections: [ValueSchema.Member] {
    [
      .init("cnnrun", .integer(minimum: 1, maximum: 1), doc: "Version of the language"),
      .init("name", ValueType<String>.name.schema, doc: "What the model is called, and its run directory"),
      .init("define", .record([]), doc: "Values and blocks of layers that the model uses as `$name` or by their name"),
      .init("data", DataReader.schema, doc: "Where samples come from, and which play which part"),
      .init("model", ModelReader.schema, doc: "The network", isRequired: true),
      .init("training", TrainingReader.schema, doc: "How the network is trained"),
      .init("expect", ExpectationReader.schema, doc: "What must hold of the model before training, and of a run after"),
    ]
  }

  /// The arguments of a kind of layer, those that every layer has behind its own.
  static func arguments(of kind: any Layer.Type) -> [ValueSchema.Member] {
    let own = kind.arguments.map { ValueSchema.Member($0) }
    let common: [ValueSchema.Member] = [
      .init(LayerReader.name.name, LayerReader.name.type.schema, doc: LayerReader.name.doc),
      .init(
        "inputs", LayerReader.inputs.schema, doc: "Names of what the layer reads, instead of the layer before it",
        isRequired: !kind.inputCount.allows(1)),
      .init(LayerReader.trainable),
    ]
    return own + common.filter { member in !own.contains { $0.name == member.name } }
  }

  // MARK: JSON

  package var json: JSONText {
    var root = object(Self.sections, references: true)
    root["$schema"] = .string("http://json-schema.org/draft-07/schema#")
    root["title"] = .string("cnnrun spec")
    root["description"] = .string("A convolutional network, its data and its training, as cnnrun reads them")
    root["definitions"] = .object(definitions)
    if case .object(var properties)? = root["properties"] {
      // A section is always written out.
      for case (let name, .record(let members), let doc) in Self.sections.map({ ($0.name, $0.schema, $0.doc) }) {
        properties[name] = .object(
          object(members, references: true).merging(["description": .string(doc)]) { $1 })
      }
      properties["define"] = Self.reference("define")
      properties["expect"] = properties["expect"].map(Self.openToMetrics)
      properties["model"] = .object(["description": .string("The network")])
      root["properties"] = .object(properties)
    }
    // Only a spec that defines blocks can use names that are no layers.
    root["if"] = .object(["required": .array([.string("define")])])
    root["then"] = .object(["properties": .object(["model": Self.reference("model_with_blocks")])])
    root["else"] = .object(["properties": .object(["model": Self.reference("model")])])
    root["allOf"] = .array([Self.closedExpectations])
    return .object(root)
  }

  /// Metrics may have names of their own, which expectations go by.
  private static func openToMetrics(_ section: JSONText) -> JSONText {
    var members = section.members
    members["additionalProperties"] = members["properties"]?.members["val_loss"] ?? .object([:])
    return .object(members)
  }

  /// Without a metric that has a name of its own, expectations are those of the language.
  private static var closedExpectations: JSONText {
    let named = JSONText.object([
      "type": .string("object"), "minProperties": .int(1),
      "additionalProperties": .object(["type": .string("object"), "required": .array([.string("name")])]),
    ])
    let metrics = JSONText.object([
      "anyOf": .array([named, .object(["type": .string("array"), "contains": named])])
    ])
    let training = JSONText.object([
      "type": .string("object"), "required": .array([.string("metrics")]),
      "properties": .object(["metrics": metrics]),
    ])
    guard case .record(let members) = ExpectationReader.schema else { return .bool(true) }
    let names = JSONText.object(["enum": .array(members.map { .string($0.name) })])
    return .object([
      "if": .object([
        "required": .array([.string("training")]), "properties": .object(["training": training]),
      ]),
      "then": .bool(true),
      "else": .object(["properties": .object(["expect": .object(["propertyNames": names])])]),
    ])
  }

  private var definitions: [String: JSONText] {
    var result: [String: JSONText] = [
      "reference": .object([
        "type": .string("string"), "pattern": .string(#"^\$[A-Za-z_][A-Za-z0-9_.-]*$"#),
        "description": .string("A value of `define`, or a block's parameter"),
      ]),
      "define": define,
    ]
    for suffix in ["", "_with_blocks"] {
      result["layer\(suffix)"] = layer(suffix)
      result["layers\(suffix)"] = Self.list(of: "layer\(suffix)")
      for (name, members) in blocks {
        result["\(name)\(suffix)"] = .object(object(members, references: true, layers: "layers\(suffix)"))
      }
      if case .record(let members) = ModelReader.schema {
        result["model\(suffix)"] = .object(object(members, references: true, layers: "layers\(suffix)"))
      }
    }
    for kind in catalog.kinds { result[kind.kind] = definition(of: kind) }
    let shared = [
      ValueType<Initializer>.initializer.schema, ValueType<Regularizer>.regularizer.schema,
      ValueType<Activation>.activation.schema, ValueType<Resolved<LearningRateSpec>>.learningRate.schema,
      ValueType<ScheduleSpec.Warmup>.warmup.schema,
    ]
    for case .named(let name, let schema) in shared { result[name] = value(schema, references: true) }
    return result
  }

  /// The blocks of the language and their keys.
  var blocks: [(String, [ValueSchema.Member])] {
    let common: [ValueSchema.Member] = [
      .init(LayerReader.name.name, LayerReader.name.type.schema, doc: "What the block's layers are called after"),
      .init("inputs", LayerReader.inputs.schema, doc: "Name of what the block reads, instead of the layer before it"),
    ]
    let merges = catalog.kinds.filter { $0.inputCount != .one }
    let merge = ValueSchema.oneOf([
      .words(merges.map { $0.kind }),
      .choice(merges.map { .init($0.kind, .record(Self.arguments(of: $0).filter { !$0.isRequired })) }),
    ])
    return [
      (
        "repeat",
        [
          .init(BlockExpansion.times),
          .init("layers", .layers, isRequired: true),
        ] + common
      ),
      (
        "residual",
        [
          .init("layers", .layers, doc: "The branch whose output is added", isRequired: true),
          .init("shortcut", .layersOrNone, doc: "Layers on the other way; identity if left out"),
          .init("activation", ValueType<Activation>.activation.schema, doc: "Applied to the sum"),
        ] + common
      ),
      (
        "branches",
        [
          .init("merge", merge, doc: "How the outputs of the paths are joined", isRequired: true),
          .init(
            "paths", .sequence(of: .layersOrNone, counts: 2...Int.max),
            doc: "A list of layers for each path, two or more",
            isRequired: true),
        ] + common
      ),
    ]
  }

  private var define: JSONText {
    var block = object(
      [
        .init("parameters", .record([]), doc: "Parameters with their defaults"),
        .init("layers", .layers, isRequired: true),
      ], references: true, layers: "layers_with_blocks")
    if case .object(var properties)? = block["properties"] {
      properties["parameters"] = .object([
        "type": .string("object"), "description": .string("Parameters with their defaults"),
        "propertyNames": Self.names(except: LayerReader.blockKeys),
        "maxProperties": .int(Definitions.mostParameters),
      ])
      block["properties"] = .object(properties)
    }
    return .object([
      "type": .string("object"),
      "description": .string("Values that the model uses as `$name`, and blocks of layers that it uses by name"),
      "propertyNames": Self.names(except: []),
      "properties": .object([
        "blocks": .object([
          "type": .string("object"), "additionalProperties": .object(block),
          "propertyNames": Self.names(except: catalog.takenNames),
          "description": .string("Blocks of layers by name"),
        ])
      ]),
    ])
  }

  /// What the keys of a mapping may be where they are names that the spec gives.
  private static func names(except taken: [String]) -> JSONText {
    guard case .pattern(let pattern, _) = ValueType<String>.name.schema else { return .bool(true) }
    var members: [String: JSONText] = ["pattern": .string(pattern)]
    if !taken.isEmpty { members["not"] = .object(["enum": .array(taken.map(JSONText.string))]) }
    return .object(members)
  }

  /// An item of `layers`: a kind alone, or one kind or block with its arguments.
  private func layer(_ suffix: String) -> JSONText {
    var properties: [String: JSONText] = [:]
    for kind in catalog.kinds { properties[kind.kind] = Self.reference(kind.kind) }
    for (name, _) in blocks { properties[name] = Self.reference(name + suffix) }
    let alone = catalog.kinds.filter { kind in !Self.arguments(of: kind).contains { $0.isRequired } }.map { $0.kind }
    var open: [JSONText] = [.object(["enum": .array(alone.map(JSONText.string))])]
    if !suffix.isEmpty { open.append(.object(["type": .string("string"), "description": .string("A block")])) }
    return .object([
      "anyOf": .array(
        open + [
          .object([
            "type": .string("object"), "minProperties": .int(1), "maxProperties": .int(1),
            "properties": .object(properties), "additionalProperties": .bool(!suffix.isEmpty),
          ])
        ])
    ])
  }

  private func definition(of kind: any Layer.Type) -> JSONText {
    let members = Self.arguments(of: kind)
    var forms: [JSONText] = []
    let isMainEnough = !members.contains { $0.isRequired && $0.name != kind.mainArgument }
    if isMainEnough, let main = members.first(where: { $0.name == kind.mainArgument }) {
      forms.append(value(main.schema, references: true))
    }
    forms.append(.object(object(members, references: true)))
    if !members.contains(where: \.isRequired) { forms.append(.object(["type": .string("null")])) }
    return .object(["anyOf": .array(forms), "description": .string(kind.summary)])
  }

  private func object(
    _ members: [ValueSchema.Member], references: Bool, layers: String = "layers"
  ) -> [String: JSONText] {
    var properties: [String: JSONText] = [:]
    for member in members {
      var property = value(member.schema, references: references, layers: layers).members
      if property["$ref"] != nil { property = ["allOf": .array([.object(property)])] }
      if !member.doc.isEmpty { property["description"] = .string(member.doc) }
      if let value = member.defaultValue { property["default"] = value }
      if !member.examples.isEmpty { property["examples"] = .array(member.examples) }
      properties[member.name] = .object(property)
    }
    var result: [String: JSONText] = [
      "type": .string("object"), "properties": .object(properties), "additionalProperties": .bool(false),
    ]
    let required = members.filter(\.isRequired).map(\.name)
    if !required.isEmpty { result["required"] = .array(required.map(JSONText.string)) }
    return result
  }

  /// - Parameter references: whether `$name` may stand for a value.
  private func value(_ schema: ValueSchema, references: Bool, layers: String = "layers") -> JSONText {
    let plain = form(schema, references: references, layers: layers)
    if !references { return plain }
    switch schema {
    case .layers, .layersOrNone, .text, .named: return plain
    case .oneOf: return .object(["anyOf": .array(plain.alternatives + [Self.reference("reference")])])
    default: return .object(["anyOf": .array([plain, Self.reference("reference")])])
    }
  }

  private func form(_ schema: ValueSchema, references: Bool, layers: String) -> JSONText {
    switch schema {
    case .integer(let minimum, let maximum):
      var members: [String: JSONText] = ["type": .string("integer")]
      if let minimum { members["minimum"] = .int(minimum) }
      if let maximum { members["maximum"] = .int(maximum) }
      return .object(members)
    case .number(let range): return .object(Self.number(range))
    case .boolean: return .object(["type": .string("boolean")])
    case .text: return .object(["type": Self.types(.any), "minLength": .int(1)])
    case .pattern(let pattern, let kinds): return .object(["type": Self.types(kinds), "pattern": .string(pattern)])
    case .words(let words): return .object(["enum": .array(words.map(JSONText.string))])
    case .sequence(let item, let counts):
      var members: [String: JSONText] = [
        "type": .string("array"), "items": value(item, references: references, layers: layers),
      ]
      if counts.lowerBound > 0 { members["minItems"] = .int(counts.lowerBound) }
      if counts.upperBound < Int.max { members["maxItems"] = .int(counts.upperBound) }
      return .object(members)
    case .record(let members): return .object(object(members, references: references, layers: layers))
    case .choice(let choices):
      var members = object(choices, references: references, layers: layers)
      if case .object(var properties)? = members["properties"] {
        // `{adam: }` is `adam`.
        for choice in choices where choice.schema.needsNothing {
          guard let property = properties[choice.name] else { continue }
          properties[choice.name] = .object([
            "anyOf": .array(property.alternatives + [.object(["type": .string("null")])])
          ])
        }
        members["properties"] = .object(properties)
      }
      members["minProperties"] = .int(1)
      members["maxProperties"] = .int(1)
      return .object(members)
    case .map(let schema):
      return .object([
        "type": .string("object"), "minProperties": .int(1),
        "additionalProperties": value(schema, references: references, layers: layers),
      ])
    case .oneOf(let schemas):
      return .object(["anyOf": .array(schemas.map { form($0, references: references, layers: layers) })])
    case .named(let name, _): return Self.reference(name)
    case .layers: return Self.reference(layers)
    case .layersOrNone:
      return .object(["type": .string("array"), "items": Self.reference(layers.replacing("layers", with: "layer"))])
    }
  }

  private static func types(_ kinds: ValueSchema.ScalarKinds) -> JSONText {
    switch kinds {
    case .any: .array([.string("string"), .string("number"), .string("boolean")])
    case .words: .array([.string("string"), .string("boolean")])
    case .strings: .string("string")
    }
  }

  private static func number(_ range: NumberRange) -> [String: JSONText] {
    var members: [String: JSONText] = ["type": .string("number")]
    if let minimum = range.minimum {
      members[range.includesMinimum ? "minimum" : "exclusiveMinimum"] = .number(minimum)
    }
    if let maximum = range.maximum {
      members[range.includesMaximum ? "maximum" : "exclusiveMaximum"] = .number(maximum)
    }
    return members
  }

  private static func reference(_ name: String) -> JSONText { .object(["$ref": .string("#/definitions/\(name)")]) }

  private static func list(of name: String) -> JSONText {
    .object(["type": .string("array"), "items": reference(name), "minItems": .int(1)])
  }
}

extension ValueSchema {
  /// Whether a mapping without any key is of this form.
  fileprivate var needsNothing: Bool {
    switch self {
    case .record(let members): !members.contains(where: \.isRequired)
    case .oneOf(let schemas): schemas.contains(where: \.needsNothing)
    case .named(_, let schema): schema.needsNothing
    default: false
    }
  }
}

extension JSONText {
  fileprivate var members: [String: JSONText] {
    if case .object(let members) = self { members } else { [:] }
  }

  fileprivate var alternatives: [JSONText] {
    if case .array(let forms)? = members["anyOf"] { forms } else { [self] }
  }
}
