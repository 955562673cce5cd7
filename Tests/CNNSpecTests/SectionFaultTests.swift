import CNNDiagnostics
import CNNSpec
import Testing

/// A fault in one section hides no check whose own inputs are sound.
@Suite struct SectionFaultTests {
  private static let data = "source: fashion_mnist, rescale: 1/255"
  private static let training = "optimizer: adam, loss: categorical_crossentropy"

  private static func spec(
    _ layers: String = "[flatten, {dense: 10}, softmax]", data: String = data, training: String = training,
    more: String = ""
  ) -> String {
    "data: {\(data)}\nmodel: {input: [28, 28, 1], layers: \(layers)}\ntraining: {\(training)}\n\(more)"
  }

  private static func errors(_ text: String) -> [String] {
    Loaded(text).diagnostics.filter { $0.severity == .error }.map(\.code.id).sorted()
  }

  /// Each of the second kind is what a spec without the first fault is told.
  @Test(
    "faults of training and of what must hold between the sections are told in one go",
    arguments: [
      ("epochs: 0", "CN2207"), ("optimizr: 3", "CN2103"), ("metrics: [acuracy]", "CN2206"), ("batch_size: x", "CN2201"),
    ])
  func training(fault: String, code: String) {
    let training = "\(Self.training), \(fault)"
    #expect(Self.errors(Self.spec("[flatten, {dense: 7}, softmax]", training: training)) == [code, "CN4103"].sorted())
    #expect(Self.errors(Self.spec("[flatten, {dense: 10}]", training: training)) == [code, "CN4101"].sorted())
    #expect(Self.errors(Self.spec("[flatten, {dense: 1}, softmax]", training: training)) == [code, "CN4105"].sorted())
    #expect(
      Self.errors(Self.spec(training: "\(training), class_weight: {12: 3}")) == [code, "CN4114"].sorted())
  }

  @Test("a fault of the loss leaves what needs no loss")
  func loss() {
    let training = "optimizer: adam, loss: crossentrpy, metrics: [{precision: {class_id: 12}}], class_weight: {10: 2}"
    #expect(Self.errors(Self.spec(training: training)) == ["CN2206", "CN2207", "CN4114"])
  }

  @Test(
    "faults of data and of what must hold between the sections are told in one go",
    arguments: [("order: random", "CN2206"), ("split: {validation: 20%}", "CN2201"), ("rescal: 3", "CN2103")])
  func data(fault: String, code: String) {
    let data = "source: fashion_mnist, \(fault)"
    #expect(Self.errors(Self.spec("[flatten, {dense: 7}, softmax]", data: data)) == [code, "CN4103"].sorted())
    let other = Self.spec(data: "source: cifar10, \(fault)")
    #expect(Self.errors(other) == [code, "CN4203"].sorted())
  }

  @Test("what a faulty part decides is not guessed")
  func unknown() {
    // Whether there is a validation, and what is measured.
    let waiting = "\(Self.training), callbacks: [{early_stopping: {monitor: val_loss}}]"
    #expect(Self.errors(Self.spec(data: "\(Self.data), split: {validation: x y}", training: waiting)) == ["CN4201"])
    let measured = "\(Self.training), metrics: [acuracy], callbacks: [{early_stopping: {monitor: accuracy}}]"
    #expect(Self.errors(Self.spec(training: measured)) == ["CN2206"])
    // How many classes.
    let names = "source: {image_folder: a}, image_size: 28, color_mode: grayscale, class_names: [a, a]"
    #expect(Self.errors(Self.spec(data: names)) == ["CN4204"])
    #expect(Self.errors(Self.spec(data: "source: fashion, rescale: 1/255")) == ["CN2206"])
  }

  @Test("a faulty callback or metric leaves the others")
  func lists() {
    let callbacks = "callbacks: [{early_stopping: {patience: x}}, {reduce_lr_on_plateau: {monitor: val_los}}]"
    #expect(
      Self.errors(Self.spec(data: "\(Self.data), split: {validation: 0.2}", training: "\(Self.training), \(callbacks)"))
        == ["CN2201", "CN4108"])
    let metrics = "metrics: [acuracy, {precision: {class_id: 12}}]"
    #expect(Self.errors(Self.spec(training: "\(Self.training), \(metrics)")) == ["CN2206", "CN2207"])
  }

  @Test("a fault of the model leaves what is between the other sections")
  func model() {
    let text = Self.spec(
      "[flatten, {dens: 10}, softmax]", data: "source: cifar10",
      training: "\(Self.training), class_weight: {catt: 3}, callbacks: [{early_stopping: {monitor: auc}}]",
      more: "expect: {val_auc: \">= 0.5\"}\n")
    #expect(Self.errors(text) == ["CN2104", "CN4108", "CN4114", "CN4203", "CN5102"])
  }

  @Test("expectations of the model are held to it beside other faults")
  func expectations() {
    let more = "expect: {total_params: 7851, output_shape: [10], layers: x}\n"
    // 784 * 10 + 10
    #expect(Self.errors(Self.spec(training: "\(Self.training), epochs: 0", more: more)).contains("CN5101"))
    #expect(
      !Self.errors(
        Self.spec(training: "\(Self.training), epochs: 0", more: more.replacing("7851", with: "7850"))
      ).contains("CN5101"))
  }

  /// A one-hot vector has a value a class; one value stands for a label, or for two classes.
  @Test(
    "an output of more or fewer values than classes is told for every loss",
    arguments: [
      ("binary_crossentropy", 10, true), ("binary_crossentropy", 12, false), ("binary_crossentropy", 9, false),
      ("binary_crossentropy", 1, false), ("mean_squared_error", 1, true), ("mean_squared_error", 10, true),
      ("mean_squared_error", 11, false), ("mean_absolute_error", 12, false), ("huber", 12, false), ("huber", 9, false),
      ("kl_divergence", 12, false), ("categorical_crossentropy", 12, false),
    ])
  func outputs(loss: String, units: Int, fits: Bool) throws {
    let end = loss.hasPrefix("categorical") ? "softmax" : "sigmoid"
    let text = Self.spec(
      "[flatten, {dense: \(units)}, {activation: \(end)}]", training: "optimizer: adam, loss: \(loss)")
    let loaded = Loaded(text)
    #expect(loaded.diagnostics.filter { $0.severity == .error }.map(\.code.id) == (fits ? [] : ["CN4103"]))
    guard !fits, let fault = loaded.diagnostics.first else { return }
    #expect(loaded.underlined(0) == "\(units)")
    #expect(fault.help == "use `units: 10`")
  }

  @Test("two classes may be one value or two")
  func twoClasses() {
    for (units, fits) in [(1, true), (2, true), (3, false)] {
      let data = "source: {image_folder: a}, image_size: 28, color_mode: grayscale, class_names: [a, b]"
      let text = Self.spec(
        "[flatten, {dense: \(units)}, {activation: sigmoid}]", data: data,
        training: "optimizer: adam, loss: binary_crossentropy")
      #expect(Self.errors(text) == (fits ? [] : ["CN4103"]))
    }
  }

  @Test(
    "a softmax over one value is one fault, whatever the loss",
    arguments: ["mean_squared_error", "binary_crossentropy", "kl_divergence"])
  func softmaxOfOne(loss: String) {
    let text = Self.spec("[flatten, {dense: 1}, softmax]", training: "optimizer: adam, loss: \(loss)")
    #expect(Self.errors(text) == ["CN4105"])
  }

  @Test(
    "a monitor that is not measured is told all that it needs",
    arguments: [
      (
        "val_acc", "", "",
        "add `metrics: [accuracy]` to `training`, and add `split: {validation: 0.2}` to `data`, and write `monitor: val_accuracy`"
      ),
      ("val_acc", ", metrics: [accuracy]", ", split: {validation: 0.2}", "write `monitor: val_accuracy`"),
      (
        "val_acc", ", metrics: [accuracy]", "",
        "add `split: {validation: 0.2}` to `data`, and write `monitor: val_accuracy`, or write `monitor: accuracy`"
      ),
      ("acc", ", metrics: [accuracy]", "", "write `monitor: accuracy`"),
      ("val_accuracy", "", ", split: {validation: 0.2}", "add `metrics: [accuracy]` to `training`"),
      ("val_loss", "", "", "add `split: {validation: 0.2}` to `data`, or write `monitor: loss`"),
      ("speed", "", "", "it measures loss"),
    ])
  func monitors(monitor: String, metrics: String, split: String, help: String) {
    let text = Self.spec(
      data: Self.data + split,
      training: "\(Self.training)\(metrics), callbacks: [{early_stopping: {monitor: \(monitor)}}]")
    let faults = Loaded(text).diagnostics.filter { $0.severity == .error }
    #expect(faults.map(\.help) == [help])
  }

  @Test("a section in capitals is one fault, and read on")
  func capitals() throws {
    let text =
      "Model:\n  input: [4]\n  layers: [flatten, {dens: 3}]\nTRAINING: {optimizer: adm, loss: mean_squared_error}\n"
    let loaded = Loaded(text)
    #expect(loaded.codes == ["CN2103", "CN2104", "CN2103", "CN2206"], "\(loaded.rendered)")
    #expect(loaded.diagnostics[0].fix?.isSafe == true && loaded.diagnostics[0].fix?.edits.first?.text == "model")
  }
}
