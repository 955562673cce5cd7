internal import CNNGraph
internal import CNNKernels
package import CNNPlan

extension SampleNormalizationOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    guard case .groups = statistics else { return [] }
    return [.workspace(3 * 4 * (sizes.operands[0].extents.last ?? 1))]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let count = binding.sizes.operands[0].elementCount
    let gamma = hasScale ? binding.operands[1] : nil
    let beta = hasCenter ? binding.operands[hasScale ? 2 : 1] : nil
    let (x, y) = (binding.operands[0], binding.results[0])
    switch statistics {
    case .rows(let width):
      return [
        BoundCall(
          "row statistics and affine", .images,
          RowNormalizationCall(
            table: binding.kernels, rows: count / width, width: width, epsilon: Float(epsilon), x: x, gamma: gamma,
            beta: beta, y: y))
      ]
    case .groups(let groups):
      return [
        BoundCall(
          "group statistics and affine", .images,
          GroupNormalizationCall(
            table: binding.kernels, pixels: count / binding.channels, channels: binding.channels, groups: groups,
            epsilon: Float(epsilon), x: x, gamma: gamma, beta: beta, y: y, scratch: binding.temporaries[0]))
      ]
    }
  }
}

extension SampleNormalizationGradientOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] {
    guard case .groups = statistics else { return [] }
    return [.workspace(8 * 4 * (sizes.operands[0].extents.last ?? 1))]
  }

  package func bind(_ binding: Binding) -> [BoundCall] {
    let count = binding.sizes.operands[0].elementCount
    let (x, dy) = (binding.operands[0], binding.operands[binding.operands.count - 1])
    let gamma = hasScale ? binding.operands[1] : nil
    var results = binding.results[...]
    let dx = wantsInput ? results.removeFirst() : nil
    let dGamma = wantsGamma ? results.removeFirst() : nil
    let dBeta = wantsBeta ? results.removeFirst() : nil
    switch statistics {
    case .rows(let width):
      return [
        BoundCall(
          "row gradient", .images,
          RowNormalizationGradientCall(
            table: binding.kernels, rows: count / width, width: width, epsilon: Float(epsilon), x: x, dy: dy,
            gamma: gamma, dx: dx, dGamma: dGamma, dBeta: dBeta))
      ]
    case .groups(let groups):
      return [
        BoundCall(
          "group gradient", .images,
          GroupNormalizationGradientCall(
            table: binding.kernels, pixels: count / binding.channels, channels: binding.channels, groups: groups,
            epsilon: Float(epsilon), x: x, dy: dy, gamma: gamma, dx: dx, dGamma: dGamma, dBeta: dBeta,
            scratch: binding.temporaries[0]))
      ]
    }
  }
}
