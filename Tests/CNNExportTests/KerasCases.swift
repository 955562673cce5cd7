/// Specs whose models go to Keras.
enum KerasCases {
  static let all: [String] = chains.map(chain) + [graph] + graphs

  private static func chain(_ layers: String) -> String { "model: {input: [9, 8, 4], layers: [\(layers)]}" }

  /// Every kind, with a grid of its arguments.
  private static let chains: [String] = windows + activations + pools + normalizations + others

  private static let windows: [String] = {
    var layers: [String] = []
    for padding in ["valid", "same"] {
      for (strides, dilation) in [("1", "1"), ("2", "1"), ("[2, 1]", "1"), ("1", "2"), ("1", "[1, 2]")] {
        let window = "strides: \(strides), padding: \(padding), dilation_rate: \(dilation)"
        layers.append("conv2d: {filters: 8, kernel_size: 3, \(window), activation: relu}")
        layers.append(
          "conv2d: {filters: 4, kernel_size: [2, 3], groups: 2, use_bias: false, \(window), activation: tanh}")
        // Keras on a CPU has no separable or depthwise kernels for unlike strides.
        if strides == "[2, 1]" { continue }
        layers.append("separable_conv2d: {filters: 5, kernel_size: 3, depth_multiplier: 2, \(window)}")
        layers.append("depthwise_conv2d: {kernel_size: 3, depth_multiplier: 2, \(window), use_bias: false}")
        if dilation != "1" { continue }
        layers.append(
          "conv2d_transpose: {filters: 3, kernel_size: 3, strides: \(strides), padding: \(padding), activation: elu}")
      }
    }
    return layers
  }()

  private static let activations: [String] = [
    "linear", "relu", "relu6", "elu", "selu", "gelu", "silu", "sigmoid", "tanh", "softplus", "softmax", "leaky_relu",
    "hard_sigmoid",
  ].flatMap { ["activation: \($0)", "conv2d: {filters: 3, kernel_size: 1, activation: \($0)}"] }

  private static let pools: [String] = {
    var layers: [String] = []
    for kind in ["max", "average"] {
      for arguments in ["", ", strides: 1", ", padding: same", ", strides: [1, 3], padding: same"] {
        layers.append("\(kind)_pooling2d: {pool_size: [3, 2]\(arguments)}")
      }
      layers += ["global_\(kind)_pooling2d", "global_\(kind)_pooling2d: {keepdims: true}", "\(kind)_pooling2d"]
    }
    return layers
  }()

  private static let normalizations: [String] = {
    var layers: [String] = []
    for kind in ["batch_normalization: {", "layer_normalization: {", "group_normalization: {groups: 2, "] {
      for arguments in ["", ", scale: false", ", center: false", ", scale: false, center: false"] {
        layers.append("\(kind)epsilon: 0.01\(arguments)}, conv2d: {filters: 2, kernel_size: 1}")
      }
    }
    return layers
  }()

