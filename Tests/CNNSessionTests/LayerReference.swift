import CNNData
import CNNDiagnostics
import CNNGraph
import CNNLayers
import CNNSession
import CNNSpec
import Foundation
import Testing

/// One layer with its arguments, and what Keras makes of it: a case of `Tests/References/layers`.
struct LayerReference: Sendable, CustomTestStringConvertible {
  let kind, name: String
  /// As an item of `layers`: `conv2d: {filters: 4, kernel_size: 3}`.
  let layer: String
  let className: String
  let inputs: [[Int]]
  let output: [Int]
  let batch: Int
  let parameterCount, trainableCount: Int
  /// In training, on `target`; `nil` for what draws random numbers then.
  let loss: Double?
  let tensors: [String: [Float]]

  var testDescription: String { "\(kind): \(name)" }

  /// Every case of every file.
  static let all: [LayerReference] = {
    let files = ReferenceFiles("layers")
    do {
      return try files.names(withExtension: "json").flatMap { kind in
        let tensors = try files.tensors("\(kind).safetensors")
        return try files.records("\(kind).json").map { try LayerReference(kind, $0, tensors) }
      }
    } catch {
      preconditionFailure("Tests/References/layers: \(error)")
    }
  }()

  private init(
    _ kind: String, _ record: [String: Any], _ stored: [String: (shape: [Int], values: [Float])]
  ) throws {
    func value<Value>(_ key: String) throws -> Value { try #require(record[key] as? Value, "\(kind): \(key)") }
    self.kind = kind
    name = try value("name")
    layer = try value("layer")
    className = try value("class")
    inputs = try value("inputs")
    output = try value("output")
    batch = try value("batch")
    parameterCount = try value("parameters")
    trainableCount = try value("trainable")
    loss = record["loss"] as? Double
    // Inputs, weights and targets are stored as 64ths.
    let head = "\(name)|"
    tensors = Dictionary(
      uniqueKeysWithValues: stored.filter { $0.key.hasPrefix(head) }.map { key, tensor in
        let name = String(key.dropFirst(head.count))
        let isCode = name == "target" || name.hasPrefix("input/") || name.hasPrefix("weight/")
        return (name, isCode ? tensor.values.map { $0 / 64 } : tensor.values)
      })
  }

  func tensor(_ name: String) throws -> [Float] { try #require(tensors[name], "\(testDescription): \(name)") }

  /// The layer alone, right on the model's input.
  var lone: String { Self.spec(input: inputs[0], layers: [named(reading: [])]) }

  /// The layer behind inputs that are weights: sample n, a one at place n, times a kernel whose rows are the samples.
  ///
  /// The products are exact, and the gradients of these kernels are those of the layer's inputs, sample by sample.
  var behindInputs: String {
    var layers: [String] = []
    for (index, input) in inputs.enumerated() {
      let count = input.reduce(1, *)
      layers.append("dense: {units: \(count), use_bias: false, name: samples_\(index), inputs: [input]}")
      if input.count > 1 {
        layers.append("reshape: {target_shape: \(input), name: input_\(index), inputs: [samples_\(index)]}")
      }
    }
    let names = inputs.indices.map { inputs[$0].count > 1 ? "input_\($0)" : "samples_\($0)" }
    layers.append(named(reading: names))
    layers.append("flatten: {name: row}")
    return Self.spec(input: [batch], layers: layers)
  }

  private static func spec(input: [Int], layers: [String]) -> String {
    "model:\n  input: \(input)\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()
      + "training: {optimizer: sgd, loss: mean_squared_error}\n"
  }

  private func named(reading names: [String]) -> String {
    let added = ["name: layer"] + (names.isEmpty ? [] : ["inputs: [\(names.joined(separator: ", "))]"])
    let text = added.joined(separator: ", ")
    return layer.hasSuffix("}") ? "\(layer.dropLast()), \(text)}" : "\(layer): {\(text)}"
  }

  /// Weights by their qualified names, `layer/kernel` and `samples_0/kernel`.
  var weights: [String: [Float]] {
    var weights: [String: [Float]] = [:]
    for (key, values) in tensors {
      if key.hasPrefix("weight/") { weights["layer/" + key.dropFirst("weight/".count)] = values }
      if key.hasPrefix("input/") { weights["samples_\(key.dropFirst("input/".count))/kernel"] = values }
    }
    return weights
  }

  /// Ones at places 0, 1, …, with the targets.
  func selectors() throws -> Dataset {
    let ones = (0..<batch * batch).map { Float($0 / batch == $0 % batch ? 1 : 0) }
    return dataset([batch], ones, targets: loss == nil ? [] : try tensor("target"))
  }

  func dataset(_ shape: [Int], _ values: [Float], targets: [Float] = []) -> Dataset {
    Dataset(
      sampleShape: shape, storage: .floats(values), labels: Array(repeating: 0, count: batch), targets: targets,
      classNames: [], sourceIndices: Array(0..<batch))
  }
}
