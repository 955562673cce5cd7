internal import CNNGraph

/// What a module of PyTorch is here: the names of its arguments by their place, and what each of them becomes.
///
/// Names, order and defaults are those of `torch.nn` in PyTorch 2. A default is written out where Keras's is another one
/// and the difference is more than a safeguard against a division by zero.
struct TorchModule {
  enum Meaning {
    case layer(String)
    case activation(Activation)
    /// No layer here does the same, and what to do instead.
    case nothing(String)
  }

  let meaning: Meaning
  /// Names of the arguments, in order.
  let places: [String]
  /// What it takes unless told otherwise, and Keras does not.
  let defaults: [String: String]

  private init(_ meaning: Meaning, _ places: String, defaults: [String: String] = [:]) {
    self.meaning = meaning
    self.places = places.split(separator: " ").map(String.init)
    self.defaults = defaults
  }

  /// - Parameter isQualified: whether `nn.` stands before the name, which Keras has too then.
  static func named(_ name: String, isQualified: Bool) -> TorchModule? {
    isQualified || !keras.contains(name) ? modules[name] : nil
  }

  /// The module that a function of `torch.nn.functional` computes.
  static func function(_ name: String) -> TorchModule? {
    let word = name.filter { $0 != "_" }
    return modules.first { $0.key.lowercased() == word }?.value
  }

  /// Classes of both: without `nn.` they are Keras's.
  private static let keras: Set<String> = [
    "Dropout", "ELU", "Flatten", "Identity", "LeakyReLU", "PReLU", "ReLU", "Sequential", "Softmax",
  ]

  private static let convolution =
    "in_channels out_channels kernel_size stride padding dilation groups bias padding_mode"
  private static let transposed =
    "in_channels out_channels kernel_size stride padding output_padding groups bias dilation padding_mode"
  private static let norm = "num_features eps momentum affine track_running_stats"
  /// Running means take a tenth of what is new, where Keras's take a hundredth.
  private static let running = ["momentum": "0.1", "eps": "1e-05"]
  private static func nearly(_ activation: String) -> String { "`- activation: \(activation)` is the nearest here" }
  private static let border = "only zeros are padded here: `- zero_padding2d: 1` has as many rows and columns"
  private static let sum = "write the layers one below the other, as items of `layers`"

