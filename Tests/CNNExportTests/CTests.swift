import CNNGraph
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec
import Foundation
import Testing

@testable import CNNExport

/// Expected values are our own predictions, which the tests of CNNSession hold to Keras. 1e-5 of the largest output, or
/// of 1: both sides sum in single precision, in another order.
@Suite("export to C") struct CTests {
  private static let grid = LayerGrid.all.compactMap { TrialModel($0.text, name: $0.name) }

  private func expectGood(_ trials: [TrialModel], _ compiler: CCompiler) throws {
    let outputs = try compiler.outputs(of: trials)
    for (trial, found) in zip(trials, outputs) {
      let expected = try trial.trial.outputs(of: trial.model)
      #expect(found.count == expected.count, "\(trial.name), \(compiler)")
      let largest = expected.map { abs($0) }.max() ?? 0
      let worst = zip(found, expected).map { abs($0 - $1) }.max() ?? .infinity
      #expect(worst <= 1e-5 * max(1, largest), "\(trial.name), \(compiler): \(worst)")
    }
  }

  @Test("every layer kind is in the grid, so that a new one without an exporter is found out") func kinds() {
    let tried = Set(Self.grid.flatMap { $0.model.spec.model.layers.map(\.spec.kind) })
    #expect(Set(LayerCatalog.standard.kinds.map { $0.kind }).subtracting(tried).isEmpty)
  }

  @Test("every layer with every argument, without undefined behaviour") func sanitized() throws {
    for compiler in try CCompiler.all(CCompiler.sanitizers).prefix(1) { try expectGood(Self.grid, compiler) }
  }

  @Test("every layer with every argument, optimized", arguments: ["gcc", "clang"]) func optimized(
    name: String
  ) throws {
    for compiler in try CCompiler.all(["-O2"], named: [name]) { try expectGood(Self.grid, compiler) }
  }

