import CNNDiagnostics
import CNNSpec
import Testing

/// What people write who come from Keras, PyTorch, Python or another YAML: one error for one fault, in its place, with a
/// repair that works as it stands.
@Suite struct ForeignFormTests {
  private static let top = "model:\n  input: [28, 28, 4]\n  layers:\n"

  private static func mended(_ text: String, _ diagnostic: Diagnostic) -> String? {
    guard let fix = diagnostic.fix else { return nil }
    return TextEdits.apply(fix.edits, to: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Layers in Python's forms, and the items that the same are here. Keras's arguments by place are in the order of its
  /// documentation; PyTorch's first of `Conv2d` and `Linear` counts the inputs.
  @Test(
    "a layer in the form of another language becomes an item",
    arguments: [
      ("Dense(10)", "dense: 10"), ("dense:10", "dense: 10"), ("dense 10", "dense: 10"), ("dense = 10", "dense: 10"),
      ("dense:\u{A0}10", "dense: 10"), ("keras.layers.Dense(units=10)", "dense: 10"), ("nn.ReLU()", "relu"),
      ("nn.ReLU(inplace=True)", "relu"), ("Flatten()", "flatten"), ("MaxPooling2D((2, 2))", "max_pooling2d: [2, 2]"),
      ("tf.keras.layers.Dropout(0.5)", "dropout: 0.5"),
      (
        "Conv2D(32, (3, 3), activation='relu')", "conv2d: {filters: 32, kernel_size: [3, 3], activation: relu}"
      ),
      (
        "layers.Conv2D(8, 3, padding=\"same\", use_bias=False)",
        "conv2d: {filters: 8, kernel_size: 3, padding: same, use_bias: false}"
      ),
      ("nn.Conv2d(4, 32, 3)", "conv2d: {filters: 32, kernel_size: 3}"),
      (
        "nn.Conv2d(in_channels=4, out_channels=8, kernel_size=3, stride=2, padding=1)",
        "conv2d: {filters: 8, kernel_size: 3, strides: 2, padding: same}"
      ),
      ("layers.Rescaling(1./255)", "rescaling: 1/255"), ("Rescaling(1.0/16)", "rescaling: 1/16"),
      ("Rescaling(scale=1/255.0)", "rescaling: 1/255"), ("Dense(64//2)", "dense: 32"),
      // 2 / 255, as a decimal
      ("Rescaling(1/127.5, offset=-1)", "rescaling: {scale: 0.00784313725490196, offset: -1}"),
      ("nn.Linear(10, 20)", "dense: 20"), ("nn.BatchNorm2d(4)", "batch_normalization"),
      (
        "nn.MaxPool2d(2)",
        "max_pooling2d: 2"
      ),
      (
        "Conv2D(8, 3, kernel_regularizer=regularizers.l2(0.01))",
        "conv2d: {filters: 8, kernel_size: 3, kernel_regularizer: {l2: 0.01}}"
      ),
    ] as [(String, String)])
  func layers(written: String, item: String) throws {
    let text = Self.top + "    - \(written)\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    let fault = try #require(loaded.diagnostics.first)
    #expect(fault.help == "write `- \(item)`" || fault.label == "did you mean `\(item)`?")
    #expect(fault.span.start.line == 4 && fault.span.start.column == 7)
    let repaired = try #require(Self.mended(text, fault))
    #expect(repaired == Self.top + "    - \(item)\n")
    #expect(Loaded(repaired).errors == "", "\(repaired)")
  }

  /// PyTorch 2's `torch.nn`: names, order and defaults of arguments, and what it counts in another way.
  @Test(
    "a module of PyTorch keeps its arguments",
    arguments: [
      ("nn.Dropout(0.5)", "dropout: 0.5"), ("nn.Dropout()", "dropout: 0.5"),
      ("nn.Dropout(p=0.3, inplace=True)", "dropout: 0.3"),
      ("nn.Dropout2d(0.2)", "spatial_dropout2d: 0.2"), ("nn.GroupNorm(2, 4)", "group_normalization: {groups: 2}"),
      (
        "nn.GroupNorm(2, 4, eps=1e-05, affine=False)",
        "group_normalization: {groups: 2, epsilon: 1e-05, center: false, scale: false}"
      ),
      ("nn.InstanceNorm2d(4)", "group_normalization: {groups: -1, center: false, scale: false}"),
      ("nn.LeakyReLU(0.1)", "leaky_relu: 0.1"), ("nn.LeakyReLU()", "leaky_relu: 0.01"),
      ("LeakyReLU(negative_slope=0.1)", "leaky_relu: 0.1"), ("LeakyReLU(alpha=0.2)", "leaky_relu: 0.2"),
      ("nn.ELU(0.5)", "elu: 0.5"), ("nn.AdaptiveAvgPool2d(1)", "global_average_pooling2d"),
      ("nn.AdaptiveAvgPool2d((1, 1))", "global_average_pooling2d"),
      ("nn.AdaptiveMaxPool2d(output_size=1)", "global_max_pooling2d"),
      ("nn.Conv2d(4, 8, 3, padding=1)", "conv2d: {filters: 8, kernel_size: 3, padding: same}"),
      ("nn.Conv2d(4, 8, 3, padding=0)", "conv2d: {filters: 8, kernel_size: 3, padding: valid}"),
      ("nn.Conv2d(4, 8, 5, 1, 2)", "conv2d: {filters: 8, kernel_size: 5, strides: 1, padding: same}"),
      ("nn.Conv2d(4, 8, 3, padding=(1,1))", "conv2d: {filters: 8, kernel_size: 3, padding: same}"),
      (
        "nn.Conv2d(4, 8, 3, padding=2, dilation=2)",
        "conv2d: {filters: 8, kernel_size: 3, padding: same, dilation_rate: 2}"
      ),
      ("nn.Conv2d(4, 8, 3, groups=4, bias=False)", "conv2d: {filters: 8, kernel_size: 3, groups: 4, use_bias: false}"),
      ("nn.Conv2d(4, 8, (3, 5), padding=\"same\")", "conv2d: {filters: 8, kernel_size: [3, 5], padding: same}"),
      ("nn.LazyConv2d(8, 3)", "conv2d: {filters: 8, kernel_size: 3}"), ("nn.LazyLinear(10)", "dense: 10"),
      ("nn.ConvTranspose2d(4, 8, 2, 2)", "conv2d_transpose: {filters: 8, kernel_size: 2, strides: 2}"),
      // (n - 1) * 2 - 2 + 4 = 2n
      (
        "nn.ConvTranspose2d(4, 8, 4, stride=2, padding=1)",
        "conv2d_transpose: {filters: 8, kernel_size: 4, strides: 2, padding: same}"
      ),
      // (n - 1) * 2 - 2 + 3 + 1 = 2n
      (
        "nn.ConvTranspose2d(4, 8, 3, stride=2, padding=1, output_padding=1)",
        "conv2d_transpose: {filters: 8, kernel_size: 3, strides: 2, padding: same}"
      ),
      ("nn.MaxPool2d(2, 2)", "max_pooling2d: {pool_size: 2, strides: 2}"),
      ("nn.BatchNorm2d(4, eps=0.001, momentum=0.1)", "batch_normalization: {momentum: 0.9, epsilon: 0.001}"),
      ("nn.BatchNorm2d(4, affine=False)", "batch_normalization: {center: false, scale: false}"),
      ("nn.LayerNorm(4)", "layer_normalization"),
      ("nn.LayerNorm([4, 28, 28])", "layer_normalization: {axis: [1, 2, 3]}"),
      ("nn.Upsample(scale_factor=2)", "up_sampling2d: 2"),
      ("nn.Upsample(scale_factor=2, mode='bilinear')", "up_sampling2d: {size: 2, interpolation: bilinear}"),
      ("nn.UpsamplingBilinear2d(scale_factor=3)", "up_sampling2d: {size: 3, interpolation: bilinear}"),
      ("nn.ZeroPad2d(2)", "zero_padding2d: 2"), ("nn.ZeroPad2d((1, 2, 3, 4))", "zero_padding2d: [[3, 4], [1, 2]]"),
      ("nn.Softmax(dim=1)", "softmax"), ("nn.Flatten(1)", "flatten"), ("torch.flatten(x, 1)", "flatten"),
      ("F.relu(x)", "relu"), ("F.dropout(x, 0.3)", "dropout: 0.3"), ("F.max_pool2d(x, 2)", "max_pooling2d: 2"),
      ("nn.ReLU6()", "activation: relu6"), ("nn.ReLU6(inplace=True)", "activation: relu6"),
      ("nn.GELU()", "activation: gelu"),
      ("nn.SiLU()", "activation: silu"), ("nn.Sigmoid()", "activation: sigmoid"),
      ("nn.Hardsigmoid()", "activation: hard_sigmoid"),
      ("nn.Tanh()", "activation: tanh"), ("relu6", "activation: relu6"), ("ReLU6", "activation: relu6"),
      ("gelu", "activation: gelu"), ("swish", "activation: silu"), ("hard-sigmoid", "activation: hard_sigmoid"),
      (
        "Conv2D(8, 3, kernel_initializer=HeNormal())",
        "conv2d: {filters: 8, kernel_size: 3, kernel_initializer: he_normal}"
      ),
      ("Conv2D(8, 3, data_format='channels_last')", "conv2d: {filters: 8, kernel_size: 3}"),
    ] as [(String, String)])
  func torch(written: String, item: String) throws {
    let text = Self.top + "    - \(written)\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    let fault = try #require(loaded.diagnostics.first)
    #expect(fault.help == "write `- \(item)`")
    #expect(fault.notes == [])
    let repaired = try #require(Self.mended(text, fault))
    #expect(repaired == Self.top + "    - \(item)\n")
    #expect(Loaded(repaired).errors == "", "\(repaired)")
  }

  @Test(
    "what a module of PyTorch has and no layer does is said",
    arguments: [
      (
        "nn.MaxPool2d(2, ceil_mode=True)", "write `- max_pooling2d: 2`",
        "`ceil_mode=true` has no counterpart here, and is left out"
      ),
      (
        "nn.BatchNorm2d(4, track_running_stats=False)", "write `- batch_normalization`",
        "`track_running_stats=false` has no counterpart here, and is left out"
      ),
      ("nn.Softplus(2)", "write `- activation: softplus`", "`beta=2` has no counterpart here, and is left out"),
      ("nn.Flatten(0)", "write `- flatten`", "`start_dim=0` has no counterpart here, and is left out"),
      ("Conv2D(8, 3, device=[x for x in y])", "write `- conv2d: {filters: 8, kernel_size: 3}`", nil),
      ("Dense(8, kernal=3)", "write `- dense: 8`", "`kernal=3` has no counterpart here, and is left out"),
      ("Conv2D(8)", "write `- conv2d: {filters: 8, kernel_size: …}`", nil),
      (
        "nn.Conv2d(4, 8, 5, padding=1)",
        "write `- zero_padding2d: 1` and behind it `- conv2d: {filters: 8, kernel_size: 5}`", nil
      ),
      (
        "nn.Conv2d(4, 8, 3, padding=(0, 1))",
        "write `- zero_padding2d: [0, 1]` and behind it `- conv2d: {filters: 8, kernel_size: 3}`", nil
      ),
      (
        "nn.AdaptiveAvgPool2d((7, 7))",
        "no pooling here fits its window to the input: write `- average_pooling2d: N`, where N is the rows of its input divided by 7",
        nil
      ),
      ("nn.Identity()", "leave it out: it changes nothing", nil),
      ("nn.PReLU()", "no slope is learned here; `- leaky_relu: 0.25` has the one that PyTorch begins with", nil),
    ] as [(String, String, String?)])
  func leftOut(written: String, help: String, note: String?) {
    let loaded = Loaded(Self.top + "    - \(written)\n")
    #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    #expect(loaded.diagnostics.first?.help == help)
    #expect(loaded.diagnostics.first?.notes.map(\.message) == [note].compactMap(\.self))
  }

  @Test(
    "a beginner's item has the repair that works",
    arguments: [
      ("dense: 10 softmax", "write `- dense: {units: 10, activation: softmax}`"),
      ("Dense: 128, relu", "write `- dense: {units: 128, activation: relu}`"),
      ("conv2d: 32 3 relu", "write `- conv2d: {filters: 32, kernel_size: 3, activation: relu}`"),
      ("conv2d(32, 3, relu)", "write `- conv2d: {filters: 32, kernel_size: 3, activation: relu}`"),
      ("conv2d: [32, 3]", "write `- conv2d: {filters: 32, kernel_size: 3}`"), ("dense: units 10", "write `dense: 10`"),
      ("repeat: 3\n      layers: [relu]", "write `- repeat: {times: 3, layers: […]}`"),
      ("residual:\n      layers: [relu]", "write `- residual: {layers: […]}`"),
    ])
  func beginners(written: String, help: String) {
    let loaded = Loaded(Self.top + "    - \(written)\n")
    #expect(loaded.diagnostics.contains { $0.help == help }, "\(loaded.rendered)")
  }

  @Test("a merge of names that are none is told with what they may be")
  func mergeOfBadNames() {
    let loaded = Loaded(layers: "relu: {name: conv 1}", "concatenate: [conv 1, input]")
    #expect(
      loaded.diagnostics.map(\.help) == ["write `name: conv_1`", "write `- concatenate: {inputs: [conv_1, input]}`"])
  }

  @Test("a value behind a block of the author's own is its first parameter's")
  func blockValue() {
    let text =
      "define: {blocks: {unit: {parameters: {n: 8}, layers: [{dense: $n}]}}}\n"
      + "model: {input: [4], layers: [{unit: 16}, {unit: {n: 4}}]}\n"
    #expect(Loaded(text).diagnostics.map(\.help) == ["write `- unit: {n: 16}`"], "\(Loaded(text).rendered)")
  }

  @Test("the layers that there are, are listed once")
  func listedOnce() {
    let helps = Loaded(layers: "foo", "bar", "quux").diagnostics.map { $0.help ?? "" }
    #expect(helps[0].hasPrefix("the layers are conv2d, "))
    #expect(helps[1...].allSatisfy { $0 == "what layers there are is said at `foo`" })
  }

  @Test(
    "a list without brackets in braces is one fault",
    arguments: [
      ("conv2d: {filters: 3, kernel_size: 3, strides: 2, 2}", "write `strides: [2, 2]`"),
      ("conv2d: {filters: 3, kernel_size: 3, 3, strides: 1}", "write `kernel_size: [3, 3]`"),
      ("dropout: {rate: 0,5}", "write `rate: 0.5`"),
      ("relu: {name: a}\n    - elu: {inputs: input}\n    - add: {inputs: elu, a}", "write `inputs: [elu, a]`"),
      ("relu: {name: a}\n    - elu: {inputs: input}\n    - add:\n        inputs: elu, a", "write `inputs: [elu, a]`"),
      ("relu: {name: a}\n    - add: {inputs: a, input, name: b}", "write `inputs: [a, input]`"),
      ("relu: {name: a}\n    - add:\n        inputs: a, input\n        name: b", "write `inputs: [a, input]`"),
    ])
  func openList(written: String, help: String) throws {
    let text = Self.top + "    - \(written)\n"
    let loaded = Loaded(text)
    #expect(loaded.diagnostics.map(\.help) == [help], "\(loaded.rendered)")
    let repaired = try #require(loaded.diagnostics.first.flatMap { Self.mended(text, $0) })
    #expect(Loaded(repaired).errors == "", "\(repaired)")
  }

  /// Values, the key that they stand behind, and what is meant.
  @Test(
    "a value in the form of another language has its repair",
    arguments: [
      ("max_pooling2d: (3, 3)", "CN2205", "max_pooling2d: [3, 3]"),
      ("max_pooling2d: 3x3", "CN2205", "max_pooling2d: [3, 3]"),
      ("max_pooling2d: 3, 3", "CN2205", "max_pooling2d: [3, 3]"),
      ("max_pooling2d: (3,)", "CN2205", "max_pooling2d: 3"),
      ("max_pooling2d: [1, 2, 2, 1]", "CN2208", "max_pooling2d: 2"),
      ("max_pooling2d: {pool_size: (3, 3), strides: (1, 3)}", "CN2205", nil),
      ("reshape: (-1,)", "CN2205", "reshape: [-1]"), ("reshape: 56, 56", "CN2205", "reshape: [56, 56]"),
      ("zero_padding2d: ((1, 1), (2, 2))", "CN2205", "zero_padding2d: [[1, 1], [2, 2]]"),
      ("dense: 5*2", "CN2201", "dense: 10"), ("dense: 2**3", "CN2201", "dense: 8"),
      ("dense: (10)", "CN2205", "dense: 10"),
      ("dense: units=10", "CN2201", "dense: 10"), ("dense: “10”", "CN2201", "dense: 10"),
      ("dense: 10.0", "CN2201", "dense: 10"), ("dense: 10,", "CN2203", "dense: 10"),
      ("dense: >-\n        10", "CN2202", "dense: 10"),
      ("dropout: 50%", "CN2201", "dropout: 0.5"), ("dropout: 1/2", "CN2201", "dropout: 0.5"),
      ("dropout: 0,5", "CN2203", "dropout: 0.5"), ("dropout: 25", "CN2207", "dropout: 0.25"),
      ("activation: “relu”", "CN2206", "activation: relu"),
      ("activation: |\n        relu", "CN2206", "activation: relu"),
      ("activation: None", "CN2206", "activation: linear"),
      (
        "conv2d: {filters: 3, kernel_size: 3, padding: 1}", "CN2206",
        "conv2d: {filters: 3, kernel_size: 3, padding: same}"
      ),
      ("dense: {units=10}", "CN2103", "dense: {units: 10}"), ("dense: {units：10}", "CN2103", "dense: {units: 10}"),
      ("dense: {units: 3, kernel_regularizer: 0.01}", "CN2201", "dense: {units: 3, kernel_regularizer: {l2: 0.01}}"),
      (
        "dense: {units: 3, kernel_regularizer: l2(0.01)}", "CN2206", "dense: {units: 3, kernel_regularizer: {l2: 0.01}}"
      ),
    ] as [(String, String, String?)])
  func values(written: String, code: String, item: String?) throws {
    let text = Self.top + "    - \(written)\n    - flatten\n"
    let loaded = Loaded(text)
    let errors = loaded.diagnostics.filter { $0.severity == .error }
    #expect(errors.allSatisfy { $0.code.id == code }, "\(loaded.rendered)")
    guard let item else {
      // Each of several tuples is a fault, and no comma of theirs is one more.
      #expect(errors.count == 2, "\(loaded.rendered)")
      return
    }
    #expect(errors.count == 1, "\(loaded.rendered)")
    let repaired = try #require(errors.first.flatMap { Self.mended(text, $0) }, "\(loaded.rendered)")
    #expect(repaired == Self.top + "    - \(item)\n    - flatten\n")
    #expect(Loaded(repaired).errors == "", "\(Loaded(repaired).rendered)")
  }

  /// Keras 2's `decay` is of the learning rate, PyTorch's `weight_decay` of the weights: one is not the other.
  @Test(
    "an optimizer in the form of another language becomes a key's value, or nothing is offered",
    arguments: [
      ("torch.optim.SGD(model.parameters(), lr=0.01)", "{sgd: {learning_rate: 0.01}}"),
      ("optim.Adagrad(params, lr=.1)", "{adagrad: {learning_rate: 0.1}}"),
      (
        "Adam(params=model.parameters(), lr=1e-3, betas=(0.9, 0.99))",
        "{adam: {learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.99}}"
      ),
      ("SGD(lr=0.01, decay=1e-6, momentum=0.9, nesterov=True)", nil),
    ] as [(String, String?)])
  func optimizers(written: String, value: String?) throws {
    let text =
      Self.top + "    - flatten\n    - dense: 3\n    - softmax\n"
      + "training:\n  loss: sparse_categorical_crossentropy\n  optimizer: \(written)\n"
    let loaded = Loaded(text)
    let fault = try #require(loaded.diagnostics.first { $0.severity == .error })
    guard let value else {
      #expect(!loaded.rendered.contains("weight_decay: 1e-6"), "\(loaded.rendered)")
      #expect(Self.mended(text, fault).map { Loaded($0).errors == "" } ?? true, "\(loaded.rendered)")
      return
    }
    let repaired = try #require(Self.mended(text, fault), "\(loaded.rendered)")
    #expect(repaired.hasSuffix("  optimizer: \(value)\n"), "\(repaired)")
    #expect(Loaded(repaired).errors == "", "\(Loaded(repaired).rendered)")
  }

  @Test(
    "sides that are not two for each axis are told with what they may be",
    arguments: [
      ("[[1, 2], [3]]", "[[1, 2], [3, 3]]", "[3]"), ("[[1], [2, 3]]", "[[1, 1], [2, 3]]", "[1]"),
      ("[[1, 2]]", "[[1, 2], [1, 2]]", "[[1, 2]]"), ("[1, 2, 3, 4]", "[[1, 2], [3, 4]]", "[1, 2, 3, 4]"),
    ])
  func margins(written: String, meant: String, place: String) {
    let loaded = Loaded(layers: "zero_padding2d: \(written)")
    #expect(loaded.codes == ["CN2208"])
    #expect(loaded.diagnostics.first?.help == "write `zero_padding2d: \(meant)` for top, bottom, left and right")
    #expect(loaded.underlined(0) == place)
  }

  private static let data = "data: {source: fashion_mnist, rescale: 1/255}\n"
  private static let classifier = "model: {input: [28, 28, 1], layers: [flatten, {dense: 10}, softmax]}\n"

  @Test(
    "settings in other forms have the repair in their help",
    arguments: [
      (
        "optimizer: {name: adam, learning_rate: 0.01}", "nest the arguments: `optimizer: {adam: {learning_rate: 0.01}}`"
      ),
      ("optimizer: {type: adam, lr: 0.01}", "nest the arguments: `optimizer: {adam: {learning_rate: 0.01}}`"),
      ("optimizer: {adam: 0.01}", "write `{adam: {learning_rate: 0.01}}`"),
      (
        "optimizer:\n    name: adam\n    params: {learning_rate: 0.01}",
        "nest the arguments: `optimizer: {adam: {learning_rate: 0.01}}`"
      ),
      ("class_weight: [1, 2, 1]", "write `class_weight: {0: 1, 1: 2, 2: 1}`"),
      ("optimizer: Adam(0.01)", "write `optimizer: {adam: {learning_rate: 0.01}}`"),
      ("optimizer: adam(lr=0.01)", "write `optimizer: {adam: {learning_rate: 0.01}}`"),
      ("optimizer: adam\n  lr: 0.01", "write `optimizer: {adam: {learning_rate: 0.01}}`"),
      ("optimizer: {adam: {beta_1: 0.8}}\n  lr: 0.01", "write `learning_rate: 0.01` among the arguments of `adam`"),
      ("loss: CrossEntropyLoss", "write `loss: categorical_crossentropy`"),
      ("loss: nn.CrossEntropyLoss()", "write `loss: categorical_crossentropy`"),
      (
        "loss: keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        "write `loss: sparse_categorical_crossentropy`, and end the model with `- activation: softmax`"
      ), ("metrics: [acc]", "write `accuracy`"),
      ("epochs: 2 * 5", "write `epochs: 10`"),
      (
        "callbacks:\n    - early_stopping:\n      patience: 3\n      monitor: loss",
        "nest the arguments: `{early_stopping: {patience: 3, monitor: loss}}`"
      ),
    ] as [(String, String)])
  func settings(written: String, help: String) throws {
    let key = written.prefix { $0 != ":" }
    let others = [("optimizer", "adam"), ("loss", "categorical_crossentropy")].filter { $0.0 != key }
    let text =
      Self.data + Self.classifier + "training:\n" + others.map { "  \($0.0): \($0.1)\n" }.joined() + "  \(written)\n"
    let errors = Loaded(text).diagnostics.filter { $0.severity == .error }
    #expect(errors.map(\.help) == [help], "\(Loaded(text).rendered)")
  }

  @Test("a repair needs no other one first")
  func otherFault() {
    let text = Self.data + Self.classifier + "training:\n  optimizer: Adam\n  lr: 0.01\n  loss: mse\n"
    let helps = Loaded(text).diagnostics.map(\.help)
    #expect(helps.contains("write `optimizer: {adam: {learning_rate: 0.01}}`"))
  }

  @Test(
    "data in other forms has the repair in its help",
    arguments: [
      ("data: fashion_mnist", "write `data: {source: fashion_mnist}`"),
      ("data: {source: mnist, split: 0.2}", "write `split: {validation: 0.2}` for that part of the training samples"),
      ("data: {source: mnist, split: 20%}", "write `split: {validation: 0.2}` for that part of the training samples"),
      ("data: {source: mnist, validation_split: 0.2}", "write `split: {validation: 0.2}`"),
      ("data: {source: mnist, split: {validation: 20%}}", "write `validation: 0.2`"),
      (
        "data: {source: mnist, split: {train: 0.8, validation: test}}",
        "write `train: \"train[:80%]\"` for the first of the training samples"
      ),
      (
        "data: {source: mnist, split: {train: 80%, validation: test}}",
        "write `train: \"train[:80%]\"` for the first of the training samples"
      ),
    ])
  func data(written: String, help: String) {
    let errors = Loaded(Self.classifier + written + "\n").diagnostics.filter { $0.severity == .error }
    #expect(errors.map(\.help) == [help], "\(Loaded(Self.classifier + written).rendered)")
  }

  @Test(
    "an input where Keras has it is one fault, and moved it works",
    arguments: [
      "conv2d: {filters: 3, kernel_size: 3, input_shape: [8, 8, 1]}",
      "conv2d: {input_shape: (8, 8, 1), filters: 3, kernel_size: 3}",
      "conv2d:\n        filters: 3\n        input_shape: (8, 8, 1)\n        kernel_size: 3",
      "flatten: {batch_input_shape: [None, 8, 8, 1], name: a}",
    ])
  func inputOfLayer(written: String) throws {
    for head in ["", "  input: [8, 8, 1]\n"] {
      let text = "model:\n\(head)  layers:\n    - \(written)\n    - relu\n"
      let loaded = Loaded(text)
      #expect(loaded.codes == ["CN2103"], "\(loaded.rendered)")
      let fault = try #require(loaded.diagnostics.first)
      #expect(fault.message.hasSuffix("the input's shape belongs to `model`"))
      let repaired = try #require(Self.mended(text, fault), "\(loaded.rendered)")
      #expect(!repaired.contains("shape"))
      #expect(Loaded(repaired).errors == "", "\(repaired)")
      #expect(Loaded(repaired).model?.inputType.extents == [8, 8, 1])
    }
  }

  @Test(
    "a layer Input is one fault, and moved it works",
    arguments: [
      "Input: [8, 8, 1]", "input: (8, 8, 1)", "InputLayer: {input_shape: [8, 8, 1]}", "Input: {shape: (8, 8, 1)}",
    ])
  func inputAsLayer(written: String) throws {
    let text = "model:\n  layers:\n    - \(written)\n    - flatten\n    - dense: 3\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    let repaired = try #require(loaded.diagnostics.first.flatMap { Self.mended(text, $0) })
    #expect(Loaded(repaired).errors == "", "\(repaired)")
    #expect(Loaded(repaired).shapes == [[64], [3]])
  }

  @Test("what follows from an input of Keras's is checked in the same go")
  func inputOfLayerAndMore() {
    let loaded = Loaded(
      "model:\n  layers:\n    - max_pooling2d: {pool_size: 9, input_shape: [8, 8, 1]}\n    - dens: 3\n")
    #expect(loaded.codes.sorted() == ["CN2103", "CN2104", "CN3104"], "\(loaded.rendered)")
  }

  @Test(
    "an input of another form has its repair",
    arguments: [
      ("(28,28,1)", "write `input: [28, 28, 1]`"), ("28x28x1", "write `input: [28, 28, 1]`"),
      ("28x28", "add the channels: `input: [28, 28, 1]`"), ("[28, 28]", "add the channels: `input: [28, 28, 1]`"),
      ("(None, 28, 28, 1)", "write `input: [28, 28, 1]`"),
      ("[None, 28, 28, 3]", "leave the batch out: `input: [28, 28, 3]`"),
      ("784", "write `input: [784]` for a list of features"), ("(784,)", "write `input: [784]`"),
      ("{height: 28, width: 14, channels: 3}", "write `input: [28, 14, 3]`"),
      ("{shape: [28, 28, 1]}", "write `input: [28, 28, 1]`"),
    ])
  func input(written: String, help: String) {
    let loaded = Loaded("model:\n  input: \(written)\n  layers: [flatten]\n")
    #expect(loaded.diagnostics.map(\.help) == [help], "\(loaded.rendered)")
    #expect(loaded.diagnostics.first?.span.start.line == 2)
  }

  @Test(
    "one fault is one error",
    arguments: [
      // A merge that is missing or misspelt, and those who read what is in its paths, or the block itself.
      ("branches: {paths: [[{relu: {name: a}}], []]}\n    - add: {inputs: [a, input]}", "CN2101", 4),
      ("branches: {paths: [[relu], []], name: b}\n    - add: {inputs: [b, input]}", "CN2101", 4),
      ("branches: {merg: add, paths: [[{relu: {name: a}}], []]}\n    - add: {inputs: [a, input]}", "CN2103", 4),
      ("branches: {merge: add, path: [[relu], []]}", "CN2103", 4), ("residual: {layer: [relu]}", "CN2103", 4),
      ("repeat: {count: 3, layers: [relu]}", "CN2103", 4), ("repeat: {times: 3, relu: {name: a}}", "CN2103", 4),
      ("residual: [relu, relu]", "CN2201", 5),
      // Keys beside a layer that has a name.
      ("relu:\n      name: a\n    - add: {inputs: [a, input]}", "CN2105", 4),
      ("relu\n     - elu\n    - flatten", "CN2105", 5), ("stem: {type: conv2d, filters: 3}", "CN2105", 4),
      ("add: [a, b]", "CN2201", 4), ("relu: {name: a}\n    - elu: {inputs: input}\n    - add: a, elu", "CN2201", 6),
      ("relu: {name: a}\n    - elu: {inputs: input}\n    - concat: [a, elu]", "CN2104", 6),
      ("conv2d: [32, 3]", "CN2201", 4),
      ("relu\n  training:\n    epochs: 3", "CN2103", 5),
      ("conv2d: {filters: 3, filters: 4, kernel_size: 3}", "CN1201", 4),
    ] as [(String, String, Int)])
  func oneFault(written: String, code: String, line: Int) {
    let loaded = Loaded(Self.top + "    - \(written)\n")
    let errors = loaded.diagnostics.filter { $0.severity == .error }
    #expect(errors.map(\.code.id) == [code], "\(loaded.rendered)")
    #expect(errors.first.map { abs($0.span.start.line - line) <= 1 } == true)
  }

  @Test("layers without the section around them are read as if it were there")
  func bareModel() {
    let loaded = Loaded("input: [28, 28, 1]\nlayers:\n  - flatten\n  - dens: 10\n")
    #expect(loaded.codes == ["CN2102", "CN2104"], "\(loaded.rendered)")
    #expect(loaded.underlined(0) == "layers")
  }

  @Test("a list of layers as the model is read as its layers, the input among them")
  func listAsModel() throws {
    let loaded = Loaded("model:\n  - Input: (8, 8, 1)\n  - flatten\n  - dens: 10\n  - dropout: 0.5\n")
    #expect(loaded.codes == ["CN2201", "CN2104", "CN2104"], "\(loaded.rendered)")
    #expect(loaded.underlined(0) == "model")
  }

  @Test(
    "a key in the wrong section is told where it belongs",
    arguments: [
      (
        "training: {optimizer: adam, loss: mean_squared_error, validation_split: 0.2}",
        "write `split: {validation: 0.2}` in `data`"
      ),
      (
        "training: {optimizer: adam, loss: mean_squared_error, validation: 0.2}",
        "write `split: {validation: 0.2}` in `data`"
      ),
      ("data: {source: mnist, rescale: 1/255, validation: 0.2}", "write `split: {validation: 0.2}`"),
      ("epochs: 3", "`epochs` is a key of `training`"),
      ("data: {source: mnist, rescale: 1/255, shuffle: true}", "`shuffle` is a key of `training`"),
      ("expect: {source: mnist}", "`source` is a key of `data`"),
    ])
  func otherSection(text: String, help: String) {
    let loaded = Loaded(Self.classifier + text + "\n")
    #expect(loaded.diagnostics.filter { $0.severity == .error }.map(\.help) == [help], "\(loaded.rendered)")
  }

  @Test("a tuple in braces is no text either")
  func tupleAsText() {
    let text = "data: {source: {idx: {images: (3, 3), labels: b}}}\n" + Self.classifier
    #expect(Loaded(text).codes == ["CN2205"], "\(Loaded(text).rendered)")
    // Brackets that are never closed stay what YAML takes them for.
    #expect(Loaded(layers: "dense: {units: 3, name: (a}").codes.contains("CN2210"))
  }

  @Test(
    "`$name` in other forms",
    arguments: [("${w}", "did you mean `$w`?", ""), ("$W", "did you mean `$w`?", ""), ("$w * 2", "", "expressions")])
  func references(written: String, label: String, help: String) {
    let loaded = Loaded("define: {w: 3}\nmodel:\n  input: [4]\n  layers:\n    - dense: \(written)\n    - dense: $w\n")
    #expect(loaded.codes == ["CN2401"], "\(loaded.rendered)")
    #expect(loaded.diagnostics.first?.label == label)
    #expect(help.isEmpty || loaded.diagnostics.first?.help?.contains(help) == true)
  }

  @Test("channels first draw advice where everything fits, and the repair where it does not")
  func channelsFirst() {
    let padded = Loaded(layers: "conv2d: {filters: 2, kernel_size: 3, padding: same}", "flatten", input: "[3, 32, 32]")
    #expect(padded.codes == ["CN9114"], "\(padded.rendered)")
    let valid = Loaded(layers: "conv2d: {filters: 2, kernel_size: 3}", "flatten", input: "[1, 28, 28]")
    #expect(valid.codes == ["CN3104"])
    #expect(valid.diagnostics.first?.help?.hasPrefix("use `input: [28, 28, 1]`, height and width before") == true)
    // A spectrum of one row is no square behind it; eight channels are no colours.
    for input in ["[1, 128, 9]", "[8, 32, 32]", "[4, 4, 4]"] {
      #expect(Loaded(layers: "flatten", input: input).codes == [], "\(input)")
    }
  }
}
