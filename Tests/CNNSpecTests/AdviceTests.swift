import CNNDiagnostics
import CNNSpec
import Testing

/// Counts of rows by hand: windows of k, s apart, over n: n - ((o - 1) s + k) remain behind the last one.
@Suite struct AdviceTests {
  @Test(
    "rows and columns that no window reads are counted",
    arguments: [
      ("max_pooling2d", "[7, 6, 1]", "the last row of its 7x6 input"),
      ("max_pooling2d: 3", "[8, 7, 1]", "the last 2 rows and the last column of its 8x7 input"),
      ("conv2d: {filters: 1, kernel_size: 3, strides: 2}", "[8, 9, 1]", "the last row of its 8x9 input"),
      // Windows of 2, 3 apart, over 8: 0-1, 3-4, 6-7.
      ("max_pooling2d: {pool_size: 2, strides: 3}", "[8, 8, 1]", "2 rows and 2 columns of its 8x8 input"),
      ("depthwise_conv2d: {kernel_size: 3, strides: 2}", "[8, 9, 1]", "the last row of its 8x9 input"),
    ])
  func unread(layer: String, input: String, text: String) {
    let loaded = Loaded(layers: layer, input: input)
    #expect(loaded.codes == ["CN9104"])
    #expect(loaded.messages.first?.hasSuffix("never reads \(text)") == true, "\(loaded.messages)")
    #expect(loaded.spec != nil)
  }

  @Test(
    "windows that reach everything, or are meant to skip, draw nothing",
    arguments: [
      "max_pooling2d: {padding: same}", "conv2d: {filters: 1, kernel_size: 3}",
      "conv2d: {filters: 1, kernel_size: 1, strides: 2}", "max_pooling2d: {pool_size: 3, strides: 2}",
    ])
  func read(layer: String) {
    #expect(Loaded(layers: layer, input: "[7, 7, 1]").codes == [])
  }

