import CNNDiagnostics
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec
import CNNTestSupport
import CNNYAML
import Foundation
import Testing

@testable import CNNExport

/// Expected values come from Keras itself (3.15, on JAX): it builds and saves the models, and says what they predict.
@Suite("models from Keras") struct KerasImportTests {
  @Test("what Keras saves predicts the same here; what cannot be said is refused by name; hostile files are errors")
  func fromKeras() throws {
    let folder = try KerasFolder()
    guard let printed = try folder.run("keras_models.py") else { return }
    try #require(printed.hasSuffix("done\n"), "\(printed.suffix(2000))")
    let names = try folder.names(".keras")
    #expect(names.count > 150)
    for name in names { try checkImport(name, folder) }
    for name in try folder.names(".keras", in: "bad") { try checkRefusal("bad/\(name)", folder) }
    for name in try folder.names(".keras", in: "hostile") { try checkRefusal("hostile/\(name)", folder) }
    try checkWeights(folder)
    try checkFineTuning(folder)
    try checkDamage(folder)
  }

  private func checkImport(_ name: String, _ folder: KerasFolder) throws {
    let imported: ImportedModel
    do throws(ExportError) {
      imported = try KerasImport.model(folder.bytesOrEmpty("\(name).keras"), path: "\(name).keras", weightsName: "w")
    } catch {
      Issue.record("\(name): \(error.message)")
      return
    }
    let found = try imported.model.predictions(of: folder.floats("\(name).in"))
    let (difference, scale) = difference(found, try folder.floats("\(name).out"))
    // Sums of up to a few hundred products, in another order: some ulps of the largest output.
    #expect(difference <= 1e-5 * scale, "\(name): \(difference) of \(scale)")
    #expect(
      imported.valueCount >= imported.model.spec.model.parameterCount
        && !String(decoding: imported.text, as: UTF8.self).isEmpty)
    try checkText(imported, name)
    // And out again: the same model, by way of our own file.
    let again = try KerasImport.model(KerasExport.model(imported.model), path: "again")
    #expect(try again.model.predictions(of: folder.floats("\(name).in")) == found, "\(name)")
  }

  /// The text is a valid spec in the form of `fmt`, without advice that the weights' names contradict.
  private func checkText(_ imported: ImportedModel, _ name: String) throws {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    let spec = SpecLoader.load(imported.text, name: name, catalog: .standard, sources: &sources, bag: &bag)
    #expect(spec != nil && !bag.hasErrors, "\(name)")
    let formatted = try YAMLFormatter.format(imported.text, order: SpecSchema(.standard).keyOrder)
    #expect(formatted == imported.text, "\(name)")
  }

  private func checkRefusal(_ name: String, _ folder: KerasFolder) throws {
    let texts = try folder.text("\(name).txt").split(separator: "\n").map(String.init)
    do throws(ExportError) {
      _ = try KerasImport.model(folder.bytesOrEmpty("\(name).keras"), path: "\(name).keras")
      Issue.record("\(name) was taken")
    } catch {
      for text in texts where !error.message.contains(text) {
        Issue.record("\(name): `\(text)` is not in: \(error.message)")
      }
      // Each layer, and the model as a whole, is told of once.
      let subjects = error.message.split(separator: "\n").dropFirst().map { $0.prefix { $0 != ":" } }
      #expect(Set(subjects).count == subjects.count, "\(name): \(error.message)")
      // Layers that were refused are layers all the same.
      #expect(!error.message.contains("no layers but its input"), "\(name): \(error.message)")
    }
  }

  /// Weights alone, for the spec of the same model with its own names and with others.
  private func checkWeights(_ folder: KerasFolder) throws {
    let imported = try KerasImport.model(folder.bytesOrEmpty("trained.keras"), path: "trained.keras")
    let weights = try folder.bytes("trained.weights.h5")
    #expect(
      try KerasImport.weights(weights, path: "trained.weights.h5", for: imported.model.spec) == imported.model.weights)
    let text =
      "model: {input: [6, 6, 1], layers: [conv2d: {filters: 3, kernel_size: 3, name: a}, flatten, dense: {units: 4, name: b}]}"
    #expect(try KerasImport.weights(weights, path: "w", for: spec(text)) == imported.model.weights)
    #expect(
      try KerasImport.weights(folder.bytes("trained.keras"), path: "w", for: spec(text)) == imported.model.weights)
    let wrong = [
      (
        "model: {input: [6, 6, 1], layers: [conv2d: {filters: 3, kernel_size: 2, name: a}, flatten, dense: {units: 4, name: b}]}",
        ["[3, 3, 1, 3]", "[2, 2, 1, 3]", "`a`"]
      ),
      ("model: {input: [6, 6, 1], layers: [flatten, dense: {units: 4, name: b}]}", ["layers/conv2d", "spec has not"]),
      (
        "model: {input: [6, 6, 1], layers: [conv2d: {filters: 3, kernel_size: 3, name: a, use_bias: false}, flatten, dense: {units: 4, name: b}]}",
        ["2 arrays", "needs 1"]
      ),
      (
        "model: {input: [6, 6, 1], layers: [conv2d: {filters: 3, kernel_size: 3, name: a}, batch_normalization: {name: c}, flatten, dense: {units: 4, name: b}]}",
        ["no weights for `c`"]
      ),
    ]
    for (text, parts) in wrong {
      let spec = try spec(text)
      do throws(ExportError) {
        _ = try KerasImport.weights(weights, path: "w.h5", for: spec)
        Issue.record("taken for \(text)")
      } catch {
        for part in parts { #expect(error.message.contains(part), "\(error.message)") }
      }
    }
  }

  /// What Keras's `load_weights(…, skip_mismatch=True)` takes of a file, for models that differ in their last layers.
  private func checkFineTuning(_ folder: KerasFolder) throws {
    func text(_ names: [String?], _ head: String) -> String {
      func name(_ index: Int) -> String { names[index].map { ", name: \($0)" } ?? "" }
      return """
        model: {input: [6, 6, 1], layers: [conv2d: {filters: 3, kernel_size: 3\(name(0))}, batch_normalization: {axis: -1\(name(1))},
          flatten, dense: {units: 5, activation: relu\(name(2))}, dense: {\(head)}]}
        """
    }
    let given: [String?] = ["stem", "norm", "features"]
    let unnamed: [String?] = [nil, nil, nil]
    for (name, text) in [
      ("head", text(given, "units: 6, name: head")), ("counted", text(unnamed, "units: 6")),
      ("longer", text(unnamed, "units: 6")), ("biasless", text(given, "units: 6, use_bias: false, name: head")),
    ] {
      let spec = try spec(text)
      let parameters = TrainedModel.parameters(of: spec)
      let layers = spec.model.layers.filter { !$0.parameters.isEmpty }.map(\.spec.name)
      let loaded = try folder.text("tuned/\(name).loaded").split(separator: " ").compactMap { Int($0) }
      #expect(loaded == [0, 1, 2], "\(name): Keras itself leaves the head alone, and loads \(loaded)")
      for file in ["\(name).weights.h5", "\(name).keras"] {
        let bytes = try folder.bytes("tuned/\(file)")
        let fitting = try KerasImport.fittingWeights(bytes, path: file, for: spec, parameters)
        #expect(fitting.loaded == loaded.map { layers[$0] }, "\(file): \(fitting)")
        #expect(fitting.skipped.map(\.layer) == [layers[3]])
        #expect(
          try fitting.values.compactMap(\.self).flatMap(\.self) == folder.floats("tuned/\(name).values"), "\(file)")
        do throws(ExportError) {
          _ = try KerasImport.weights(bytes, path: file, for: spec)
          Issue.record("\(file) fits as a whole")
        } catch { #expect(error.isMismatch, "\(error.message)") }
      }
    }
    // A head that an author called otherwise is another one, whatever its shape.
    let renamed = try spec(text(given, "units: 4, name: other"))
    let fitting = try KerasImport.fittingWeights(
      folder.bytes("tuned/head.weights.h5"), path: "w", for: renamed, TrainedModel.parameters(of: renamed))
    #expect(fitting.loaded == ["stem", "norm", "features"] && fitting.unused == ["head"])
    #expect(fitting.skipped.map { "\($0.layer) \($0.reason)" } == ["other is not in the file"])
    // No name leads anywhere: by class and order, as without `skip_mismatch`.
    let foreign = try spec(text(["a", "b", "c"], "units: 4, name: d"))
    #expect(
      try KerasImport.fittingWeights(
        folder.bytes("tuned/head.weights.h5"), path: "w", for: foreign, TrainedModel.parameters(of: foreign)
      ).skipped.isEmpty)
  }

  /// A file cut off anywhere, or with changed bytes, is an error or another model, and never the end of the process.
  private func checkDamage(_ folder: KerasFolder) throws {
    let whole = try folder.bytes("trained.keras")
    let weights = try folder.bytes("trained.weights.h5")
    let imported = try KerasImport.model(whole, path: "trained.keras")
    for count in stride(from: 0, to: whole.count, by: max(1, whole.count / 60)) {
      #expect(throws: ExportError.self) { try KerasImport.model(Array(whole.prefix(count)), path: "cut") }
    }
    for count in stride(from: 0, to: weights.count, by: max(1, weights.count / 40)) {
      #expect(throws: ExportError.self) {
        try KerasImport.weights(Array(weights.prefix(count)), path: "cut", for: imported.model.spec)
      }
    }
    var random = SeededRandom(seed: 1)
    for _ in 0..<150 {
      var changed = weights
      for _ in 0..<4 {
        changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      _ = try? KerasImport.weights(changed, path: "changed", for: imported.model.spec)
    }
  }
}

