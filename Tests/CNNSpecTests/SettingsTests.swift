import Testing

@testable import CNNSpec

@Suite struct SettingsTests {
  private func split(_ text: String) -> Loaded {
    Loaded(layers: "flatten", more: "data:\n  source: mnist\n  split: \(text)\n")
  }

  private func training(_ text: String) -> Loaded {
    Loaded(layers: "flatten", "dense: 10", "softmax", more: "training: \(text)\n")
  }

  @Test("fractions stay the decimals that are written")
  func fractions() {
    #expect(split("{validation: 0.9}").spec?.data?.split.validation?.value == .fraction("0.9"))
    #expect(split("{validation: 0}").spec?.data?.split.validation?.value == .fraction("0"))
  }

  @Test("a fraction of 1 or more is an error, and 20 brings 0.2", arguments: ["1", "1.2", "20", "-0.1"])
  func badFractions(text: String) {
    let loaded = split("{validation: \(text)}")
    #expect(loaded.codes == ["CN4202"])
    #expect((loaded.diagnostics.first?.label == "did you mean 0.2?") == (text == "20"))
  }

  @Test(
    "slices are those of TensorFlow Datasets",
    arguments: ["train", "train[:10]", "train[10:]", "train[-10:]", "train[10%:20%]", "test[:100%]"])
  func slices(text: String) {
    #expect(split("{train: \"\(text)\"}").spec?.data?.split.train?.value == text)
  }

  @Test(
    "what is no slice is an error",
    arguments: [
      "train[10]", "train[:]", "[:10]", "train[:10", "train[1:2:3]", "train[a:]", "train[:10%1]", "train+test",
      "train[10:20%]", "train[:101%]",
    ])
  func badSlices(text: String) {
    #expect(split("{train: \"\(text)\"}").codes == ["CN4201"])
  }

  @Test("a validation slice of train needs a train slice")
  func missingTrain() {
    #expect(split("{validation: \"train[80%:]\"}").codes == ["CN2101"])
    #expect(split("{validation: test}").codes == [])
  }

  @Test(
    "paths stay beside the spec",
    arguments: ["/etc/hostname", "images/../../etc/hostname", "http://127.0.0.1:9/x", "~/x", "a\\\\b", "../x"])
  func paths(text: String) {
    #expect(Loaded(layers: "flatten", more: "data:\n  source: {image_folder: \"\(text)\"}\n").codes == ["CN2212"])
  }

  @Test("1/255 is the same number as its decimal")
  func rescale() {
    let fraction = Loaded(layers: "flatten", more: "data: {source: mnist, rescale: 1/255}\n")
    let decimal = Loaded(layers: "flatten", more: "data: {source: mnist, rescale: 0.00392156862745098}\n")
    #expect(fraction.spec?.data?.rescale?.value == 1.0 / 255)
    #expect(fraction.spec?.data?.rescale?.value == decimal.spec?.data?.rescale?.value)
    #expect(Loaded(layers: "flatten", more: "data: {source: mnist, rescale: 1/}\n").codes == ["CN2213"])
  }

