import CNNSpec
import Testing

@Suite struct OverrideTests {
  private let layers = ["conv2d: {filters: 8, kernel_size: 3, name: conv1}", "max_pooling2d", "flatten", "dense: 10"]
  private let training = "training:\n  optimizer: adam\n  loss: mean_squared_error\n"

  private func load(_ overrides: String..., more: String? = nil) -> Loaded {
    Loaded(
      layers: layers[0], layers[1], layers[2], layers[3], more: more ?? training, set: overrides)
  }

  @Test("a value is replaced, or added where its section says nothing of it")
  func values() {
    let loaded = load("training.epochs=5", "training.loss=mean_squared_error", "name=other", "training.epochs=7")
    #expect(loaded.rendered == "")
    #expect(loaded.spec?.training?.epochs.value == 7)
    #expect(loaded.spec?.name == "other")
  }

  @Test("layers are found by name and by place, in short form too")
  func layersByName() {
    let loaded = load(
      "model.layers.conv1.filters=4", "model.layers[3].units=3", "model.layers.max_pooling2d.pool_size=[3, 3]",
      "model.layers[0].conv2d.kernel_size=5")
    #expect(loaded.rendered == "")
    #expect(loaded.shapes == [[24, 24, 4], [8, 8, 4], [256], [3]])
  }

  @Test("a main argument in short form is replaced, and others join it")
  func shortForm() {
    let loaded = load("model.layers.dense.use_bias=false")
    #expect(loaded.counts.last == 13 * 13 * 8 * 10)
    #expect(load("model.layers.dense={dense: 2}").shapes.last == [2])
  }