  @Test("the networks of Specs, optimized as far as it goes") func specs() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Specs")
    var trials: [TrialModel] = []
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() where name.hasSuffix("yaml") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let trial = try #require(TrialModel(text, name: name, samples: 2), "\(name)")
      // Larger ones take compilers too long for a test.
      if trial.model.weights.reduce(0, { $0 + $1.count }) <= 300_000 { trials.append(trial) }
    }
    #expect(trials.count >= 6)
    for compiler in try CCompiler.all(["-O3"]).prefix(1) { try expectGood(trials, compiler) }
  }

  // MARK: Texts

  private func small(_ layers: [String], name: String = "small", classes: [String] = []) throws -> TrainedModel {
    let text = "name: \(name)\n" + LayerGrid.spec([6, 6, 2], layers)
    let model = try #require(TrialModel(text, name: name)).model
    return TrainedModel(spec: model.spec, classNames: classes, weights: model.weights)
  }

  private func compiles(_ files: [ExportedFile], _ name: String = "model") throws {
    for compiler in try CCompiler.all(["-O1"]) {
      let folder = try ScratchFolder()
      for file in files { try folder.write(file.name, file.bytes) }
      let sources = files.map(\.name).filter { $0.hasSuffix(".c") }
      let outcome = try compiler.run(sources.count == 1 ? ["-c"] + sources : sources + ["-lm"], in: folder)
      #expect(outcome.status == 0, "\(compiler): \(outcome.text)")
    }
  }

  @Test("names of layers and classes are whatever they are") func names() throws {
    let model = try small(
      [
        "conv2d: {filters: 2, kernel_size: 2, name: add}", "conv2d: {filters: 2, kernel_size: 2, name: x3}",
        "add: {inputs: [x3, x3], name: switch}", "dense: {units: 2, name: a-b}", "dense: {units: 2, name: a_b}",
        "flatten", "dense: 4",
      ], name: "3-digits", classes: ["T-shirt/top", "\"quoted\\", "line\nbreak ??/", "größe"])
    let options = ExportOptions()
    let files = try ExportFormat.c.make(model, options)
    #expect(String(decoding: files[1].bytes, as: UTF8.self).contains("\"gr\\303\\266\\303\\237e\""))
    try compiles(files)
    let header = String(decoding: files[0].bytes, as: UTF8.self)
    #expect(header.contains("int model_3_digits_predict(const float *input, float *output);"))
    #expect(header.contains("#define MODEL_3_DIGITS_CLASS_COUNT 4"))
  }

  @Test("identifiers and comments, whatever the text") func identifiers() throws {
    for (text, name) in [
      ("Fashion-MNIST", "Fashion_MNIST"), ("größe", "gr_e"), ("3x3", "model_3x3"), ("__a__b__", "a_b"), ("ö", "model"),
      (String(repeating: "a", count: 99), String(repeating: "a", count: 40)),
    ] {
      #expect(CIdentifier.make(of: text, orElse: "model") == name)
    }
    #expect(CText.comment("a */ b /* c ??/ \\ \n ö") == "a * / b / * c __/ _ _ _")
  }

  @Test("a name of one's own, and a program to try it") func demo() throws {
    let model = try small(["flatten", "dense: {units: 2, activation: softmax}"], classes: ["no", "yes"])
    var options = ExportOptions()
    options.cName = "eyes"
    options.hasDemo = true
    let files = try ExportFormat.c.make(model, options)
    #expect(files.map(\.name) == ["eyes.h", "eyes.c", "eyes_main.c"])
    #expect(ExportFormat.c.fileNames(options) == files.map(\.name))
    try compiles(files)
    for (name, isGood) in [("eyes", true), ("a_b2", true), ("", false), ("2a", false), ("_a", false), ("a b", false)] {
      #expect(ExportOptions.isCName(name) == isGood, "\(name)")
    }
  }

  /// Expected: 1 / (1 + exp(-2)) = 0.8808, the likelier of two classes with its own probability; values as they are.
  @Test(
    "the program names the class, of two by one output too, prints values, and tells a file that ends too early",
    arguments: [
      ("activation: sigmoid", ["no", "yes"], "yes 0.8808\nno 0.8808\n"), ("activation: linear", [], "2\n-2\n"),
    ])
  func demoOutput(layer: String, classes: [String], expected: String) throws {
    try expectDemo(1, layer, classes, [2, -2], expected)
  }

  /// Expected: 1 / (1 + exp(-x)) of 1, 3, 2, -2 and 2, 2, 0, -1; what is equal in its own order.
  @Test(
    "outputs that are likely or not by themselves are told as `predict` tells them, the three likeliest",
    arguments: [
      ([], "class 1 0.9526  class 2 0.8808  class 0 0.7311\nclass 0 0.8808  class 1 0.8808  class 2 0.5000\n"),
      (["a", "b"], "b 0.9526  class 2 0.8808  a 0.7311\na 0.8808  b 0.8808  class 2 0.5000\n"),
    ] as [([String], String)])
  func demoOfIndependent(classes: [String], expected: String) throws {
    try expectDemo(4, "activation: sigmoid", classes, [1, 3, 2, -2, 2, 2, 0, -1], expected)
  }

  private func expectDemo(
    _ width: Int, _ layer: String, _ classes: [String], _ values: [Float], _ expected: String
  ) throws {
    guard let compiler = try CCompiler.all(["-O1"]).first else { return }
    let spec = try #require(TrialModel(LayerGrid.spec([width], [layer]), name: "demo")).model.spec
    var options = ExportOptions()
    options.hasDemo = true
    let folder = try ScratchFolder()
    let files = try ExportFormat.c.make(TrainedModel(spec: spec, classNames: classes, weights: []), options)
    for file in files { try folder.write(file.name, file.bytes) }
    let sources = files.map(\.name).filter { $0.hasSuffix(".c") }
    let compiled = try compiler.run(sources + ["-o", "demo", "-lm"], in: folder)
    #expect(compiled.status == 0, "\(compiled.text)")
    let bytes = values.withUnsafeBytes { Array($0) }
    for (name, end, status) in [("whole", bytes.count, Int32(0)), ("cut", bytes.count - 1, 1)] {
      try folder.write(name, Array(bytes[..<end]))
      let ran = try folder.run(folder.path("demo"), ["f32", name])
      #expect(ran.status == status && ran.text.contains("ends within a sample") == (status == 1), "\(ran)")
      let printed = String(decoding: try Data(contentsOf: URL(fileURLWithPath: folder.path("stdout"))), as: UTF8.self)
      #expect(status == 0 ? printed == expected : expected.hasPrefix(printed) && !printed.isEmpty, "\(printed)")
    }
  }

  @Test("the model that is its own input; no layer in between") func identity() throws {
    for layers in [["dropout: 0.5"], ["flatten"], ["reshape: [36, 2]"]] {
      try compiles(try ExportFormat.c.make(try small(layers), ExportOptions()))
    }
  }

  @Test("literals are the very numbers", arguments: [0.1, -0, 1e-45, 3.4028235e38, 1, 16_777_216, 1e-5] as [Float])
  func literals(value: Float) throws {
    let text = CText.literal(value)
    #expect(text.hasSuffix("f") && text.contains(where: { ".e".contains($0) }))
    #expect(Float(text.dropLast())?.bitPattern == value.bitPattern)
    #expect(CText.literal(.infinity) == "INFINITY" && CText.literal(.nan) == "NAN")
  }

  @Test("more weights than a source should have are refused, with what to do") func tooLarge() throws {
    let text = LayerGrid.spec([5000], ["dense: {units: 3400, use_bias: false}"])
    let spec = try #require(TrialModel(text, name: "large", samples: 1)).model
    let error = #expect(throws: ExportError.self) { try ExportFormat.c.make(spec, ExportOptions()) }
    #expect(error?.message.contains("17000000") == true && error?.help?.contains("onnx") == true)
  }

  @Test("what is not a number stays visible") func nonFinite() throws {
    let layers = ["max_pooling2d", "relu", "average_pooling2d", "flatten", "dense: 2", "softmax"]
    let trial = try #require(TrialModel(LayerGrid.spec([6, 6, 1], layers), name: "nan"))
    var values = trial.trial.values(ofFirst: 1)
    values[7] = .nan
    let nan = ExportTrial(
      Dataset(
        sampleShape: [6, 6, 1], storage: .floats(values), labels: [0], classNames: [], sourceIndices: [0]), threads: 1)
    for compiler in try CCompiler.all(CCompiler.sanitizers).prefix(1) {
      let outputs = try compiler.outputs(of: [trial.with(nan)])
      #expect(outputs[0].allSatisfy(\.isNaN) && outputs[0].count == 2)
    }
  }
}