  @Test("files of every kind are read")
  func sources() {
    func source(_ text: String) -> DataSpec.Source? {
      let input =
        text == "digits"
        ? "[8, 8, 1]"
        : text.contains("image") && !text.contains("images")
          ? "[256, 256, 3]" : "[32, 32, 3]"
      return Loaded(layers: "flatten", input: input, more: "data: {source: \(text)}\n").spec?.data?.source.value
    }
    #expect(source("digits") == .builtIn(.digits))
    #expect(source("cifar100") == .builtIn(.cifar100))
    #expect(source("{cifar100: {label_mode: fine}}") == .builtIn(.cifar100))
    #expect(source("{cifar100: coarse}") == .builtIn(.cifar100Coarse))
    #expect(source("{idx: {images: a.gz, labels: b.gz}}") == .idx(images: "a.gz", labels: "b.gz"))
    #expect(source("{npy: {images: a.npy, labels: b.npy}}") == .npy(images: "a.npy", labels: "b.npy"))
    #expect(source("{csv: {path: a.csv, label: y}}") == .csv(.init(path: "a.csv", labels: ["y"])))
    #expect(
      source("{csv: {path: a.csv, label: 0, image: 1, header: false}}")
        == .csv(.init(path: "a.csv", labels: ["0"], image: "1", hasHeader: false)))
    #expect(source("{npz: a.npz}") == .npz(.init(path: "a.npz")))
    #expect(
      source("{npz: {path: a.npz, images: p, labels: q}}") == .npz(.init(path: "a.npz", images: "p", labels: "q")))
    #expect(source("{image_folder: flowers}") == .imageFolder("flowers"))
  }

  @Test(
    "what is no source is an error with what there is",
    arguments: [
      ("cifar100_coarse", "CN2206"), ("{cifar10: {label_mode: fine}}", "CN2206"),
      ("{cifar100: {labels: fine}}", "CN2103"),
      ("npy", "CN2101"), ("{csv: {path: a.csv}}", "CN2101"), ("{csv: {path: a.csv, label: y, sep: x}}", "CN2103"),
      ("{npz: {images: x}}", "CN2101"), ("{image_folder: {path: a, x: 1}}", "CN2103"), ("flowers/", "CN2206"),
      ("{csv: {path: a.csv, label: y, image: [a]}}", "CN2201"), ("{csv: {path: a.csv, label: y, header: 0}}", "CN2201"),
    ])
  func badSources(text: String, code: String) {
    #expect(Loaded(layers: "flatten", more: "data: {source: \(text)}\n").codes == [code])
  }

  @Test("a resolved source reads back as the same")
  func resolvedSources() {
    for text in [
      "digits", "{cifar100: coarse}", "{csv: {path: a.csv, label: 0, image: 1, header: false}}",
      "{npz: {path: a.npz, images: p, labels: q}}", "{npz: a.npz}", "{npy: {images: a, labels: b}}",
    ] {
      let input = text == "digits" ? "[8, 8, 1]" : text.contains("image: 1") ? "[256, 256, 3]" : "[32, 32, 3]"
      let loaded = Loaded(layers: "flatten", input: input, more: "data: {source: \(text)}\n")
      let again = Loaded(loaded.spec?.resolvedText ?? "")
      #expect(loaded.spec != nil, "\(text): \(loaded.rendered)")
      #expect(again.spec?.data?.source.value == loaded.spec?.data?.source.value)
      #expect(again.spec?.resolvedText == loaded.spec?.resolvedText)
    }
  }

  // MARK: Image files

  @Test("image files are 256x256 in colour unless the spec says otherwise, as in Keras")
  func imageDefaults() {
    let data = Loaded(
      layers: "flatten", input: "[256, 256, 3]", more: "data: {source: {image_folder: a}}\n"
    ).spec?.data
    #expect(data?.imageSize.value == IntegerPair(256, 256))
    #expect(data?.colorMode.value == .rgb)
    #expect(data?.split.stratifies == true)
    let other = Loaded(
      layers: "flatten", input: "[64, 32, 1]",
      more: "data: {source: {csv: {path: a, label: y, image: f}}, image_size: [64, 32], color_mode: grayscale}\n"
    ).spec?.data
    #expect(other?.imageSize.value == IntegerPair(64, 32))
    #expect(other?.extents == [64, 32, 1])
    #expect(other?.split.stratifies == false)
  }

  @Test(
    "a model that takes another size brings the setting that mends it",
    arguments: [
      ("[64, 64, 3]", "", "image_size: [64, 64]"), ("[256, 256, 1]", "", "color_mode: grayscale"),
      ("[64, 64, 3]", ", image_size: 32", "[64, 64]"),
    ])
  func sizeRepair(input: String, more: String, repair: String) {
    let loaded = Loaded(
      layers: "global_average_pooling2d", input: input, more: "data: {source: {image_folder: a}\(more)}\n")
    #expect(loaded.codes == ["CN4203"])
    #expect(loaded.diagnostics.first?.fix?.edits.contains { $0.text.contains(repair) } == true, "\(loaded.rendered)")
  }

  @Test("settings of image files are errors where there are none")
  func unfitSettings() {
    for setting in ["image_size: 64", "color_mode: rgb"] {
      #expect(Loaded(layers: "flatten", more: "data: {source: mnist, \(setting)}\n").codes == ["CN4205"])
    }
    #expect(
      Loaded(
        layers: "flatten", input: "[64, 64, 1]",
        more: "data: {source: {npz: a}, split: {test: {image_folder: b}}, image_size: 64, color_mode: grayscale}\n"
      ).codes == [])
    #expect(
      Loaded(layers: "flatten", more: "data: {source: mnist, color_mode: gray}\n").codes.contains("CN2206") == false)
    #expect(
      Loaded(layers: "flatten", more: "data: {source: {image_folder: a}, color_mode: gray}\n").codes == ["CN2206"])
    #expect(
      Loaded(layers: "flatten", more: "data: {source: {image_folder: a}, image_size: 16385}\n").codes == ["CN2207"])
    for source in ["digits", "{image_folder: a}", "{csv: {path: a, label: y}}"] {
      #expect(
        Loaded(layers: "flatten", input: "[8, 8, 1]", more: "data: {source: \(source), order: tfds}\n").codes
          .contains("CN4205"))
    }
  }

  // MARK: Divisions

  @Test("validation and test may be slices, fractions, or files")
  func parts() {
    let loaded = split("{train: \"train[:90%]\", validation: {idx: {images: a, labels: b}}, test: 0.1}")
    #expect(loaded.codes == [])
    #expect(loaded.spec?.data?.split.validation?.value == .source(.idx(images: "a", labels: "b")))
    #expect(loaded.spec?.data?.split.test?.value == .fraction("0.1"))
    #expect(split("{validation: {mnist: 1}}").codes == ["CN2206"])
    #expect(split("{test: {csv: a}}").codes == ["CN2201"])
    #expect(split("{test: 1.5}").codes == ["CN4202"])
  }

  @Test("shares can be taken of classes and contents, numbers of samples cannot")
  func divisions() {
    #expect(split("{validation: 0.2, stratify: true}").spec?.data?.split.stratifies == true)
    #expect(
      split("{train: \"train[:80%]\", validation: \"train[-20%:]\", hash: true}").spec?.data?.split.hashes == true)
    #expect(split("{train: \"train[:80]\", hash: true}").codes == ["CN4206"])
    #expect(split("{train: \"train[:80%]\", validation: \"train[80:]\", stratify: true}").codes == ["CN4206"])
    #expect(split("{validation: 0.2, stratify: true, hash: true}").codes == ["CN4206"])
    #expect(split("{validation: 0.2, stratify: yes}").codes == ["CN2204"])
    let folder = { (split: String) in
      Loaded(
        layers: "flatten", input: "[256, 256, 3]", more: "data: {source: {image_folder: a}, split: \(split)}\n")
    }
    #expect(folder("{train: \"train[:100]\"}").codes == ["CN4206"])
    #expect(folder("{train: \"train[:100]\", stratify: false}").codes == [])
    #expect(folder("{validation: 0.1, hash: true}").spec?.data?.split.stratifies == false)
  }

  @Test("class names stay text")
  func classNames() {
    let loaded = Loaded(layers: "flatten", more: "data: {source: {npz: a.npz}, class_names: [no, 1.10, 007]}\n")
    #expect(loaded.spec?.data?.classNames?.value == ["no", "1.10", "007"])
    #expect(Loaded(layers: "flatten", more: "data: {source: {npz: a.npz}, class_names: [a, a]}\n").codes == ["CN4204"])
  }

  @Test("defaults of training are Keras's, and the seed is 0")
  func defaults() {
    let spec = training("{optimizer: sgd, loss: sparse_categorical_crossentropy}").spec?.training
    #expect(spec?.optimizer.value == OptimizerSpec(.sgd(momentum: 0, nesterov: false), learningRate: .constant(0.01)))
    #expect(spec?.batchSize.value == 32)
    #expect(spec?.epochs.value == 1)
    #expect(spec?.shuffle == true)
    #expect(spec?.seed == 0)
    #expect(spec?.metrics.isEmpty == true)
  }

  @Test("numbers in every decimal form, whole ones for real ones")
  func numbers() {
    let loaded = training("{optimizer: {sgd: {learning_rate: 1e-3, momentum: 0}}, loss: categorical_crossentropy}")
    #expect(loaded.spec?.training?.optimizer.value == OptimizerSpec(.sgd(), learningRate: .constant(0.001)))
  }

  @Test(
    "limits hold", arguments: ["batch_size: 65537", "batch_size: 0", "epochs: 1000001", "epochs: -1", "seed: -1"])
  func limits(text: String) {
    #expect(training("{optimizer: sgd, loss: categorical_crossentropy, \(text)}").codes == ["CN2207"])
  }

  @Test("a probability that flows through pools and flatten is one at the end")
  func throughPools() {
    let loaded = Loaded(
      layers: "conv2d: {filters: 10, kernel_size: 1, activation: softmax}", "global_average_pooling2d", "dropout: 0.1",
      more: "training: {optimizer: sgd, loss: categorical_crossentropy}\n")
    // Advice about the dropout, and no fault of the loss.
    #expect(loaded.codes == ["CN9105"])
    let relu = Loaded(
      layers: "conv2d: {filters: 10, kernel_size: 1, activation: relu}", "global_average_pooling2d",
      more: "training: {optimizer: sgd, loss: categorical_crossentropy}\n")
    #expect(relu.codes == ["CN4101"])
  }

  @Test("static expectations that do not hold are found, each at its line")
  func expectations() throws {
    let loaded = Loaded(
      layers: "flatten", "dense: 10",
      more: "expect:\n  total_params: 7840\n  trainable_params: \"<= 8000\"\n  output_shape: [9]\n  layers: \">2\"\n")
    let spec = try #require(loaded.spec)
    let broken = spec.expectations.broken(by: spec.model).diagnostics
    #expect(
      broken.map(\.message) == [
        "the output of `dense` is [10], not [9]", "`total_params` is 7850, and was expected to be 7840",
        "`layers` is 2, and was expected to be >2",
      ])
    #expect(broken.map(\.span.start.line) == [9, 7, 10])
  }

  @Test("a NaN meets no expectation")
  func nan() {
    let loaded = Loaded(layers: "flatten", more: "expect: {val_loss: \"<= 1\"}\n")
    #expect(loaded.spec?.expectations.first(.metric("val_loss"))?.check(.nan).hasErrors == true)
  }
}
