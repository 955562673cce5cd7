import CNNGraph
import CNNSpec
import Foundation
import Testing

/// Shapes and counts as Keras 3 and 2 print them for the same layers.
@Suite struct ReferenceModelTests {
  static let reference = """
    name: fashion-mnist
    data:
      source: fashion_mnist   # cnnrun: ignore[CN9101]
      order: tfds
      split:
        train: train[:1000]
        validation: train[1000:2000]
    model:
      input: [28, 28, 1]
      layers:
        - conv2d: {filters: 32, kernel_size: 5, activation: relu}
        - max_pooling2d
        - conv2d: {filters: 32, kernel_size: 4, padding: same, activation: relu}
        - max_pooling2d
        - conv2d: {filters: 32, kernel_size: 3, activation: relu}
        - flatten
        - dropout: 0.5
        - dense: 10
        - activation: softmax
    training:
      optimizer: adam
      loss: categorical_crossentropy
      metrics: [accuracy]
      batch_size: 64
      epochs: 100
      seed: 1
    expect:
      total_params: 31626
      output_shape: [10]
      max_memory: 64 MiB
      val_accuracy: ">= 0.80"
    """

  @Test("the reference network has Keras's shapes, counts and names")
  func reference() throws {
    let loaded = Loaded(Self.reference, sections: .training)
    #expect(loaded.rendered == "")
    let model = try #require(loaded.model)
    #expect(
      loaded.shapes == [
        [24, 24, 32], [12, 12, 32], [12, 12, 32], [6, 6, 32], [4, 4, 32], [512], [512], [10], [10],
      ])
    #expect(loaded.counts == [832, 0, 16416, 0, 9248, 0, 0, 5130, 0])
    #expect(model.parameterCount == 31_626)
    #expect(model.trainableParameterCount == 31_626)
    #expect(model.isSequential)
    #expect(
      loaded.names == [
        "conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1", "conv2d_2", "flatten", "dropout", "dense",
        "activation",
      ])
    #expect(loaded.spec?.expectations.broken(by: model).isEmpty == true)
  }

  @Test("settings of the reference network are read with Keras's defaults")
  func settings() throws {
    let spec = try #require(Loaded(Self.reference, sections: .training).spec)
    let training = try #require(spec.training)
    #expect(
      training.optimizer.value
        == OptimizerSpec(.adam(.init(beta1: 0.9, beta2: 0.999, epsilon: 1e-7)), learningRate: .constant(0.001)))
    #expect(training.loss.value == LossSpec(.categoricalCrossentropy))
    #expect(training.batchSize.value == 64)
    #expect(training.shuffle)
    let data = try #require(spec.data)
    #expect(data.source.value == .builtIn(.fashionMNIST))
    #expect(data.order.value == .tfds)
    #expect(data.split.train?.value == "train[:1000]")
    #expect(data.split.validation?.value == .slice("train[1000:2000]"))
    #expect(data.classCount == 10)
    let accuracy = try #require(spec.expectations.first(.metric("val_accuracy")))
    #expect(accuracy.comparison == .atLeast)
    #expect(accuracy.bound == 0.8)
    #expect(spec.expectations.first(.maxMemory)?.bound == 67_108_864)
  }

  @Test("batch normalization counts four vectors, two of them not trainable")
  func batchNormalization() throws {
    let loaded = Loaded(
      layers: "conv2d: {filters: 8, kernel_size: 3, padding: same}", "batch_normalization", "relu", "max_pooling2d: 2",
      "conv2d: {filters: 16, kernel_size: 3, padding: same, use_bias: false}", "batch_normalization", "relu",
      "max_pooling2d", "flatten", "dense: 10")
    // The bias of the first convolution does nothing.
    #expect(loaded.codes == ["CN9102"])
    #expect(loaded.counts == [80, 32, 0, 0, 1152, 64, 0, 0, 0, 7850])
    let model = try #require(loaded.model)
    #expect(model.parameterCount == 9178)
    #expect(model.trainableParameterCount == 9130)
    #expect(model.nonTrainableParameterCount == 48)
    #expect(loaded.names[2] == "re_lu")
    #expect(loaded.names[5] == "batch_normalization_1")
    #expect(
      model.layers[1].parameters.map(\.name) == ["gamma", "beta", "moving_mean", "moving_variance"])
  }

  @Test("a graph for training and one for inference declare the same parameters and verify")
  func graphs() throws {
    let model = try #require(Loaded(Self.reference).model)
    let training = model.graph(purpose: .training)
    let inference = model.graph(purpose: .inference)
    #expect(training.graph.parameters == inference.graph.parameters)
    #expect(training.graph.parameters.map(\.qualifiedName).first == "conv2d/kernel")
    // conv, bias, relu | pool | conv, bias, relu | pool | conv, bias, relu | reshape | dropout | dense, bias | softmax
    #expect(training.graph.nodes.count == 16)
    #expect(inference.graph.nodes.count == 15)
    #expect(training.graph.outputs == [training.output])
    #expect(training.graph.nodes.contains { $0.operation.name == "dropout" })
    #expect(training.graph[training.output].type.extents == [10])
  }

  @Test(
    "every spec that travels with the program loads",
    arguments: ["fashion-mnist", "residual", "strided", "lenet5", "inception"])
  func specs(name: String) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "Specs/\(name).yaml"), encoding: .utf8)
    let loaded = Loaded(text, sections: .training)
    #expect(loaded.rendered == "")
    #expect(loaded.spec != nil)
  }

  @Test(
    "every reference network with a supported optimizer loads",
    arguments: [
      ("reference", []), ("residual", []), ("concat", ["CN9104"]), ("binary", []), ("regression", []),
    ])
  func references(name: String, advice: [String]) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(contentsOf: root.appending(path: "References/\(name)/spec.yaml"), encoding: .utf8)
    let loaded = Loaded(text)
    #expect(Set(loaded.codes).subtracting(["CN9101"]) == Set(advice), "\(loaded.rendered)")
    for purpose in [Purpose.training, .inference] { #expect(loaded.model?.graph(purpose: purpose) != nil) }
  }
}