  private static let others: [String] = [
    "conv2d_transpose: {filters: 3, kernel_size: 3, strides: 2, padding: same, output_padding: 1}",
    "batch_normalization: {axis: 2}", "layer_normalization: {axis: [1, 3]}", "group_normalization: {groups: -1}",
    "batch_normalization: {trainable: false, momentum: 0.8}",
    "conv2d: {filters: 3, kernel_size: 3, trainable: false, kernel_regularizer: {l2: 0.01}, bias_regularizer: {l1_l2: {l1: 0.1, l2: 0.2}}}",
    "dense: 7", "flatten, dense: {units: 5, activation: softmax, use_bias: false, kernel_regularizer: l1}",
    "relu, relu: {max_value: 1.5, negative_slope: 0.1, threshold: 0.2}, leaky_relu, leaky_relu: 0.05, elu: 0.5, elu",
    "softmax, softmax: {axis: 1}",
    "dropout: 0.5, dropout: {rate: 0.3, noise_shape: [none, 1, 1, 4], seed: 4}, spatial_dropout2d: 0.2, gaussian_noise: 0.1",
    "permute: [3, 1, 2], reshape: [6, -1, 2], zero_padding2d, zero_padding2d: [[1, 2], [0, 3]], cropping2d: [[0, 1], [2, 1]]",
    "up_sampling2d, up_sampling2d: {size: [1, 3], interpolation: bilinear}",
    "rescaling: 1/255, rescaling: {scale: [1, 2, 3, 4], offset: [0, 1, 0, -1]}, rescaling: {scale: 0.5, offset: -1}",
    "normalization: {mean: [0.1, 0.2, 0.3, 0.4], variance: [1, 4, 0.5, 0]}, normalization: {axis: none, mean: 0.5, variance: 2}, normalization: {mean: 0, variance: 2, invert: true}",
    "random_flip, random_flip: horizontal, random_translation: {height_factor: 0.1, width_factor: [-0.2, 0.3], fill_mode: constant}, random_rotation: 0.1, random_zoom: 0.2, random_zoom: {height_factor: [-0.2, 0.1], width_factor: 0.1, interpolation: nearest}, random_contrast: [0.1, 0.3], random_contrast: 0.2, random_brightness: {factor: 0.1, value_range: [0, 1]}, random_crop: {height: 6, width: 5, seed: 9}",
    "conv2d: {filters: 2, kernel_size: 3, name: a.b-c}, conv2d: {filters: 2, kernel_size: 3, name: _under}, conv2d: {filters: 2, kernel_size: 3, name: 3rd}, conv2d: {filters: 2, kernel_size: 1, name: -x}",
  ]

  /// Joins, paths of unlike length, names that Keras would give otherwise, a residual block.
  static let graph = """
    name: graph
    model:
      input: [8, 8, 3]
      layers:
        - conv2d: {filters: 4, kernel_size: 3, padding: same, name: conv2d_5}
        - conv2d: {filters: 4, kernel_size: 1, inputs: input, name: side}
        - batch_normalization: {inputs: conv2d_5}
        - residual:
            name: block
            layers:
              - conv2d: {filters: 4, kernel_size: 3, padding: same, activation: relu}
              - batch_normalization
              - conv2d: {filters: 4, kernel_size: 3, padding: same, name: conv2d}
        - maximum: {inputs: [side, block_add], name: m}
        - concatenate: {inputs: [m, side, conv2d_5, input]}
        - global_average_pooling2d
        - dense: {units: 3, activation: softmax}
    """

  private static let graphs: [String] = [
    """
    model:
      input: [6, 6, 2]
      layers:
        - conv2d: {filters: 2, kernel_size: 1, name: a}
        - conv2d: {filters: 2, kernel_size: 1, inputs: input, name: b}
        - subtract: {inputs: [b, a], name: s}
        - multiply: {inputs: [s, a, b], name: p}
        - average: {inputs: [p, input], name: v}
        - global_average_pooling2d: {keepdims: true, inputs: v, name: g}
        - dense: {units: 2, activation: sigmoid}
        - multiply: {inputs: [v, dense]}
    """,
    """
    model:
      input: [10]
      layers:
        - dense: {units: 8, activation: relu}
        - dense: {units: 10, name: back}
        - add: {inputs: [back, input]}
        - layer_normalization
        - dense: {units: 1, activation: sigmoid}
    """,
    """
    data: {source: cifar10, rescale: 1/255}
    model:
      input: [32, 32, 3]
      layers:
        - conv2d: {filters: 4, kernel_size: 3, strides: 2}
        - branches:
            merge: concatenate
            paths:
              - [{conv2d: {filters: 2, kernel_size: 1}}]
              - [{max_pooling2d: {pool_size: 3, strides: 1, padding: same}}, {conv2d: {filters: 2, kernel_size: 1}}]
              - [{conv2d: {filters: 2, kernel_size: 5, padding: same}}]
        - global_max_pooling2d
        - dense: 10
    """,
  ]
}
