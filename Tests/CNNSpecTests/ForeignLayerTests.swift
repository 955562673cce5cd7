import CNNDiagnostics
import CNNSpec
import Testing

/// Layers as they are called in Keras, PyTorch, Python or another YAML: one error for one fault, in its place, with a
/// repair that works as it stands.
@Suite struct ForeignLayerTests {
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
      ("nn.Linear(10, 20)", "dense: 20"), ("nn.BatchNorm2d(4)", "batch_normalization: {momentum: 0.9, epsilon: 1e-05}"),
      ("Dense(10)(x)", "dense: 10"), ("conv2d 8 3 relu", "conv2d: {filters: 8, kernel_size: 3, activation: relu}"),
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
    let fault = try repaired(written, to: item)
    #expect(fault.help == "write `- \(item)`" || fault.label == "did you mean `\(item)`?")
    #expect(fault.span.start.line == 4 && fault.span.start.column == 7)
  }

  /// The one fault of an item, whose repair makes another of it that has none.
  private func repaired(_ written: String, to item: String) throws -> Diagnostic {
    let text = ForeignForm.top + "    - \(written)\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    let fault = try #require(loaded.diagnostics.first)
    let repaired = try #require(ForeignForm.mended(text, fault))
    #expect(repaired == ForeignForm.top + "    - \(item)\n")
    #expect(Loaded(repaired).errors == "", "\(repaired)")
    return fault
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
      (
        "nn.BatchNorm2d(4, affine=False)",
        "batch_normalization: {momentum: 0.9, epsilon: 1e-05, center: false, scale: false}"
      ),
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
    let fault = try repaired(written, to: item)
    #expect(fault.help == "write `- \(item)`")
    #expect(fault.notes == [])
  }

  @Test(
    "the greatest and least integers are numbers like others", arguments: [Int.max, Int.min, Int.min + 1],
    ["kernel_size", "padding", "stride", "dilation", "output_padding", "groups"])
  func extremes(number: Int, name: String) {
    for module in ["Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d"] {
      let given = ["kernel_size": "3", "padding": "1", "stride": "2"].merging([name: "\(number)"]) { $1 }
      let arguments = given.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }.joined(separator: ", ")
      let loaded = Loaded(ForeignForm.top + "    - nn.\(module)(\(arguments))\n")
      #expect(loaded.codes == ["CN2104"], "\(loaded.rendered)")
    }
  }

  @Test(
    "what a module of PyTorch has and no layer does is said",
    arguments: [
      (
        "nn.MaxPool2d(2, ceil_mode=True)", "write `- max_pooling2d: 2`",
        "`ceil_mode=true` has no counterpart here, and is left out"
      ),
      (
        "nn.BatchNorm2d(4, track_running_stats=False)",
        "write `- batch_normalization: {momentum: 0.9, epsilon: 1e-05}`",
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
    let loaded = Loaded(ForeignForm.top + "    - \(written)\n")
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
    let loaded = Loaded(ForeignForm.top + "    - \(written)\n")
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
    let text = ForeignForm.top + "    - \(written)\n"
    let loaded = Loaded(text)
    #expect(loaded.diagnostics.map(\.help) == [help], "\(loaded.rendered)")
    let repaired = try #require(loaded.diagnostics.first.flatMap { ForeignForm.mended(text, $0) })
    #expect(Loaded(repaired).errors == "", "\(repaired)")
  }
}

/// What tests of forms from elsewhere share.
enum ForeignForm {
  static let top = "model:\n  input: [28, 28, 4]\n  layers:\n"

  /// The text after the diagnostic's own repair; `nil` if it offers none.
  static func mended(_ text: String, _ diagnostic: Diagnostic) -> String? {
    guard let fix = diagnostic.fix else { return nil }
    return TextEdits.apply(fix.edits, to: Array(text.utf8)).map { String(decoding: $0, as: UTF8.self) }
  }
}