  private static let modules: [String: TorchModule] = [
    "Conv2d": .init(.layer("conv2d"), convolution),
    "LazyConv2d": .init(.layer("conv2d"), String(convolution.dropFirst("in_channels ".count))),
    "ConvTranspose2d": .init(.layer("conv2d_transpose"), transposed),
    "LazyConvTranspose2d": .init(.layer("conv2d_transpose"), String(transposed.dropFirst("in_channels ".count))),
    "Linear": .init(.layer("dense"), "in_features out_features bias"),
    "LazyLinear": .init(.layer("dense"), "out_features bias"),
    "MaxPool2d": .init(.layer("max_pooling2d"), "kernel_size stride padding dilation return_indices ceil_mode"),
    "AvgPool2d": .init(
      .layer("average_pooling2d"), "kernel_size stride padding ceil_mode count_include_pad divisor_override"),
    "AdaptiveAvgPool2d": .init(.layer("global_average_pooling2d"), "output_size"),
    "AdaptiveMaxPool2d": .init(.layer("global_max_pooling2d"), "output_size return_indices"),
    "BatchNorm2d": .init(.layer("batch_normalization"), norm, defaults: running),
    "BatchNorm1d": .init(.layer("batch_normalization"), norm, defaults: running),
    "LazyBatchNorm2d": .init(
      .layer("batch_normalization"), String(norm.dropFirst("num_features ".count)), defaults: running),
    "InstanceNorm2d": .init(.layer("group_normalization"), norm, defaults: ["groups": "-1", "affine": "false"]),
    "GroupNorm": .init(.layer("group_normalization"), "num_groups num_channels eps affine"),
    "LayerNorm": .init(.layer("layer_normalization"), "normalized_shape eps elementwise_affine bias"),
    "Dropout": .init(.layer("dropout"), "p inplace", defaults: ["p": "0.5"]),
    "Dropout2d": .init(.layer("spatial_dropout2d"), "p inplace", defaults: ["p": "0.5"]),
    "Flatten": .init(.layer("flatten"), "start_dim end_dim"),
    "Unflatten": .init(.layer("reshape"), "unflattened_dim unflattened_size"),
    "Upsample": .init(.layer("up_sampling2d"), "size scale_factor interpolation align_corners"),
    "UpsamplingNearest2d": .init(.layer("up_sampling2d"), "size scale_factor"),
    "UpsamplingBilinear2d": .init(
      .layer("up_sampling2d"), "size scale_factor", defaults: ["interpolation": "bilinear"]),
    "ZeroPad2d": .init(.layer("zero_padding2d"), "margins"),
    "LeakyReLU": .init(.layer("leaky_relu"), "negative_slope inplace", defaults: ["negative_slope": "0.01"]),
    "ELU": .init(.layer("elu"), "alpha inplace"),
    "ReLU": .init(.layer("relu"), "inplace"),
    "Softmax": .init(.layer("softmax"), "dim"),
    "Softmax2d": .init(.layer("softmax"), ""),
    "LogSoftmax": .init(.layer("softmax"), "dim", defaults: ["log": "true"]),
    "ReLU6": .init(.activation(.relu6), "inplace"),
    "GELU": .init(.activation(.gelu), "approximate"),
    "SELU": .init(.activation(.selu), "inplace"),
    "SiLU": .init(.activation(.silu), "inplace"),
    "Sigmoid": .init(.activation(.sigmoid), ""),
    "Hardsigmoid": .init(.activation(.hardSigmoid), "inplace"),
    "Tanh": .init(.activation(.tanh), ""),
    "Hardswish": .init(.nothing(nearly("silu")), ""), "Mish": .init(.nothing(nearly("silu")), ""),
    "Hardtanh": .init(.nothing(nearly("tanh")), ""), "Softsign": .init(.nothing(nearly("tanh")), ""),
    "CELU": .init(.nothing(nearly("elu")), ""),
    "Softplus": .init(.activation(.softplus), "beta threshold"),
    "ReflectionPad2d": .init(.nothing(border), ""), "ReplicationPad2d": .init(.nothing(border), ""),
    "CircularPad2d": .init(.nothing(border), ""), "ConstantPad2d": .init(.nothing(border), ""),
    "Identity": .init(.nothing("leave it out: it changes nothing"), ""),
    "PReLU": .init(.nothing("no slope is learned here; `- leaky_relu: 0.25` has the one that PyTorch begins with"), ""),
    "Sequential": .init(.nothing(sum), ""), "ModuleList": .init(.nothing(sum), ""),
  ]
}

/// A layer of elsewhere in the words of the language.
struct ForeignLayer {
  /// Items of `layers`, as `dense: 10`: the layer, and before it perhaps what pads its input.
  var items: [String] = []
  /// What is not as it was there.
  var notes: [String] = []
  /// Whether every argument that the layer needs is there.
  var isWhole = true
  /// What to do where no layer does the same.
  var advice: String?
}

extension ForeignLayer {
  /// Adds the layer itself, with `…` for what it needs and nobody said.
  mutating func complete(_ kind: any Layer.Type, _ given: [(String, String)]) {
    var members = given
    for index in members.indices where Self.isUnknown(members[index].1, to: kind.arguments, members[index].0) {
      notes.append("what `\(members[index].1)` stands for is not known here: write the value itself")
      members[index].1 = "…"
      isWhole = false
    }
    for argument in kind.arguments where argument.defaultNode == nil {
      if members.contains(where: { $0.0 == argument.name }) { continue }
      members.append((argument.name, "…"))
      isWhole = false
    }
    if members.isEmpty {
      items.append(kind.kind)
    } else if members.count == 1, members[0].0 == kind.mainArgument {
      items.append("\(kind.kind): \(members[0].1)")
    } else {
      items.append("\(kind.kind): {\(members.map { "\($0): \($1)" }.joined(separator: ", "))}")
    }
  }
}

extension ForeignLayer {
  /// Whether a value is the name of a variable: a word where none is taken.
  private static func isUnknown(_ value: String, to arguments: [any ArgumentDescription], _ name: String) -> Bool {
    guard let first = value.first, first.isLetter || first == "_", !["true", "false", "none"].contains(value) else {
      return false
    }
    return arguments.first { $0.name == name }.map { !$0.schema.takesWords } ?? false
  }
}

/// The arguments of one module, taken one by one.
struct TorchArguments {
  private let module: TorchModule
  private let kind: String
  private var given: [String: String] = [:]
  private var names: [String] = []
  private(set) var members: [(String, String)] = []
  private(set) var notes: [String] = []
  /// What pads the input of a convolution as PyTorch does.
  private(set) var margin: String?
  private(set) var advice: String?

