import CNNDiagnostics
import CNNExport
import CNNGraph
import CNNKernels
import CNNLayers
import CNNModel
import CNNSession
import CNNSpec
import CNNTestSupport
import Testing

/// A model with random weights, and samples to try it on.
struct TrialModel: Sendable {
  let name: String
  let model: TrainedModel
  let trial: ExportTrial

  /// - Returns: `nil` if the text is no spec without faults.
  init?(_ text: String, name: String, samples: Int = 5) {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    guard
      let spec = SpecLoader.load(
        Array(text.utf8), name: "spec.yaml", catalog: .standard, sources: &sources, bag: &bag)
    else { return nil }
    self.init(spec, name: name, samples: samples)
  }

  init(_ spec: Spec, name: String, samples: Int = 5) {
    self.name = name
    model = TrainedModel(
      spec: spec, classNames: (0..<spec.model.outputType.elementCount).prefix(3).map { "class \($0)" },
      weights: Self.weights(of: spec))
    let size = samples * spec.model.inputType.elementCount
    let random = CounterRandom(seed: 7, purpose: .initializer, index: 1 << 20)
    let range: Float = spec.data == nil ? 2 : 255
    let offset: Float = spec.data == nil ? -1 : 0
    trial = ExportTrial(
      Dataset(
        sampleShape: spec.model.inputType.extents,
        storage: .floats((0..<size).map { random.uniform($0) * range + offset }),
        labels: Array(repeating: 0, count: samples), classNames: [], sourceIndices: Array(0..<samples)), threads: 2)
  }

  private init(_ name: String, _ model: TrainedModel, _ trial: ExportTrial) {
    self.name = name
    self.model = model
    self.trial = trial
  }

  /// The same model with other samples.
  func with(_ trial: ExportTrial) -> TrialModel { TrialModel(name, model, trial) }

  /// Kernels as training begins with them; what begins with zeros or ones would hide a mistake, so it is random too.
  private static func weights(of spec: Spec) -> [[Float]] {
    TrainedModel.parameters(of: spec).enumerated().map { index, parameter in
      let name = parameter.declaration.name
      if name.hasSuffix("kernel") {
        return parameter.declaration.initializer.values(parameter, index: index, seed: 3)
      }
      let random = CounterRandom(seed: 4, purpose: .initializer, index: index)
      let isPositive = name == "gamma" || name == "moving_variance"
      return (0..<parameter.elementCount).map { random.uniform($0) * 0.6 + (isPositive ? 0.7 : -0.3) }
    }
  }
}

/// What one layer is tried with: the layers that a spec has, in the order of `LayerCatalog`.
enum LayerGrid {
  /// - Parameters:
  ///   - layers: in flow style, without dashes.
  static func spec(_ input: [Int], _ layers: [String]) -> String {
    "model:\n  input: \(input)\n  layers:\n" + layers.map { "    - \($0)\n" }.joined()
  }

  /// Name and text of each spec; those whose arguments do not go together are to be left out.
  static var all: [(name: String, text: String)] {
    (convolutions + transposed + pools + shapes + activations + normalizations + others)
      .map { input, layers in (layers.joined(separator: " | ") + " of \(input)", spec(input, layers)) }
  }

  typealias Case = (input: [Int], layers: [String])

  private static let images = [[7, 9, 4], [8, 6, 4], [5, 5, 4]]

  private static var convolutions: [Case] {
    var cases: [Case] = []
    for input in images {
      for kernel in ["1", "2", "[3, 2]", "5"] {
        for padding in ["same", "valid"] {
          for rest in [
            "strides: 1", "strides: 2", "strides: [1, 3]", "dilation_rate: 2", "dilation_rate: [2, 3]",
            "groups: 2, strides: 2", "groups: 4, use_bias: false, activation: relu",
          ] {
            cases.append((input, ["conv2d: {filters: 8, kernel_size: \(kernel), padding: \(padding), \(rest)}"]))
          }
          for rest in ["strides: 1", "strides: 2, depth_multiplier: 2", "dilation_rate: 2, use_bias: false"] {
            cases.append((input, ["depthwise_conv2d: {kernel_size: \(kernel), padding: \(padding), \(rest)}"]))
            cases.append(
              (input, ["separable_conv2d: {filters: 3, kernel_size: \(kernel), padding: \(padding), \(rest)}"]))
          }
        }
      }
    }
    return cases
  }

  private static var transposed: [Case] {
    var cases: [Case] = []
    for input in [[3, 4, 3], [5, 2, 3]] {
      for kernel in ["1", "2", "3", "[4, 5]"] {
        for padding in ["same", "valid"] {
          for rest in [
            "strides: 1", "strides: 2", "strides: [2, 3]", "strides: 4", "dilation_rate: 2",
            "strides: 2, output_padding: 1", "strides: 3, output_padding: [0, 2], use_bias: false",
            "strides: 2, output_padding: 0, activation: elu",
          ] {
            cases.append(
              (input, ["conv2d_transpose: {filters: 2, kernel_size: \(kernel), padding: \(padding), \(rest)}"]))
          }
        }
      }
    }
    return cases
  }

