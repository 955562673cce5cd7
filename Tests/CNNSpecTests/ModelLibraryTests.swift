import CNNDiagnostics
import CNNLayers
import CNNSpec
import Foundation
import Testing

/// The networks of `Specs`, held to counts from outside.
///
/// Keras 3.15's `keras.applications.NAME(weights=None)`, `count_params()` and the sizes of `trainable_weights`, for
/// those that it has; the others were built in Keras layer by layer, and agree with what their papers, or torchvision,
/// say. EfficientNetB0 has 5,330,571 in Keras, 7 of them of a Normalization layer that the spec leaves out.
@Suite struct ModelLibraryTests {
  struct Model: Sendable, CustomTestStringConvertible {
    let path: String
    let total: Int
    let trainable: Int
    let output: [Int]
    var testDescription: String { path }
  }

  static let models = [
    Model(path: "lenet5", total: 61_706, trainable: 61_706, output: [10]),
    Model(path: "all-convolutional", total: 1_369_738, trainable: 1_369_738, output: [10]),
    Model(path: "resnet20", total: 274_442, trainable: 273_066, output: [10]),
    Model(path: "inception", total: 559_162, trainable: 559_162, output: [10]),
    Model(path: "squeezenet", total: 1_235_496, trainable: 1_235_496, output: [1000]),
    Model(path: "vgg11", total: 132_863_336, trainable: 132_863_336, output: [1000]),
    Model(path: "applications/vgg16", total: 138_357_544, trainable: 138_357_544, output: [1000]),
    Model(path: "applications/resnet50", total: 25_636_712, trainable: 25_583_592, output: [1000]),
    Model(path: "applications/mobilenet", total: 4_253_864, trainable: 4_231_976, output: [1000]),
    Model(path: "applications/mobilenet-v2", total: 3_538_984, trainable: 3_504_872, output: [1000]),
    Model(path: "applications/densenet121", total: 8_062_504, trainable: 7_978_856, output: [1000]),
    Model(path: "applications/efficientnet-b0", total: 5_330_564, trainable: 5_288_548, output: [1000]),
  ]

  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Specs")

  static func text(_ path: String) throws -> String {
    try String(contentsOf: folder.appending(path: "\(path).yaml"), encoding: .utf8)
  }

  /// Every spec of the folder and of the one inside of it, without its ending.
  static let paths = ["", "applications/"].flatMap { place in
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.appending(path: place).path())) ?? [])
      .filter { $0.hasSuffix(".yaml") }.sorted().map { place + $0.dropLast(5) }
  }

  @Test("the totals of well-known networks are Keras's", arguments: models)
  func totals(model: Model) throws {
    let loaded = Loaded(try Self.text(model.path))
    #expect(loaded.errors == "")
    let spec = try #require(loaded.spec)
    #expect(spec.model.parameterCount == model.total)
    #expect(spec.model.trainableParameterCount == model.trainable)
    #expect(spec.model.outputType.extents == model.output)
    #expect(spec.expectations.first(.totalParams)?.bound == Double(model.total))
    #expect(spec.expectations.broken(by: spec.model).isEmpty)
  }

  @Test("the folder of networks is found") func found() { #expect(Self.paths.count >= 15) }

  @Test("the resolved spec of every network resolves to itself, and compiles to the same plan", arguments: paths)
  func resolved(path: String) throws {
    let loaded = Loaded(try Self.text(path))
    let spec = try #require(loaded.spec, "\(loaded.rendered)")
    try expectResolves(spec)
  }
}

/// The resolved text gives the same names, the same text, and byte for byte the same plans.
func expectResolves(_ spec: Spec, plans: Bool = true) throws {
  let text = spec.resolvedText
  let loaded = Loaded(text)
  #expect(loaded.errors == "")
  let again = try #require(loaded.spec, "\(text)")
  #expect(again.resolvedText == text)
  #expect(again.name == spec.name)
  #expect(again.model.layers.map(\.spec.name) == spec.model.layers.map(\.spec.name))
  #expect(again.model.layers.map(\.inputs) == spec.model.layers.map(\.inputs))
  #expect(again.model.isSequential == spec.model.isSequential)
  #expect(again.expectations.items.map(\.bound) == spec.expectations.items.map(\.bound))
  if !plans || !spec.model.oversized.isEmpty { return }
  let compiled = (CompiledModel(spec), CompiledModel(again))
  #expect(compiled.0.predictionPlan().description == compiled.1.predictionPlan().description)
  #expect(compiled.0.trainingPlan()?.description == compiled.1.trainingPlan()?.description)
}