  /// - Parameter kind: of the catalogue.
  init(_ module: TorchModule, kind: String, _ arguments: [ForeignCall.Argument]) {
    self.module = module
    self.kind = kind
    var places = module.places[...]
    for argument in arguments {
      guard let name = argument.name.map(Self.pytorchName) ?? places.popFirst(), let value = argument.value else {
        leaveOut(argument.text)
        continue
      }
      given[name] = value
      names.append(name)
    }
    for (name, value) in module.defaults.sorted(by: { $0.key < $1.key }) where given[name] == nil {
      given[name] = value
      names.append(name)
    }
    names.sort { (Self.order[$0] ?? 0) < (Self.order[$1] ?? 0) }
    for name in names { take(name, given[name] ?? "") }
  }

  private static func pytorchName(_ name: String) -> String {
    ["mode": "interpolation", "padding": "padding", "unflattened_shape": "unflattened_size"][name] ?? name
  }

  /// Arguments in the order in which a spec names them.
  private static let order: [String: Int] = [
    "stride": 1, "padding": 2, "dilation": 3, "output_padding": 4, "groups": 5, "bias": 6, "eps": 7, "affine": 8,
    "elementwise_affine": 8,
  ]

  private mutating func leaveOut(_ text: String) {
    notes.append("`\(text)` has no counterpart here, and is left out")
  }

  private mutating func add(_ key: String, _ value: String) { members.append((key, value)) }

  // MARK: One argument

  private mutating func take(_ name: String, _ value: String) {
    switch name {
    case "out_channels": add("filters", value)
    case "out_features": add("units", value)
    case "kernel_size": add(kind.hasSuffix("pooling2d") ? "pool_size" : "kernel_size", value)
    case "stride": if value != "none" { add("strides", value) }
    case "dilation" where Self.isOne(value): break
    case "dilation" where kind.hasPrefix("conv2d"): add("dilation_rate", value)
    case "groups" where kind == "conv2d_transpose":
      if value != "1" { leaveOut("groups=\(value)") }
    case "groups", "num_groups": add("groups", value)
    case "bias" where kind == "layer_normalization": if value == "false" { add("center", value) }
    case "bias": add("use_bias", value)
    case "eps": add("epsilon", value)
    case "momentum": takeMomentum(value)
    case "affine", "elementwise_affine":
      if value == "false" { members += [("center", value), ("scale", value)] }
    case "normalized_shape": takeShape(value)
    case "p": add("rate", value)
    case "negative_slope", "alpha",
      "interpolation" where value != "nearest":
      add(name, value)
    case "scale_factor": add("size", value.hasSuffix(".0") ? String(value.dropLast(2)) : value)
    case "output_size": takeOutputSize(value)
    case "unflattened_size": takeUnflattened(value)
    case "margins": takeMargins(value)
    case "padding": takePadding(value)
    case "log": notes.append("losses take probabilities here, and compute their logarithms from the scores before them")
    default: if !isWithoutEffect(name, value) { leaveOut("\(name)=\(value)") }
    }
  }

  /// What follows from the input, is about memory, or says what is so anyway.
  private func isWithoutEffect(_ name: String, _ value: String) -> Bool {
    if ForeignCall.inferred.contains(name) { return true }
    switch (name, value) {
    case ("num_channels", _), ("interpolation", "nearest"), ("unflattened_dim", "1"), ("start_dim", "1"),
      ("end_dim", "-1"), ("dim", "1"), ("dim", "-1"), ("dim", "none"), ("ceil_mode", "false"),
      ("return_indices", "false"), ("align_corners", "false"), ("align_corners", "none"), ("size", "none"),
      ("track_running_stats", "true"), ("padding_mode", "zeros"), ("approximate", "none"), ("beta", "1"),
      ("threshold", "20"), ("divisor_override", "none"), ("name", _):
      return true
    case ("count_include_pad", _): return given["padding"].map(Self.isZero) ?? true
    case ("output_padding", _): return Self.isZero(value) || kind == "conv2d_transpose"
    // Dropout and the like change nothing where they are written into.
    case ("inplace", _): return true
    default: return false
    }
  }

  /// PyTorch counts what is new, Keras what is kept.
  private mutating func takeMomentum(_ value: String) {
    guard kind == "batch_normalization" else { return }
    guard let momentum = Double(value), (0...1).contains(momentum) else { return leaveOut("momentum=\(value)") }
    let kept = ((1 - momentum) * 1e9).rounded() / 1e9
    add("momentum", "\(kept)".hasSuffix(".0") ? "\(Int(kept))" : "\(kept)")
  }

