internal import CNNDiagnostics
internal import CNNLayers
internal import CNNSpec

/// From a model's `config.json` to its layers, in Keras's order; what is not understood goes to `findings`.
///
/// Nested models become their layers; a layer that is called twice shares its weights, which specs cannot say.
struct KerasConfigReader {
  var findings = KerasFindings()
  private var layers: [KerasNetwork.Layer] = []
  private var inputExtents: [Int]?
  /// Whether a shape was found, and is none that a spec has.
  private var refusesInput = false
  private var depth = 0

  private static let deepest = 16
  private static let modelClasses: Set<String> = ["Sequential", "Functional", "Model"]
  /// Operations that are layers here, as `x + y` makes them.
  private static let operations: Set<String> = ["Add", "Subtract", "Multiply", "Maximum"]

  /// - Returns: `nil` after a problem was found.
  mutating func network(_ config: JSONText) -> KerasNetwork? {
    guard let className = config["class_name"]?.string, Self.modelClasses.contains(className) else {
      findings.refuse(
        "its class is `\(KerasFindings.shown(config["class_name"]?.string ?? "none"))`; models built of layers, "
          + "Sequential or Functional, have a config that says how they compute")
      return nil
    }
    guard let output = readModel(config, className, input: nil, prefix: "") else {
      if findings.problems.isEmpty { findings.refuse("its config has no layers") }
      return nil
    }
    guard let inputExtents else {
      if refusesInput { return nil }
      findings.refuse("the shape of its input is not known; give the model a `keras.Input`")
      return nil
    }
    let name = config["config"]?["name"]?.string ?? "model"
    return KerasNetwork(name: name, inputExtents: inputExtents, layers: layers, output: output)
  }