  private static var pools: [Case] {
    var cases: [Case] = []
    for input in images {
      for kind in ["max_pooling2d", "average_pooling2d"] {
        for size in ["2", "3", "[2, 3]"] {
          for padding in ["same", "valid"] {
            for strides in ["", ", strides: 1", ", strides: [2, 1]", ", strides: 3"] {
              cases.append((input, ["\(kind): {pool_size: \(size), padding: \(padding)\(strides)}"]))
            }
          }
        }
      }
      for kind in ["global_max_pooling2d", "global_average_pooling2d"] {
        cases.append((input, [kind]))
        cases.append((input, ["\(kind): {keepdims: true}", "conv2d: {filters: 3, kernel_size: 1}"]))
      }
    }
    return cases
  }

  private static let shapes: [Case] = [
    ([5, 4, 3], ["flatten", "dense: 6"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: 2}", "flatten", "dropout: 0.5", "relu", "dense: 6"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: 2}", "flatten"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: 2}", "flatten", "softmax"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: 2}", "flatten", "batch_normalization", "dense: 2"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: 2}", "flatten", "reshape: [3, 16]", "dense: 5"]),
    ([5, 4, 3], ["conv2d: {filters: 1, kernel_size: 2}", "flatten", "dense: 2"]),
    ([5, 4, 3], ["conv2d: {filters: 4, kernel_size: [5, 4]}", "flatten", "dense: 2"]),
    ([5, 4, 3], ["reshape: [4, 15]", "dense: 3"]),
    ([5, 4, 3], ["reshape: [10, 6]"]),
    ([5, 4, 3], ["reshape: [5, 2, 6]", "conv2d: {filters: 2, kernel_size: 2}"]),
    ([60], ["reshape: [5, 4, 3]", "conv2d: {filters: 2, kernel_size: 2}", "flatten", "dense: 2"]),
    ([60], ["dense: {units: 7, activation: gelu, use_bias: false}"]),
    ([5, 12], ["dense: {units: 7, activation: softmax}"]),
    ([2, 3, 4, 5], ["dense: 3"]),
    ([5, 4, 3], ["dense: {units: 3, activation: relu}"]),
    ([5, 4, 3], ["permute: [2, 1, 3]"]), ([5, 4, 3], ["permute: [3, 1, 2]", "max_pooling2d: 2"]),
    ([5, 4, 3], ["conv2d: {filters: 2, kernel_size: 2}", "permute: [2, 3, 1]", "flatten", "dense: 3"]),
    ([5, 4], ["permute: [2, 1]"]),
    ([5, 4, 3], ["zero_padding2d: 2"]),
    ([5, 4, 3], ["zero_padding2d: [[1, 0], [0, 3]]", "conv2d: {filters: 2, kernel_size: 3}"]),
    ([5, 4, 3], ["max_pooling2d: 2", "zero_padding2d: [[1, 0], [0, 3]]"]),
    ([5, 6, 3], ["cropping2d: 1"]),
    ([5, 6, 3], ["conv2d: {filters: 2, kernel_size: 1}", "cropping2d: [[1, 0], [0, 3]]"]),
    ([3, 4, 2], ["up_sampling2d: 2"]), ([3, 4, 2], ["up_sampling2d: [3, 4]"]),
    ([3, 4, 2], ["up_sampling2d: {size: 2, interpolation: bilinear}"]),
    ([3, 4, 2], ["up_sampling2d: {size: [3, 5], interpolation: bilinear}", "flatten", "dense: 2"]),
    ([1, 4, 2], ["up_sampling2d: {size: [7, 1], interpolation: bilinear}"]),
  ]

  private static var activations: [Case] {
    var cases: [Case] = []
    let words = Activation.allCases.map { "activation: \($0.rawValue)" }
    let kinds = [
      "relu", "relu: {max_value: 0.5}", "relu: {negative_slope: 0.3}", "relu: {threshold: 0.2}",
      "relu: {max_value: 0.7, negative_slope: 0.1, threshold: -0.2}", "leaky_relu", "leaky_relu: 0.01", "elu",
      "elu: 0.5", "softmax", "softmax: {axis: 1}", "softmax: {axis: 2}",
    ]
    for layer in words + kinds {
      cases.append(([4, 3, 5], [layer]))
      cases.append(([4, 3, 5], ["conv2d: {filters: 3, kernel_size: 2}", layer]))
      if !layer.contains("axis: 2") { cases.append(([12], [layer])) }
    }
    return cases
  }

  private static var normalizations: [Case] {
    var cases: [Case] = []
    for axis in ["-1", "1", "2"] {
      for rest in ["", ", epsilon: 0.01, center: false", ", scale: false"] {
        for kind in ["batch_normalization", "layer_normalization"] {
          cases.append(([4, 3, 6], ["\(kind): {axis: \(axis)\(rest)}"]))
          cases.append(([4, 3, 6], ["conv2d: {filters: 6, kernel_size: 2}", "\(kind): {axis: \(axis)\(rest)}"]))
        }
        cases.append(([4, 3, 6], ["group_normalization: {groups: \(axis == "-1" ? 3 : -1), axis: \(axis)\(rest)}"]))
      }
    }
    for kind in ["batch_normalization", "layer_normalization", "group_normalization: {groups: 2}"] {
      cases.append(([6], [kind]))
      cases.append(([5, 6], [kind]))
      cases.append(([2, 3, 4, 6], [kind]))
      cases.append(([4, 3, 6], ["conv2d: {filters: 6, kernel_size: 2}", kind, "relu"]))
    }
    for axes in ["[1, 2, 3]", "[2, 3]", "[1, 3]", "[1, 2]"] {
      cases.append(([4, 3, 6], ["layer_normalization: {axis: \(axes)}"]))
    }
    return cases
  }

  private static let merges = ["add", "subtract", "multiply", "average", "maximum"]

  private static var others: [Case] {
    var cases: [Case] = [
      ([5, 4, 3], ["rescaling: 1/255"]), ([5, 4, 3], ["rescaling: {scale: [0.1, 2, 3], offset: [1, 0, -1]}"]),
      ([5, 4, 3], ["conv2d: {filters: 3, kernel_size: 1}", "rescaling: {scale: [0.1, 2, 3], offset: 0.5}"]),
      ([5, 4, 3], ["normalization: {mean: [0.4, 0.5, 0.6], variance: [0.1, 0.2, 0.3]}"]),
      ([5, 4, 3], ["normalization: {mean: 0.3, variance: 2, axis: none}"]),
      ([5, 4, 3], ["normalization: {mean: [1, 2, 3, 4, 5], variance: [1, 2, 3, 4, 5], axis: 1}"]),
      ([5, 4, 3], ["normalization: {mean: [1, 2, 3, 4], variance: [1, 2, 3, 4], axis: 2, invert: true}"]),
      ([70, 3], ["normalization: {mean: [0.4, 0.5, 0.6], variance: [0.1, 0.2, 0.3]}"]),
      ([9, 8, 3], ["random_crop: {height: 4, width: 5}"]),
      (
        [9, 8, 3],
        ["conv2d: {filters: 2, kernel_size: 2}", "random_crop: {height: 5, width: 5}", "flatten", "dense: 2"]
      ),
      // Nothing is left of these in inference; the model may be its own input.
      ([5, 4, 3], ["dropout: 0.5"]),
      ([5, 4, 3], ["gaussian_noise: 0.1", "spatial_dropout2d: 0.2", "dropout: 0.3", "dense: 2"]),
      (
        [5, 4, 3],
        [
          "random_flip: horizontal", "random_translation: {height_factor: 0.1, width_factor: 0.1}",
          "random_rotation: 0.1", "random_zoom: {height_factor: 0.2}",
          "random_contrast: {factor: 0.2, value_range: [-3, 3]}",
          "random_brightness: {factor: 0.1, value_range: [-3, 3]}", "conv2d: {filters: 2, kernel_size: 3}",
        ]
      ),
    ]
    for merge in merges {
      cases.append(
        (
          [4, 3, 5], ["conv2d: {filters: 5, kernel_size: 3, padding: same, name: a}", "\(merge): {inputs: [a, input]}"]
        ))
      cases.append(
        (
          [4, 3, 5],
          [
            "conv2d: {filters: 5, kernel_size: 1, name: a}", "global_average_pooling2d: {name: b, inputs: input}",
            "dense: {units: 5, name: c}", "\(merge): {inputs: [a, c]}",
          ]
        ))
      cases.append(
        (
          [4, 3, 5],
          [
            "flatten: {name: a}", "conv2d: {filters: 5, kernel_size: 1, inputs: input}", "flatten: {name: b}",
            "\(merge): {inputs: [a, b, a]}",
          ]
        ))
      cases.append(
        ([4, 3, 5], ["max_pooling2d: {pool_size: [4, 1], name: a}", "\(merge): {inputs: [input, a]}", "flatten"]))
    }
    for axis in ["-1", "1", "2"] {
      cases.append(
        (
          [4, 3, 5],
          [
            "conv2d: {filters: 5, kernel_size: 1, name: a}", "concatenate: {inputs: [input, a], axis: \(axis)}",
            "max_pooling2d: 2",
          ]
        ))
    }
    cases.append(
      (
        [4, 3, 5],
        [
          "conv2d: {filters: 2, kernel_size: 2, name: a}", "flatten: {name: b}", "flatten: {name: c, inputs: input}",
          "concatenate: {inputs: [b, c]}", "dense: 3",
        ]
      ))
    // A layer whose result nothing reads.
    cases.append(
      ([4, 3, 5], ["conv2d: {filters: 2, kernel_size: 2, name: a}", "flatten: {inputs: input}", "dense: 3"]))
    return cases
  }
}