  /// The axes behind the batch that a layer normalises over; of features it is the last.
  private mutating func takeShape(_ value: String) {
    switch Self.integers(value)?.count {
    case 1: break
    case 3: add("axis", "[1, 2, 3]")
    default: leaveOut("normalized_shape=\(value)")
    }
  }

  private mutating func takeOutputSize(_ value: String) {
    if Self.isOne(value) { return }
    let pooling = kind == "global_max_pooling2d" ? "max_pooling2d" : "average_pooling2d"
    let rows = Self.integers(value)?.first.map(String.init) ?? "the rows that you want"
    advice =
      "no pooling here fits its window to the input: write `- \(pooling): N`, where N is the rows of its input divided by \(rows)"
  }

  /// Channels come last here.
  private mutating func takeUnflattened(_ value: String) {
    guard let sizes = Self.integers(value) else { return leaveOut("unflattened_size=\(value)") }
    let extents = sizes.count == 3 ? [sizes[1], sizes[2], sizes[0]] : sizes
    add("target_shape", "\(extents)")
    if sizes.count == 3 { notes.append("channels are the last axis here, so the values come in another order") }
  }

  /// Left, right, top, bottom; here the rows come first.
  private mutating func takeMargins(_ value: String) {
    guard let sides = Self.integers(value), [1, 4].contains(sides.count) else { return leaveOut("padding=\(value)") }
    add("padding", sides.count == 1 ? value : "[[\(sides[2]), \(sides[3])], [\(sides[0]), \(sides[1])]]")
  }

  // MARK: Padding

  /// What PyTorch adds on each side: `same` where that gives the same size, else a layer before.
  private mutating func takePadding(_ value: String) {
    if ["same", "valid"].contains(value) { return add("padding", value) }
    if Self.isZero(value) { return add("padding", "valid") }
    guard let pads = pair(value), let kernel = pair(given["kernel_size"] ?? "") else {
      return leaveOut("padding=\(value)")
    }
    let isPooling = kind.hasSuffix("pooling2d")
    let strides = pair(given["stride"] ?? "none") ?? (isPooling ? kernel : [1, 1])
    let dilations = pair(given["dilation"] ?? "1") ?? [1, 1]
    let added = pair(given["output_padding"] ?? "0") ?? [0, 0]
    let isSame = (0..<2).allSatisfy { axis in
      // Before anything is computed of what is written, so that nothing overflows.
      guard (1...4097).contains(kernel[axis]), (0...64).contains(dilations[axis]), (0...4096).contains(pads[axis])
      else {
        return false
      }
      let window = kernel[axis] - 1
      return kind == "conv2d_transpose"
        ? dilations[axis] * window + 1 - 2 * pads[axis] + added[axis].clampedToSize == strides[axis]
        : 2 * pads[axis] == dilations[axis] * window
    }
    if isSame {
      add("padding", "same")
      if kind != "conv2d_transpose", strides != [1, 1] {
        notes.append("the size is PyTorch's; where a stride leaves pixels over, `same` pads the last side alone")
      }
      if kind == "average_pooling2d", given["count_include_pad"] != "false" {
        notes.append("the padding does not count in the averages here")
      }
    } else if kind == "conv2d" {
      margin = "zero_padding2d: \(pads[0] == pads[1] ? "\(pads[0])" : "\(pads)")"
    } else {
      leaveOut("padding=\(value)")
    }
  }

  /// Rows and columns.
  private func pair(_ value: String) -> [Int]? {
    guard let numbers = Self.integers(value) else { return nil }
    return numbers.count == 1 ? [numbers[0], numbers[0]] : numbers.count == 2 ? numbers : nil
  }

  /// `3`, `[3, 5]`
  private static func integers(_ value: String) -> [Int]? {
    let words = value.split { "[], ".contains($0) }
    let numbers = words.compactMap { Int($0) }
    return numbers.isEmpty || numbers.count < words.count ? nil : numbers
  }

  private static func isOne(_ value: String) -> Bool { integers(value)?.allSatisfy { $0 == 1 } ?? false }
  private static func isZero(_ value: String) -> Bool { integers(value)?.allSatisfy { $0 == 0 } ?? false }
}

extension Int {
  fileprivate var clampedToSize: Int { Swift.min(Swift.max(self, 0), 4096) }
}
