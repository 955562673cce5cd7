package import CNNGraph
package import CNNKernels
package import CNNPlan

/// Each sample moved, turned or zoomed: a function of seed, step and sample, linear in the pixels.
///
/// Sampling and edges are those of TensorFlow's `ImageProjectiveTransformV3`, which Keras 3 uses.
package struct RandomAffineOperation: Operation {
  package let draw: AffineDraw
  package let sampling: ImageSampling
  package let stream: RandomStream

  package init(draw: AffineDraw, sampling: ImageSampling, stream: RandomStream) {
    self.draw = draw
    self.sampling = sampling
    self.stream = stream
  }

  package var name: String {
    switch draw {
    case .translation: "random_translation"
    case .rotation: "random_rotation"
    case .zoom: "random_zoom"
    }
  }

  package var attributes: [(name: String, value: String)] {
    let factors =
      switch draw {
      case .translation(let height, let width): [("height", height.text), ("width", width.text)]
      case .rotation(let turns): [("factor", turns.text)]
      case .zoom(let height, let width): [("height", height.text)] + (width.map { [("width", $0.text)] } ?? [])
      }
    return factors + [("fill", sampling.fill.rawValue), ("interpolation", sampling.interpolation.rawValue)]
      + stream.attributes
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && operands[0].rank == 3 ? operands : nil
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach { .everything }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    Cost(flops: (sampling.interpolation == .bilinear ? 7 : 0) * results[0].elementCount)
  }
}

extension RandomAffineOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [builder.append(RandomAffineGradientOperation(forward: self), [context.resultGradient])]
  }
}

/// The adjoint of the same draw: each pixel's gradient goes to the pixels that it was made of, by their weights.
package struct RandomAffineGradientOperation: Operation {
  package let forward: RandomAffineOperation

  package var name: String { "\(forward.name)_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? { forward.resultTypes(of: operands) }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost {
    forward.cost(operands: operands, results: results)
  }
}

extension RandomAffineOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("affine image", .images, call(binding, isGradient: false))]
  }

  fileprivate func call(_ binding: Binding, isGradient: Bool) -> RandomAffineCall {
    RandomAffineCall(
      table: binding.kernels, image: binding.sizes.operands[0].image, draw: draw, sampling: sampling, stream: stream,
      isGradient: isGradient, source: binding.operands[0], target: binding.results[0])
  }
}

extension RandomAffineGradientOperation: KernelBinding {
  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("affine image gradient", .images, forward.call(binding, isGradient: true))]
  }
}