  @Test("zeros put behind the image may go unread, more than they may not") func unreadZeros() {
    func codes(_ layers: String...) -> [String] {
      Loaded("model:\n  input: [32, 32, 3]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()).codes
    }
    // The first layers of ResNet-50 in Keras Applications: of 38 rows, windows of 7, 2 apart, read 37; of 18,
    // windows of 3 read 17. Of 34 rows, none of them zeros behind, they read 33.
    let stem = [
      "zero_padding2d: 3", "conv2d: {filters: 4, kernel_size: 7, strides: 2}", "zero_padding2d: 1",
      "max_pooling2d: {pool_size: 3, strides: 2}",
    ]
    #expect(codes(stem[0], stem[1], stem[2], stem[3]) == [])
    #expect(codes("zero_padding2d: [[2, 0], [3, 3]]", stem[1]) == ["CN9104"])
    #expect(codes(stem[0], "conv2d: {filters: 4, kernel_size: 7, strides: 9}") == ["CN9104"])
  }

  @Test("a dense layer on an image is meant behind a normalisation, and where the image goes on")
  func denseOnImage() {
    func codes(_ layers: String...) -> [String] {
      Loaded("model:\n  input: [8, 8, 4]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()).codes
    }
    let wide = "dense: {units: 16, activation: gelu}"
    #expect(codes(wide, "flatten", "dense: 10") == ["CN9107"])
    #expect(codes(wide, "dense: 10") == ["CN9107"])
    #expect(codes("layer_normalization", wide, "dense: 4") == [])
    #expect(codes("residual: {layers: [{dense: {units: 16, activation: gelu}}, {dense: 4}]}") == [])
    #expect(codes(wide, "max_pooling2d", "flatten", "dense: 10") == [])
  }

  @Test("a bias is useless only if all that reads it subtracts the mean")
  func bias() {
    func codes(_ layers: String...) -> [String] {
      Loaded("model:\n  input: [8, 8, 1]\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()).codes
    }
    let convolution = "conv2d: {filters: 4, kernel_size: 3, padding: same, name: a}"
    #expect(codes(convolution, "batch_normalization", "relu") == ["CN9102"])
    #expect(codes(convolution, "relu", "batch_normalization") == [])
    #expect(codes(convolution, "batch_normalization: {name: b}", "add: {inputs: [a, b]}") == [])
    #expect(codes(convolution, "batch_normalization: {trainable: false}", "relu") == [])
    #expect(codes("conv2d: {filters: 4, kernel_size: 3, activation: relu}", "batch_normalization") == [])
    for layer in ["depthwise_conv2d: 3", "separable_conv2d: {filters: 4, kernel_size: 3}"] {
      #expect(codes(layer, "batch_normalization") == ["CN9102"])
    }
    #expect(codes("conv2d_transpose: {filters: 4, kernel_size: 3}", "batch_normalization") == ["CN9102"])
  }

  /// Ulyanov et al. 2016 (instance normalization) subtract the mean of each channel, and a constant of it with that; Ba et
  /// al. 2016 and Wu, He 2018 subtract one over several channels, where constants of unlike size remain.
  @Test("a bias before the normalization of a sample is useless only if each channel has its own mean")
  func biasOfSamples() {
    func codes(_ normalization: String) -> [String] {
      Loaded(
        "model:\n  input: [8, 8, 1]\n  layers:\n    - conv2d: {filters: 4, kernel_size: 3}\n    - \(normalization)\n"
      ).codes
    }
    #expect(codes("group_normalization: {groups: -1}") == ["CN9102"])
    #expect(codes("group_normalization: {groups: 4}") == ["CN9102"])
    #expect(codes("group_normalization: {groups: 2}") == [])
    #expect(codes("layer_normalization: {axis: [1, 2]}") == ["CN9102"])
    #expect(codes("layer_normalization: {axis: [1, 2], trainable: false}") == ["CN9102"])
    #expect(codes("layer_normalization") == [])
    #expect(codes("layer_normalization: {axis: [1, 2, 3]}") == [])
    #expect(codes("batch_normalization: {axis: 1}") == [])
  }

  @Test("more filters than unknowns are told only without an activation behind them")
  func filters() {
    func codes(_ activation: String, _ between: String = "flatten") -> [String] {
      Loaded(
        layers: "conv2d: {filters: 16, kernel_size: 3, activation: \(activation)}", between, "dense: 4",
        input: "[9, 9, 1]"
      ).codes.filter { $0 == "CN9106" }
    }
    // A 3x3 patch of one channel has 9 values.
    #expect(codes("linear") == ["CN9106"])
    #expect(codes("relu") == [])
    #expect(codes("linear", "relu") == [])
    #expect(codes("linear", "max_pooling2d") == [])
    // Each filter of a transposed convolution sees all 16 channels, of which its kernel's last axis tells.
    #expect(codes("relu", "conv2d_transpose: {filters: 1, kernel_size: 1}") == [])
    #expect(codes("linear", "zero_padding2d: 1") == ["CN9106"])
  }

  @Test("pixels are raw until something sets their scale")
  func pixels() {
    func codes(_ first: String, _ more: String = "") -> [String] {
      Loaded(layers: first, "flatten", "dense: 10", more: "data: {source: mnist\(more)}\n").codes
    }
    #expect(codes("relu") == ["CN9101"])
    #expect(codes("relu", ", rescale: 1/255") == [])
    #expect(codes("rescaling: 1/255") == [])
    #expect(codes("batch_normalization") == [])
    #expect(codes("normalization: {mean: 33, variance: 6000}") == [])
    #expect(codes("layer_normalization: {axis: [1, 2, 3]}") == [])
    for layer in ["depthwise_conv2d: 3", "separable_conv2d: {filters: 4, kernel_size: 3, activation: relu}"] {
      #expect(codes(layer) == ["CN9101"])
    }
  }

  @Test("callbacks are held to what is measured and to how long training lasts")
  func callbacks() {
    func codes(_ callback: String, _ more: String = "", data: String = "") -> [String] {
      Loaded(
        layers: "flatten", "dense: 10", "softmax",
        more: "data: {source: mnist, rescale: 1/255\(data)}\n"
          + "training: {optimizer: adam, loss: categorical_crossentropy, epochs: 5, callbacks: [\(callback)]\(more)}\n"
      ).codes
    }
    #expect(codes("early_stopping") == ["CN4108"])
    #expect(codes("early_stopping", data: ", split: {validation: 0.2}") == [])
    #expect(codes("early_stopping", data: ", split: {validation: 0}") == ["CN4108"])
    #expect(codes("early_stopping: {monitor: accuracy}") == ["CN4108"])
    #expect(codes("early_stopping: {monitor: accuracy}", ", metrics: [accuracy]") == [])
    #expect(codes("early_stopping: {monitor: loss, patience: 4}") == [])
    #expect(codes("early_stopping: {monitor: loss, patience: 5}") == ["CN9109"])
    #expect(codes("model_checkpoint: best") == [])
    #expect(codes("model_checkpoint: {path: best, save_best_only: true}") == ["CN4108"])
    #expect(codes("reduce_lr_on_plateau: {monitor: loss, factor: 1}") == ["CN2207"])
    #expect(codes("early_stoping") == ["CN2206"])
    #expect(codes("early_stopping: {pacience: 3, monitor: loss}") == ["CN2103"])
  }

  @Test("a plateau callback and a schedule do not go together")
  func schedule() {
    let loaded = Loaded(
      layers: "flatten", "dense: 10", "softmax",
      more: "training:\n  optimizer: {adam: {learning_rate: {cosine_decay: {decay_steps: 9}}}}\n"
        + "  loss: categorical_crossentropy\n  callbacks: [{reduce_lr_on_plateau: {monitor: loss}}]\n")
    #expect(loaded.codes.contains("CN4109"))
  }

  @Test("a comment silences its line, or the line below it, and nothing else")
  func ignore() {
    let pool = "    - max_pooling2d"
    func codes(_ line: String) -> [String] {
      Loaded("model:\n  input: [7, 7, 1]\n  layers:\n\(line)\n    - flatten\n").codes
    }
    #expect(codes(pool) == ["CN9104"])
    #expect(codes(pool + "  # cnnrun: ignore[CN9104] on purpose") == [])
    #expect(codes("    # cnnrun: ignore[CN9104]\n\n    # more\n" + pool) == [])
    #expect(codes(pool + "  # cnnrun: ignore[CN9105, CN9104]") == ["CN9902"])
    #expect(codes(pool + "  # cnnrun: ignore[CN9105]").sorted() == ["CN9104", "CN9902"])
    #expect(codes(pool + "  # cnnrun: ignore[CN9999]").sorted() == ["CN9104", "CN9901"])
    #expect(codes(pool + "  # cnnrun: ignore[CN3104]").sorted() == ["CN9104", "CN9901"])
    #expect(codes("    # cnnrun: ignore[CN9104]\n    - relu\n" + pool).sorted() == ["CN9104", "CN9902"])
  }

  @Test("what stands in a scalar is no comment")
  func scalars() {
    func codes(_ name: String) -> [String] {
      Loaded(
        "model:\n  input: [7, 7, 1]\n  layers: [max_pooling2d, flatten]\ndata:\n  source: {npz: a.npz}\n  class_names: \(name)\n"
      ).codes
    }
    #expect(codes("[\"a # cnnrun: ignore[CN9999]\"]") == ["CN9104"])
    #expect(codes("['a # cnnrun: ignore[CN9999]', b]") == ["CN9104"])
    #expect(codes("[a, b] # cnnrun: ignore[CN9999]").sorted() == ["CN9104", "CN9901"])
  }

  @Test("errors come first: with one, neither advice nor unused comments are told")
  func errors() {
    #expect(
      Loaded(layers: "max_pooling2d  # cnnrun: ignore[CN9105]", "dense: 0", input: "[7, 7, 1]").codes == ["CN2207"])
  }

  @Test(
    "what nothing uses of `define` is told, once",
    arguments: [
      ("w: 3", "dense: 3", ["w"]), ("w: 3", "dense: $w", []), ("w: $v\n  v: 3", "dense: $w", []),
      // Only the first: without it the other is told of.
      ("w: $v\n  v: 3", "dense: 3", ["w"]),
      ("blocks: {b: {layers: [relu]}}", "relu", ["b"]), ("blocks: {b: {layers: [relu]}}", "b", []),
      ("blocks: {b: {layers: [c]}, c: {layers: [relu]}}", "relu", ["b"]),
      ("w: 3\n  blocks: {b: {parameters: {n: $w}, layers: [{dense: $n}]}}", "b", []),
      // A parameter of the same name stands before the value.
      ("n: 3\n  blocks: {b: {parameters: {n: 4}, layers: [{dense: $n}]}}", "b", ["n"]),
      // YAML's own aliases use it too.
      ("w: &w {units: 3}", "dense: *w", []),
    ] as [(String, String, [String])])
  func unusedDefinitions(definition: String, layer: String, unused: [String]) {
    let loaded = Loaded(
      "define:\n  \(definition)\nmodel: {input: [4], layers: [{\(layer.contains(":") ? layer : "\(layer): ")}]}\n")
    #expect(loaded.codes == unused.map { _ in "CN9112" }, "\(loaded.rendered)")
    #expect(unused.indices.map { loaded.underlined($0) } == unused)
  }
}
