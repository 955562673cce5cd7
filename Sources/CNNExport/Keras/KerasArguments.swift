internal import CNNDiagnostics
internal import CNNGraph
internal import CNNSpec
internal import CNNYAML

/// A layer's arguments as Keras's config has them, as those of a spec.
///
/// Both have the same names. An argument that a kind has not must have the value that changes nothing, or is refused.
/// Initialisers are left out: the values come with the model.
struct KerasArguments {
  let kind: any Layer.Type
  let layer: KerasNetwork.Layer
  /// Mean and variance that a Normalization learned by `adapt`.
  var adapted: (mean: [Float], variance: [Float])?

  /// The arguments that differ from their defaults, in the order of the kind.
  func entries(_ findings: inout KerasFindings) -> [(String, YAMLNode)] {
    var entries: [(String, YAMLNode)] = []
    let before = findings.problems.count
    var config = layer.config
    for key in ["name", "dtype", "trainable", "batch_input_shape", "batch_shape"] { config[key] = nil }
    checkType(&findings)
    if let adapted {
      config["mean"] = .array(adapted.mean.map { .number(Self.decimal($0)) })
      config["variance"] = .array(adapted.variance.map { .number(Self.decimal($0)) })
    }
    if layer.className == "Normalization", config["axis"] == .array([]) {
      // One mean for all values.
      config["axis"] = .null
      for key in ["mean", "variance"] {
        if let items = config[key]?.items, items.count == 1 { config[key] = items[0] }
      }
    }
    let known = Set(kind.arguments.map(\.name))
    for (key, value) in config.sorted(by: { $0.key < $1.key })
    where !known.contains(key) && !Self.isNeutral(key, value) {
      findings.refuse(
        layer.name, layer.className,
        "`\(KerasFindings.shown(key))` is \(KerasFindings.described(value)), which cnnrun has not")
    }
    for argument in kind.arguments {
      guard let value = config[argument.name], !argument.name.hasSuffix("_initializer") else { continue }
      guard let node = node(argument.name, value, &findings) else { continue }
      if let standard = argument.defaultNode, Self.text(standard) == Self.text(node) { continue }
      entries.append((argument.name, node))
    }
    // An argument that was refused is not there, which is no fault of its own.
    if findings.problems.count == before { check(entries, &findings) }
    return entries
  }

  /// The shortest decimal of a float, and no more digits than it has.
  private static func decimal(_ value: Float) -> Double { Double("\(value)") ?? Double(value) }

  private static func text(_ node: YAMLNode) -> String { YAMLText.document(.list([node])) }

  private func checkType(_ findings: inout KerasFindings) {
    let type = layer.config["dtype"]
    let name = type?.string ?? type?["config"]?["name"]?.string
    if let name, name != "float32" {
      findings.refuse(
        layer.name, layer.className, "it computes in \(KerasFindings.shown(name)); float32 alone is there")
    }
  }

  /// Values of arguments that a kind has not, with which Keras does what it does without them.
  private static func isNeutral(_ key: String, _ value: JSONText) -> Bool {
    switch key {
    case "data_format": value == .null || value == .string("channels_last")
    case "synchronized", "renorm", "rms_scaling", "autocast": value == .null || value == .bool(false)
    // Says how often renorm moves, which is off.
    case "renorm_momentum": true
    default: value == .null
    }
  }

  /// What a spec writes for a value; `nil` after a problem was found.
  private func node(_ key: String, _ value: JSONText, _ findings: inout KerasFindings) -> YAMLNode? {
    if key.hasSuffix("_regularizer") { return regularizer(key, value, &findings) }
    if key == "activation" {
      let name =
        value == .null
        ? "linear" : value.string ?? (value["class_name"] == .string("function") ? value["config"]?.string : nil)
      let word = name == "swish" ? "silu" : name
      if let word, Activation(rawValue: word) != nil { return .text(word) }
      findings.refuse(
        layer.name, layer.className,
        "`activation` is \(name.map { KerasFindings.shown($0) } ?? KerasFindings.described(value)), which cnnrun has not; it "
          + "has \(Activation.allCases.map(\.rawValue).joined(separator: ", "))")
      return nil
    }
    return Self.node(value)
  }

  private static func node(_ value: JSONText) -> YAMLNode {
    switch value {
    case .null: .plain("none")
    case .bool(let value): .boolean(value)
    case .int(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let text): .text(text)
    case .array(let items): .list(items.map(node))
    case .object(let members): .record(members.sorted { $0.key < $1.key }.map { ($0.key, node($0.value)) })
    }
  }

  private func regularizer(_ key: String, _ value: JSONText, _ findings: inout KerasFindings) -> YAMLNode? {
    if value == .null { return nil }
    let (l1, l2) = (value["config"]?["l1"].map(Self.node), value["config"]?["l2"].map(Self.node))
    switch (value["module"]?.string, value["class_name"]?.string, l1, l2) {
    case ("keras.regularizers", "L1", let l1?, _): return .record([("l1", l1)])
    case ("keras.regularizers", "L2", _, let l2?): return .record([("l2", l2)])
    case ("keras.regularizers", "L1L2", let l1?, let l2?):
      return .record([("l1_l2", .record([("l1", l1), ("l2", l2)]))])
    default:
      findings.refuse(
        layer.name, layer.className, "`\(key)` is \(KerasFindings.described(value)), which cnnrun has not")
      return nil
    }
  }

  /// Reads the arguments as a spec's are, and takes over what is wrong with them.
  private func check(_ entries: [(String, YAMLNode)], _ findings: inout KerasFindings) {
    guard case .mapping(let members) = YAMLNode.record(entries).content else { return }
    var fields = FieldReader(members, of: kind.kind, at: .nowhere, path: "$", keepsResolved: false)
    _ = kind.init(&fields)
    for fault in fields.bag.diagnostics where fault.severity == .error {
      findings.refuse(layer.name, layer.className, fault.message)
    }
  }
}
