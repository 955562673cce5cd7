internal import CNNDiagnostics
internal import CNNLayers
internal import CNNSpec
internal import CNNYAML

/// A model's `config.json`: what Keras 3 needs to build it, every argument written out but initialisers.
enum KerasConfigWriter {
  /// Classes that ask for the order of axes, which a user's Keras may have another default for.
  private static let orderedClasses: Set<String> = [
    "Conv2D", "DepthwiseConv2D", "SeparableConv2D", "Conv2DTranspose", "MaxPooling2D", "AveragePooling2D",
    "GlobalAveragePooling2D", "GlobalMaxPooling2D", "SpatialDropout2D", "Flatten", "ZeroPadding2D", "Cropping2D",
    "UpSampling2D", "RandomFlip", "RandomTranslation", "RandomRotation", "RandomZoom", "RandomCrop", "RandomContrast",
    "RandomBrightness",
  ]

  static func model(_ graph: KerasGraph, name: String) -> JSONText {
    graph.isSequential ? sequential(graph, name) : functional(graph, name)
  }

  private static func object(_ module: String, _ className: String, _ config: JSONText) -> [String: JSONText] {
    ["module": .string(module), "class_name": .string(className), "config": config, "registered_name": .null]
  }

  private static func sequential(_ graph: KerasGraph, _ name: String) -> JSONText {
    let layers = graph.nodes.map { JSONText.object(object("keras.layers", $0.className, .object($0.config))) }
    return .object(
      object(
        "keras", "Sequential", .object(["name": .string(name), "trainable": .bool(true), "layers": .array(layers)])))
  }

  private static func functional(_ graph: KerasGraph, _ name: String) -> JSONText {
    let layers = graph.order.map { index in
      let node = graph.nodes[index]
      var layer = object("keras.layers", node.className, .object(node.config))
      layer["name"] = .string(node.name)
      layer["inbound_nodes"] = .array(node.inputs.isEmpty ? [] : [call(node, graph)])
      return JSONText.object(layer)
    }
    func end(_ index: Int) -> JSONText { .array([.string(graph.nodes[index].name), .int(0), .int(0)]) }
    return .object(
      object(
        "keras.src.models.functional", "Functional",
        .object([
          "name": .string(name), "trainable": .bool(true), "layers": .array(layers), "input_layers": end(0),
          "output_layers": end(graph.output),
        ])))
  }

  private static func call(_ node: KerasGraph.Node, _ graph: KerasGraph) -> JSONText {
    let tensors = node.inputs.map { input in
      let source = graph.nodes[input]
      return JSONText.object([
        "class_name": .string("__keras_tensor__"),
        "config": .object([
          "shape": .array([.null] + source.outputExtents.map(JSONText.int)), "dtype": .string("float32"),
          "keras_history": .array([.string(source.name), .int(0), .int(0)]),
        ]),
      ])
    }
    return .object(["args": .array(tensors.count == 1 ? tensors : [.array(tensors)]), "kwargs": .object([:])])
  }

  /// The arguments of a layer under Keras's names, which are ours.
  static func config(of layer: CheckedLayer) -> [String: JSONText] {
    var config: [String: JSONText] = ["name": .string(layer.spec.name), "dtype": .string("float32")]
    // Not every class of Keras without weights takes it.
    if !layer.spec.isTrainable, !layer.parameters.isEmpty { config["trainable"] = .bool(false) }
    if orderedClasses.contains(layer.spec.className) { config["data_format"] = .string("channels_last") }
    if layer.layer is RandomCrop {
      config["cropping"] = .array((0..<2).map { margins(layer, axis: $0) })
      return config
    }
    // Of the kind alone: what every layer has, `trainable` too where it is written, was said above.
    let known = Set(type(of: layer.layer).arguments.map(\.name))
    for entry in layer.spec.resolved where known.contains(entry.key) && !entry.key.hasSuffix("_initializer") {
      config[entry.key] =
        entry.key.hasSuffix("_regularizer") ? regularizer(entry.value) : json(entry.value)
    }
    return config
  }

  /// Keras's RandomCrop leaves images whole in prediction, ours takes their middle: what Cropping2D does.
  static func className(of layer: CheckedLayer) -> String {
    layer.layer is RandomCrop ? Cropping2D.className : layer.spec.className
  }

  /// What is taken from both ends of an axis to leave the middle.
  private static func margins(_ layer: CheckedLayer, axis: Int) -> JSONText {
    let extra = layer.inputTypes[0].extents[axis] - layer.outputType.extents[axis]
    return .array([.int(extra / 2), .int(extra - extra / 2)])
  }

  private static func json(_ node: YAMLNode) -> JSONText {
    switch node.content {
    case .scalar(let scalar):
      if scalar.isQuoted { return .string(scalar.text) }
      switch scalar.text {
      case "none", "null": return .null
      case "true": return .bool(true)
      case "false": return .bool(false)
      default: break
      }
      if let integer = Int(scalar.text) { return .int(integer) }
      return Double(scalar.text).map(JSONText.number) ?? .string(scalar.text)
    case .sequence(let items): return .array(items.map(json))
    case .mapping(let entries):
      return .object(Dictionary(entries.map { ($0.key, json($0.value)) }, uniquingKeysWith: { first, _ in first }))
    }
  }

  /// `{l2: 0.01}` as Keras's object.
  private static func regularizer(_ node: YAMLNode) -> JSONText {
    guard case .object(let members) = json(node), let (word, value) = members.first else { return .null }
    func penalty(_ className: String, _ config: JSONText) -> JSONText {
      .object(object("keras.regularizers", className, config))
    }
    switch word {
    case "l1" where members.count == 1: return penalty("L1", .object(["l1": value]))
    case "l2" where members.count == 1: return penalty("L2", .object(["l2": value]))
    case "l1_l2": return penalty("L1L2", value)
    default: return penalty("L1L2", .object(members))
    }
  }
}