  @Test("so does a loss, and a schedule")
  func loss() {
    let more =
      "training:\n  optimizer: {adam: {learning_rate: {cosine_decay: {initial_learning_rate: 1, decay_steps: 9}}}}\n"
    let loaded = load(
      "training.loss.delta=0.5", "training.optimizer.learning_rate.decay_steps=7", more: more + "  loss: huber\n")
    #expect(loaded.errors == "")
    #expect(loaded.spec?.training?.loss.value.delta == 0.5)
    #expect(
      loaded.spec?.training?.optimizer.value.learningRate.schedule
        == ScheduleSpec(.cosine(alpha: 0, steps: 7), from: 1))
  }

  @Test("an optimizer in short form takes arguments")
  func optimizer() {
    let loaded = load("training.optimizer.learning_rate=0.5", "training.optimizer.adam.beta_1=0.5")
    #expect(
      loaded.spec?.training?.optimizer.value == OptimizerSpec(.adam(.init(beta1: 0.5)), learningRate: .constant(0.5)))
    let other = load("training.optimizer={sgd: {momentum: 0.9}}")
    #expect(other.spec?.training?.optimizer.value == OptimizerSpec(.sgd(momentum: 0.9), learningRate: .constant(0.01)))
  }

  @Test("a section that is missing is made")
  func missing() {
    let loaded = load("data.source=mnist", "data.rescale=1/255", "data.split.train=train[:10]")
    #expect(loaded.rendered == "")
    #expect(loaded.spec?.data?.split.train?.value == "train[:10]")
  }

  @Test("faults are shown in the option's own text")
  func faults() {
    let loaded = load("training.epochs=\"5\"", "training.epoch=5", "model.layers.conv1.filters=0")
    #expect(loaded.codes == ["CN2202", "CN2103", "CN2207"])
    #expect(loaded.diagnostics.map { loaded.sources[$0.span.source].name } == ["--set #1", "--set #2", "--set #3"])
    #expect(loaded.underlined(0) == "\"5\"")
    #expect(loaded.underlined(1) == "epoch")
    #expect(loaded.diagnostics[1].label == "did you mean `epochs`?")
  }

  @Test(
    "what is no path and no value is reported",
    arguments: [
      "training.epochs", "=5", "training..epochs=5", "model.layers[x].units=5", "a b=5", "[0]=5", "a.=5",
      "model.layers[0=3",
    ])
  func form(text: String) {
    #expect(load(text).codes == ["CN2301"])
  }

  @Test(
    "a path that leads nowhere is reported",
    arguments: [
      "model.layers.conv9.filters=4", "model.layers[9].units=5", "model.input.rows=5", "training[0]=1",
      "model.layers.dense[0]=1",
    ])
  func path(text: String) {
    #expect(load(text).codes == ["CN2302"])
  }

  /// What is said, at the option's own text, of paths and values that are nearly right.
  @Test(
    "help says what to type",
    arguments: [
      ("foo.bar", "CN2301", "foo.bar", "write `--set training.epochs=5` or `--set model.layers[0].filters=16`"),
      ("training.epochs", "CN2301", "training.epochs", "write `--set training.epochs=VALUE`"),
      ("training.epochs = 5", "CN2301", "epochs ", "write `--set training.epochs=5`, without blanks"),
      (
        "foo.bar=3", "CN2302", "foo",
        "a key begins with a section: `cnnrun`, `name`, `define`, `data`, `model`, `training` or `expect`"
      ),
      ("epochs=5", "CN2302", "epochs", "write `--set training.epochs=5`"),
      ("conv1.filters=5", "CN2302", "conv1", "write `--set model.layers.conv1.filters=5`"),
      ("model.conv1.filters=5", "CN2302", "conv1", "write `--set model.layers.conv1.filters=5`"),
      ("model.layers.dense=7", "CN2105", "7", "name the argument: `--set model.layers.dense.units=7`"),
      ("model.layers[3]=7", "CN2105", "7", "name the argument: `--set model.layers[3].units=7`"),
      (
        "model.layers.conv1={filters: 5}", "CN2105", "{filters: 5}",
        "name the argument: `--set model.layers.conv1.filters=5`"
      ),
      (
        "data.csv.label=[16, 17]", "CN2302", "csv", "write `--set 'data.source.csv.label=[16, 17]'`"
      ),
      (
        "training.metrics=[accuracy,", "CN1104", "[",
        "close it with `]`; put an option whose value holds blanks in quotes: `--set 'training.metrics=…'`"
      ),
      ("training={epochs: 1}", "CN2101", "training", "to change single keys, name them: `--set training.epochs=1`"),
    ] as [(String, String, String, String)])
  func help(text: String, code: String, place: String, help: String) {
    let loaded = load(text)
    #expect(loaded.codes == [code], "\(loaded.rendered)")
    #expect(loaded.diagnostics.first.map { loaded.sources[$0.span.source].name } == "--set #1")
    #expect(loaded.underlined(0) == place)
    #expect(loaded.diagnostics.first?.help == help)
  }

  @Test("an argument of a source without the source's kind is told where it stands")
  func sourceArgument() {
    let data = "data:\n  source: {csv: {path: a.csv, label: y}}\n"
    let loaded = load("data.source.label=[x, z]", more: data + training)
    #expect(loaded.codes == ["CN2302"], "\(loaded.rendered)")
    #expect(loaded.diagnostics.first?.help == "write `--set 'data.source.csv.label=[x, z]'`")
    #expect(load("data.source.csv.label=[x, z]", more: data + training).errors == "")
  }

  @Test("a whole section may be given, and a whole layer")
  func whole() {
    let loaded = load(
      "training={optimizer: adam, loss: mean_squared_error, epochs: 3}", "model.layers.dense={dense: 2}",
      "model.layers.flatten=flatten")
    #expect(loaded.rendered == "")
    #expect(loaded.spec?.training?.epochs.value == 3)
  }

  @Test("a path may be as deep as YAML, and no deeper")
  func deep() {
    let text = Array(repeating: "a", count: 50_000).joined(separator: ".") + "=1"
    #expect(load(text).codes == ["CN2301"])
  }
}
