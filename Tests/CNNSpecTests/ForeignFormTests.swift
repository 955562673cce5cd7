import CNNDiagnostics
import CNNSpec
import Testing

/// Values, settings and sections that people write who come from Keras, PyTorch, Python or another YAML: one error for one
/// fault, in its place, with a repair that works as it stands.
@Suite struct ForeignFormTests {
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
    let text = ForeignForm.top + "    - \(written)\n    - flatten\n"
    let loaded = Loaded(text)
    let errors = loaded.diagnostics.filter { $0.severity == .error }
    #expect(errors.allSatisfy { $0.code.id == code }, "\(loaded.rendered)")
    guard let item else {
      // Each of several tuples is a fault, and no comma of theirs is one more.
      #expect(errors.count == 2, "\(loaded.rendered)")
      return
    }
    #expect(errors.count == 1, "\(loaded.rendered)")
    let repaired = try #require(errors.first.flatMap { ForeignForm.mended(text, $0) }, "\(loaded.rendered)")
    #expect(repaired == ForeignForm.top + "    - \(item)\n    - flatten\n")
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
      ForeignForm.top + "    - flatten\n    - dense: 3\n    - softmax\n"
      + "training:\n  loss: sparse_categorical_crossentropy\n  optimizer: \(written)\n"
    let loaded = Loaded(text)
    let fault = try #require(loaded.diagnostics.first { $0.severity == .error })
    guard let value else {
      #expect(!loaded.rendered.contains("weight_decay: 1e-6"), "\(loaded.rendered)")
      #expect(ForeignForm.mended(text, fault).map { Loaded($0).errors == "" } ?? true, "\(loaded.rendered)")
      return
    }
    let repaired = try #require(ForeignForm.mended(text, fault), "\(loaded.rendered)")
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
      (
        "loss: nn.CrossEntropyLoss()",
        "write `loss: categorical_crossentropy`, and end the model with `- activation: softmax`"
      ),
      (
        "loss: nn.BCEWithLogitsLoss()",
        "write `loss: binary_crossentropy`, and end the model with `- activation: sigmoid`"
      ),
      ("loss: nn.SmoothL1Loss(beta=2)", "write `loss: {huber: {delta: 2}}`"),
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
      let repaired = try #require(ForeignForm.mended(text, fault), "\(loaded.rendered)")
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
    let repaired = try #require(loaded.diagnostics.first.flatMap { ForeignForm.mended(text, $0) })
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
      ("branches: {merg: add, paths: [[{relu: {name: a}}], []]}\n    - add: {inputs: [a, add]}", "CN2103", 4),
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
    let loaded = Loaded(ForeignForm.top + "    - \(written)\n")
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
