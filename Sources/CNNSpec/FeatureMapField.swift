internal import CNNGraph
internal import CNNYAML

/// How much of the input one value of the last feature map sees.
///
///     r = r + (dilation * (window - 1)) * jump        jump = jump * stride
///
/// along each axis, from the input inwards, of several paths the largest (Araujo, Norris, Sim 2019,
/// "Computing Receptive Fields of Convolutional Neural Networks", section 2). Padding counts as seen. Windows are
/// found by Keras's names of arguments, so every kind with a `kernel_size` or a `pool_size` counts. A layer that
/// enlarges its image divides the jump by as much. The last feature map is the last value with height and width on
/// the way to the output: what comes behind it, flattened or averaged, sees all of it.
struct FeatureMapField {
  private struct Sight {
    var extent = [1.0, 1.0]
    var jump = [1.0, 1.0]
    /// Whether no feature map followed any more.
    var isClosed = false
  }

  /// The larger of rows and columns, in pixels.
  let extent: Int

  /// `nil` for a model whose input is no image.
  init?(of model: CheckedModel) {
    guard model.inputType.rank == 3 else { return nil }
    var sights: [Sight] = []
    for layer in model.layers {
      let inputs = layer.inputs.map { source in
        switch source {
        case .modelInput: Sight()
        case .layer(let index): sights[index]
        }
      }
      sights.append(Self.sight(of: layer, inputs))
    }
    let extent = sights[model.outputIndex].extent.max() ?? 1
    guard extent.isFinite, extent < 1e15 else { return nil }
    self.extent = Int(extent.rounded(.up))
  }

  private static func sight(of layer: CheckedLayer, _ inputs: [Sight]) -> Sight {
    var sight = Sight()
    // A path that no longer has height and width, as one that weighs channels, is not the feature map's.
    let open = inputs.filter { !$0.isClosed }
    for axis in 0..<2 {
      sight.extent[axis] = (open.isEmpty ? inputs : open).map { $0.extent[axis] }.max() ?? 1
      sight.jump[axis] = (open.isEmpty ? inputs : open).map { $0.jump[axis] }.max() ?? 1
    }
    guard !open.isEmpty, layer.outputType.rank == 3, layer.inputTypes.first?.rank == 3 else {
      sight.isClosed = true
      return sight
    }
    let window = layer.spec.pair("kernel_size") ?? layer.spec.pair("pool_size") ?? [1, 1]
    let dilation = layer.spec.pair("dilation_rate") ?? [1, 1]
    let strides = layer.spec.pair("strides") ?? (layer.spec.pair("pool_size") ?? [1, 1])
    for axis in 0..<2 {
      let (before, after) = (layer.inputTypes[0].extents[axis], layer.outputType.extents[axis])
      if after >= before * 2 {
        // Enlarged: neighbouring values of the window are an output's step apart.
        sight.jump[axis] /= (Double(after) / Double(before)).rounded()
        sight.extent[axis] += dilation[axis] * (window[axis] - 1) * sight.jump[axis]
      } else {
        sight.extent[axis] += dilation[axis] * (window[axis] - 1) * sight.jump[axis]
        sight.jump[axis] *= strides[axis]
      }
    }
    return sight
  }
}

extension LayerSpec {
  /// An argument for rows and columns, as the resolved spec has it.
  fileprivate func pair(_ argument: String) -> [Double]? {
    guard let node = resolved.first(where: { $0.key == argument })?.value else { return nil }
    switch node.content {
    case .scalar(let scalar): return scalar.number.value.map { [$0, $0] }
    case .sequence(let items):
      let numbers = items.compactMap { $0.scalar?.number.value }
      return numbers.count == 2 && items.count == 2 ? numbers : nil
    case .mapping: return nil
    }
  }
}