/// Needs no Keras: the files are not even nearly what they should be.
@Suite("files that are none of Keras's") struct KerasHostileTests {
  @Test(
    "a text, a web page, nothing, an archive of something else are errors",
    arguments: [[UInt8](), Array("hello".utf8), Array("<!DOCTYPE html><html>".utf8), Array("PK\u{3}\u{4}".utf8)])
  func noModel(bytes: [UInt8]) {
    #expect(throws: ExportError.self) { try KerasImport.model(bytes, path: "m.keras") }
  }

  @Test("JSON is read as RFC 8259 has it, and no deeper than models are")
  func json() throws {
    for text in ["", "{", "[1,]", "{\"a\":1,\"a\":2}", "nul", "01", "1.", "-", "1e", "[1] 2", "NaN", "\"\\ud800\""] {
      #expect(throws: ExportError.self, "\(text)") { try JSONReader.read(Array(text.utf8), name: "t") }
    }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: ExportError.self) { try JSONReader.read(Array(deep.utf8), name: "t") }
    let value = try JSONReader.read(Array(" {\"a\": [1, -2.5e1, true, null, \"\\ud83d\\ude00\"]} ".utf8), name: "t")
    #expect(
      value == .object(["a": .array([.int(1), .number(-25), .bool(true), .null, .string("😀")])]))
  }
}

/// A spec from its text.
func spec(_ text: String) throws -> Spec {
  var sources = SourceMap()
  var bag = DiagnosticBag()
  let spec = SpecLoader.load(Array(text.utf8), name: "spec", catalog: .standard, sources: &sources, bag: &bag)
  return try #require(spec, "\(text): \(bag.sorted.map(\.message))")
}

extension KerasFolder {
  /// For where only one kind of error may be thrown.
  func bytesOrEmpty(_ name: String) -> [UInt8] { (try? bytes(name)) ?? [] }
}