  /// - Parameters:
  ///   - input: what a nested model reads; `nil` for the model itself.
  ///   - prefix: of its groups in the HDF5 file, `layers/functional/`.
  private mutating func readModel(
    _ model: JSONText, _ className: String, input: KerasNetwork.Source?, prefix: String
  ) -> KerasNetwork.Source? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest, let items = model["config"]?["layers"]?.items else {
      findings.refuse("a model in the model has no list of layers, or lies too deep")
      return nil
    }
    if className == "Sequential" { return readChain(model, items, input: input, prefix: prefix) }
    return readGraph(model, items, input: input, prefix: prefix)
  }

  // MARK: Sequential

  private mutating func readChain(
    _ model: JSONText, _ items: [JSONText], input: KerasNetwork.Source?, prefix: String
  ) -> KerasNetwork.Source? {
    var groups = KerasGroupNames(prefix: prefix)
    var source = input ?? .input
    let isOuter = input == nil
    if isOuter, let shape = model["config"]?["build_input_shape"] ?? model["build_config"]?["input_shape"] {
      inputExtents = extents(shape)
    }
    for item in items {
      guard let className = item["class_name"]?.string else { continue }
      if className == "InputLayer" {
        if isOuter { readInput(item) }
        continue
      }
      let name = item["config"]?["name"]?.string ?? className
      guard let next = readLayer(item, className, name, [source], &groups) else { return nil }
      source = next
    }
    return source
  }

  // MARK: Functional

  private mutating func readGraph(
    _ model: JSONText, _ items: [JSONText], input: KerasNetwork.Source?, prefix: String
  ) -> KerasNetwork.Source? {
    var groups = KerasGroupNames(prefix: prefix)
    var values: [String: KerasNetwork.Source] = [:]
    let inputs = Self.tensorNames(model["config"]?["input_layers"])
    let outputs = Self.tensorNames(model["config"]?["output_layers"])
    let name = model["config"]?["name"]?.string ?? ""
    guard inputs.count == 1, let output = outputs.first, outputs.count == 1 else {
      findings.refuse(
        name, "Functional",
        "it has \(Self.counted(inputs.count, "input")) and \(Self.counted(outputs.count, "output")); a spec has one of each"
      )
      return nil
    }
    for item in items {
      guard let className = item["class_name"]?.string else { continue }
      let name = item["name"]?.string ?? item["config"]?["name"]?.string ?? className
      if let refusal = Self.refusal(of: item, className) {
        // Before what it reads, which matters for what is there alone.
        findings.refuse(name, className, refusal)
        values[name] = .input
        continue
      }
      if className == "InputLayer" {
        _ = groups.next("input_layer")
        if input == nil { readInput(item) }
        values[name] = input ?? .input
        continue
      }
      guard let sources = sources(of: item, className, name, values) else {
        // Whatever reads it has no input then, which is no fault of its own: go on from the model's input.
        values[name] = .input
        continue
      }
      values[name] = readLayer(item, className, name, sources, &groups)
    }
    guard let result = values[output] else {
      findings.refuse("its output `\(KerasFindings.shown(output))` is none of its layers")
      return nil
    }
    return result
  }

  /// What a layer reads; `nil` after a problem was found.
  private mutating func sources(
    of item: JSONText, _ className: String, _ name: String, _ values: [String: KerasNetwork.Source]
  ) -> [KerasNetwork.Source]? {
    guard let nodes = item["inbound_nodes"]?.items, nodes.count == 1, nodes[0].members != nil else {
      let count = item["inbound_nodes"]?.items?.count ?? 0
      findings.refuse(
        name, className,
        count > 1
          ? "it is called \(count) times, and shares its weights; a layer of a spec is used once"
          : "what it reads is written as Keras 2 did; open the model in Keras 3 and save it again")
      return nil
    }
    var names: [String] = []
    var constants = 0
    for argument in nodes[0]["args"]?.items ?? [] { Self.collect(argument, &names, &constants) }
    for (key, value) in (nodes[0]["kwargs"]?.members ?? [:]).sorted(by: { $0.key < $1.key }) where value != .null {
      if key == "training" {
        // Keras itself notes `training` here, true for augmentation and false for what was called without it; what fit
        // and predict say comes before it.
        if value == .bool(true), !className.hasPrefix("Random") {
          findings.note("`\(name)` is called with `training=\(value.text)`, which Keras's own fit and predict override")
        }
      } else {
        findings.refuse(name, className, "it is called with `\(key)=\(KerasFindings.shown(value))`")
        return nil
      }
    }
    if constants > 0 {
      findings.refuse(
        name, className, "it computes with numbers of its own; Rescaling multiplies and adds numbers, as a layer")
      return nil
    }
    let sources = names.compactMap { values[$0] }
    if sources.count < names.count || sources.isEmpty {
      findings.refuse(name, className, "it reads \(names.isEmpty ? "nothing" : "a layer that is not before it")")
      return nil
    }
    return sources
  }

  /// Names of the layers whose outputs are among arguments, and how many numbers are.
  private static func collect(_ argument: JSONText, _ names: inout [String], _ constants: inout Int) {
    switch argument {
    case .array(let items): for item in items { collect(item, &names, &constants) }
    case .object:
      if argument["class_name"]?.string == "__keras_tensor__",
        let history = argument["config"]?["keras_history"]?.items, let name = history.first?.string
      {
        names.append(name)
      } else {
        constants += 1
      }
    case .null: break
    default: constants += 1
    }
  }

  /// `["input", 0, 0]`, or a list or an object of such.
  private static func tensorNames(_ value: JSONText?) -> [String] {
    switch value {
    case .array(let items)?:
      if items.count == 3, let name = items[0].string, items[1].int != nil { return [name] }
      return items.flatMap(tensorNames)
    case .object(let members)?: return members.sorted { $0.key < $1.key }.flatMap { tensorNames($0.value) }
    default: return []
    }
  }

  // MARK: One layer

  private mutating func readLayer(
    _ item: JSONText, _ className: String, _ name: String, _ inputs: [KerasNetwork.Source],
    _ groups: inout KerasGroupNames
  ) -> KerasNetwork.Source? {
    if Self.modelClasses.contains(className), item["config"]?["layers"] != nil {
      guard inputs.count == 1 else {
        findings.refuse(name, className, "it reads \(inputs.count) values; a model in a model reads one here")
        return inputs.first
      }
      let group = groups.next(className == "Sequential" ? "sequential" : "functional")
      return readModel(item, className, input: inputs[0], prefix: group + "/")
    }
    if let refusal = Self.refusal(of: item, className) {
      findings.refuse(name, className, refusal)
      return inputs.first
    }
    let group = Self.isOperation(item) ? nil : Self.kind(className).map { groups.next($0.automaticName) }
    layers.append(
      KerasNetwork.Layer(
        className: className, name: name, config: item["config"]?.members ?? [:], inputs: inputs, group: group))
    return .layer(layers.count - 1)
  }

  private static func kind(_ className: String) -> (any Layer.Type)? {
    LayerCatalog.standard.kinds.first { $0.className == className }
  }

  private static func isOperation(_ item: JSONText) -> Bool {
    let module = item["module"]?.string ?? ""
    return module.hasPrefix("keras.src.ops.") || module.hasPrefix("keras.ops")
  }

  /// Why a layer's class has no counterpart here, and what to do; `nil` if it has one.
  private static func refusal(of item: JSONText, _ className: String) -> String? {
    if className == "InputLayer" || (modelClasses.contains(className) && item["config"]?["layers"] != nil) {
      return nil
    }
    if isOperation(item) {
      if operations.contains(className) { return nil }
      return "an operation of `keras.ops` that cnnrun has not as a layer; "
        + (layersForOperations[className] ?? "use layers of keras.layers that do the same")
    }
    // Keras has a module for its own classes alone; what an author registered has a name besides.
    let module = item["module"] ?? .string("keras.layers")
    if module == .null || item["registered_name"]?.string.map({ $0 != className }) ?? false {
      return "a class of the author's own, whose code is not in the file; use layers of keras.layers that do the same"
    }
    if let module = module.string, module != "keras.layers" {
      return "a class of \(KerasFindings.shown(module)); use layers of keras.layers that do the same"
    }
    if className == "RandomCrop" {
      return
        "Keras crops in training alone and leaves images whole in prediction, cnnrun takes their middle; crop with "
        + "Cropping2D, or outside of the model"
    }
    return kind(className) == nil ? "a layer that cnnrun has not" : nil
  }

  /// What does the same as an operation, where something does.
  private static let layersForOperations = [
    "GetItem":
      "`x[:, 1:3]` takes a part of the rows: use Cropping2D, which takes away the others; or cut the images before the model",
    "TrueDivide": divides, "Divide": divides,
    "Mean": "use GlobalAveragePooling2D for the mean over rows and columns",
    "Max": "use GlobalMaxPooling2D for the largest over rows and columns",
    "Reshape": "use the layer Reshape", "Transpose": "use the layer Permute",
    "Concatenate": "use the layer Concatenate",
    "Pad": "use the layer ZeroPadding2D", "Relu": "use the layer ReLU", "Softmax": "use the layer Softmax",
    "Sigmoid": "use the layer Activation", "Tanh": "use the layer Activation", "Silu": "use the layer Activation",
    "Gelu": "use the layer Activation",
  ]
  private static let divides = "use Rescaling, which multiplies by a number"

  private mutating func readInput(_ item: JSONText) {
    let config = item["config"]
    if let shape = config?["batch_shape"] ?? config?["batch_input_shape"] { inputExtents = extents(shape) }
    if config?["sparse"]?.bool == true || config?["ragged"]?.bool == true {
      findings.refuse("its input is sparse or ragged")
    }
  }

  private static func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

  /// Those of a sample, of a shape with the batch.
  private mutating func extents(_ shape: JSONText) -> [Int]? {
    // The same shape stands in several places of a file.
    if refusesInput { return nil }
    let items = shape.items ?? []
    refusesInput = true
    let extents = items.dropFirst().compactMap(\.int)
    guard items.count >= 2, extents.count == items.count - 1, extents.allSatisfy({ $0 > 0 }) else {
      findings.refuse(
        "its input has the shape \(KerasFindings.shown(shape)); a spec has fixed numbers, as keras.Input((224, 224, 3))"
      )
      return nil
    }
    guard extents.count == 1 || extents.count == 3 else {
      findings.refuse(
        "its input has the shape \(KerasFindings.shown(shape)); a spec takes height, width and channels, or features")
      return nil
    }
    refusesInput = false
    return extents
  }
}

/// Names of groups in HDF5 files as Keras gives them: `layers/conv2d`, `layers/conv2d_1`, counted a class.
///
/// Matches Keras 3: `keras/src/saving/saving_lib.py`, `_save_container_state`.
struct KerasGroupNames {
  let prefix: String
  private var names = LayerNames()

  init(prefix: String = "") { self.prefix = prefix }

  mutating func next(_ automaticName: String) -> String { "\(prefix)layers/\(names.next(automaticName))" }
}
