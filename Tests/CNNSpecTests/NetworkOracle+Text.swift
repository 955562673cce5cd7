/// The network as a spec.
extension NetworkOracle {
  var text: String {
    var lines = ["model:", "  input: \(input)", "  layers:"]
    for (index, layer) in layers.enumerated() {
      func item(_ kind: String, _ arguments: [String] = []) {
        let names = layer.inputs.map { $0 < 0 ? "input" : "l\($0)" }.joined(separator: ", ")
        lines.append(
          "    - \(kind): {\((arguments + ["name: l\(index)", "inputs: [\(names)]"]).joined(separator: ", "))}")
      }
      switch layer.kind {
      case .convolution(let filters, let window, let groups, let hasBias, let isRectified):
        item(
          "conv2d",
          Self.kernel(window, hasBias) + [
            "filters: \(filters)", "groups: \(groups)", "activation: \(isRectified ? "relu" : "linear")",
          ])
      case .maxPool(let window): item("max_pooling2d", Self.pool(window))
      case .averagePool(let window): item("average_pooling2d", Self.pool(window))
      case .batchNormalization(let hasCenter, let hasScale):
        item("batch_normalization", ["center: \(hasCenter)", "scale: \(hasScale)"])
      case .activation(let word): item("activation", ["activation: \(word)"])
      case .dropout: item("dropout", ["rate: 0.5"])
      case .rescaling: item("rescaling", ["scale: 0.5"])
      case .flatten: item("flatten")
      case .globalPool(let word, let keepsAxes): item("global_\(word)_pooling2d", ["keepdims: \(keepsAxes)"])
      case .dense(let units, let hasBias): item("dense", ["units: \(units)", "use_bias: \(hasBias)"])
      case .merge(let word), .slope(let word): item(word)
      case .concatenate: item("concatenate")
      case .depthwise(let multiplier, let window, let hasBias):
        item("depthwise_conv2d", Self.kernel(window, hasBias) + ["depth_multiplier: \(multiplier)"])
      case .separable(let filters, let multiplier, let window, let hasBias):
        item(
          "separable_conv2d",
          Self.kernel(window, hasBias) + ["filters: \(filters)", "depth_multiplier: \(multiplier)"])
      case .transposed(let filters, let window, let hasBias):
        item("conv2d_transpose", Self.kernel(window, hasBias) + ["filters: \(filters)"])
      case .pad(let margins): item("zero_padding2d", ["padding: \(margins)"])
      case .crop(let margins): item("cropping2d", ["cropping: \(margins)"])
      case .upsample(let factors, let isBilinear):
        item("up_sampling2d", ["size: \(factors)", "interpolation: \(isBilinear ? "bilinear" : "nearest")"])
      case .reshape(let shape): item("reshape", ["target_shape: \(shape)"])
      case .permute(let axes): item("permute", ["dims: \(axes)"])
      case .layerNormalization(let axes, let hasCenter, let hasScale):
        item("layer_normalization", ["axis: \(axes)", "center: \(hasCenter)", "scale: \(hasScale)"])
      case .groupNormalization(let groups): item("group_normalization", ["groups: \(groups)"])
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func kernel(_ window: Window, _ hasBias: Bool) -> [String] {
    [
      "kernel_size: \(window.size)", "strides: \(window.strides)", "dilation_rate: \(window.dilation)",
      "padding: \(window.isSame ? "same" : "valid")", "use_bias: \(hasBias)",
    ]
  }

  private static func pool(_ window: Window) -> [String] {
    [
      "pool_size: \(window.size)", "strides: \(window.strides)", "padding: \(window.isSame ? "same" : "valid")",
    ]
  }
}
