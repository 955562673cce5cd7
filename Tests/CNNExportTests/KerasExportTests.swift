import CNNGraph
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec
import CNNTestSupport
import Foundation
import Testing

@testable import CNNExport

/// Expected values come from Keras itself (3.15, on JAX): it loads our files and says how far its predictions are off.
@Suite("models for Keras") struct KerasExportTests {
  /// Models of more parameters than these are left out: they take minutes.
  private static let mostParameters = 16_000_000

  @Test("Keras predicts what we predict, of every layer with a grid of its arguments, of chains, graphs and Specs/")
  func toKeras() throws {
    let folder = try KerasFolder()
    var expected: [String: (parameters: Int, className: String)] = [:]
    for (index, item) in KerasCases.all.enumerated() {
      let name = "case\(index)"
      // With every default written out, as the spec that lies in a file of weights.
      let spec = try spec(spec(item).resolvedText)
      try write(spec, name, folder)
      expected[name] = (spec.model.parameterCount, spec.model.isSequential ? "Sequential" : "Functional")
    }
    var skipped: [String] = []
    for (name, spec) in try specs() {
      guard spec.model.parameterCount <= Self.mostParameters else {
        skipped.append(name)
        continue
      }
      try write(spec, name, folder)
      expected[name] = (spec.model.parameterCount, spec.model.isSequential ? "Sequential" : "Functional")
    }
    guard let printed = try folder.run("keras_predict.py") else { return }
    print("not tried, for their size: \(skipped.joined(separator: ", "))")
    let lines = printed.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    try #require(lines.last == ["done"], "\(printed.suffix(2000))")
    for line in lines.dropLast() {
      let place = line.first.flatMap { Int($0.dropFirst(4)) }
      let what = place.map { KerasCases.all[$0] } ?? line.first ?? ""
      guard let name = line.first, line.count == 6, let first = Float(line[1]), let second = Float(line[2]),
        let scale = Float(line[3]), let own = expected.removeValue(forKey: name)
      else {
        // Ours alone: what a line of Keras's own says otherwise is no model of these.
        if line.first.map({ expected[$0] != nil }) ?? false { Issue.record("\(what): \(line.joined(separator: " "))") }
        continue
      }
      // Sums of up to some thousands of products in another order.
      #expect(first <= 1e-5 * max(1, scale), "\(what): \(first) of \(scale)")
      #expect(second == first, "\(what): by its weights file, \(second)")
      #expect(line[4] == "\(own.parameters)" && line[5] == own.className, "\(what): \(line)")
    }
    #expect(expected.isEmpty, "not loaded: \(expected.keys.sorted())")
  }

  @Test("the same model has the same bytes, and comes back as it was")
  func repeatable() throws {
    let model = try model(of: spec(KerasCases.graph))
    let bytes = try KerasExport.model(model)
    #expect(try KerasExport.model(model) == bytes)
    let read = try KerasImport.model(bytes, path: "m.keras")
    // In the order of Keras's layers, which is not the spec's.
    #expect(read.model.tensors.sorted { $0.name < $1.name } == model.tensors.sorted { $0.name < $1.name })
    #expect(read.model.classNames == model.classNames)
    #expect(try KerasImport.weights(KerasExport.weights(model), path: "w", for: model.spec) == model.weights)
  }

  @Test("names of two classes come back that one output tells apart") func twoClasses() throws {
    let spec = try spec(
      """
      data: {source: {idx: {images: i, labels: l}}, class_names: [nein, ja]}
      model: {input: [3], layers: [{dense: {units: 1, activation: sigmoid}}]}
      training: {optimizer: sgd, loss: binary_crossentropy, epochs: 1}
      """)
    let model = TrainedModel(spec: spec, classNames: ["nein", "ja"], weights: [[1, 2, 3], [0]])
    #expect(try KerasImport.model(KerasExport.model(model), path: "m.keras").model.classNames == ["nein", "ja"])
  }

  @Test("many threads write and read at once, and all have the same")
  func concurrent() async throws {
    let model = try model(of: spec(KerasCases.graph))
    let bytes = try KerasExport.model(model)
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          let own = try KerasExport.model(model)
          let read = try KerasImport.model(own, path: "m.keras")
          return own == bytes && Set(read.model.tensors.map(\.name)) == Set(model.tensors.map(\.name))
        }
      }
      for try await isSame in group { #expect(isSame) }
    }
  }

  @Test("the factor of the data becomes a first layer, under a name that is free")
  func rescale() throws {
    let text =
      "model: {input: [28, 28, 1], layers: [flatten, dense: {units: 2, name: rescaling}]}\ndata: {source: mnist, rescale: 1/255}"
    let model = try model(of: spec(text))
    let read = try KerasImport.model(KerasExport.model(model), path: "m.keras")
    let samples = (0..<784).map { Float($0 % 256) }
    #expect(read.model.spec.model.layers.map(\.spec.name) == ["rescaling_1", "flatten", "rescaling"])
    #expect(try read.model.predictions(of: samples) == model.predictions(of: samples))
  }

  private func specs() throws -> [(String, Spec)] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Specs")
    return try ["", "applications/"].flatMap { place in
      try FileManager.default.contentsOfDirectory(atPath: folder.appending(path: place).path())
        .filter { $0.hasSuffix(".yaml") }.sorted().map { name in
          let text = try String(contentsOf: folder.appending(path: place + name), encoding: .utf8)
          return (String(name.dropLast(5)), try spec(text))
        }
    }
  }

  private func write(_ spec: Spec, _ name: String, _ folder: KerasFolder) throws {
    let model = try model(of: spec)
    let isLarge = spec.model.parameterCount > 1_000_000
    var random = SeededRandom(seed: 11)
    let range = spec.data?.rescale == nil ? -2.0...2.0 : 0...255
    let count = (isLarge ? 1 : 3) * spec.model.inputType.elementCount
    let samples = random.values(count, in: range).map { Float($0) }
    try folder.write(samples, "\(name).in")
    try folder.write(try model.predictions(of: samples), "\(name).out")
    try folder.write(try KerasExport.model(model), "\(name).keras")
    try folder.write(try KerasExport.weights(model), "\(name).weights.h5")
  }

  /// The spec's model as it starts, with statistics that are not the ones it starts with.
  private func model(of spec: Spec) throws -> TrainedModel {
    var random = SeededRandom(seed: 5)
    let parameters = TrainedModel.parameters(of: spec)
    let weights = parameters.enumerated().map { index, parameter in
      switch parameter.declaration.name {
      case "moving_variance", "gamma":
        random.values(parameter.declaration.extents.reduce(1, *), in: 0.5...1.5).map { Float($0) }
      case "moving_mean", "beta", "bias":
        random.values(parameter.declaration.extents.reduce(1, *), in: -0.2...0.2).map { Float($0) }
      default: parameter.declaration.initializer.values(parameter, index: index, seed: 3)
      }
    }
    return TrainedModel(spec: spec, classNames: ["a", "\"b\"", "ç"], weights: weights)
  }
}
