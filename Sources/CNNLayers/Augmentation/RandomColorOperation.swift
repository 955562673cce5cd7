package import CNNGraph
package import CNNKernels
package import CNNPlan

/// Contrast or brightness of each sample: a function of seed, step and sample, clipped to the images' range.
package struct RandomColorOperation: Operation {
  package let kind: RandomColorCall.Kind
  package let values: ClosedRange<Double>
  package let stream: RandomStream

  package init(_ kind: RandomColorCall.Kind, values: ClosedRange<Double>, stream: RandomStream) {
    self.kind = kind
    self.values = values
    self.stream = stream
  }

  package var name: String {
    switch kind {
    case .contrast: "random_contrast"
    case .brightness: "random_brightness"
    }
  }

  package var attributes: [(name: String, value: String)] {
    let factor =
      switch kind {
      case .contrast(let factors): factors.text
      case .brightness(let factors): factors.text
      }
    return [("factor", factor), ("values", values.text)] + stream.attributes
  }

  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 1 && operands[0].rank == 3 ? operands : nil
  }
  package func reach(of operand: TensorType, in result: TensorType) -> Reach {
    switch kind {
    case .contrast: .everything
    case .brightness: .pixel
    }
  }

  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 4 * results[0].elementCount) }
}

extension RandomColorOperation: GradientRule {
  package func appendGradient(_ context: GradientContext, to builder: inout GraphBuilder) -> [ValueID?] {
    [
      builder.append(
        RandomColorGradientOperation(forward: self), [context.operands[0], context.resultGradient])
    ]
  }
}

/// With g = dy where nothing was clipped, else 0: dx = g for brightness, f * g + (1 - f) * mean(g) for contrast.
///
/// Operands: x, dy.
package struct RandomColorGradientOperation: Operation {
  package let forward: RandomColorOperation

  package var name: String { "\(forward.name)_gradient" }
  package func resultTypes(of operands: [TensorType]) -> [TensorType]? {
    operands.count == 2 && operands[0] == operands[1] ? [operands[0]] : nil
  }
  package func cost(operands: [TensorType], results: [TensorType]) -> Cost { Cost(flops: 6 * results[0].elementCount) }
}

extension RandomColorOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] { [.workspace(3 * 4 * sizes.operands[0].extents[2])] }

  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("clipped affine", .images, call(binding, dy: nil))]
  }

  fileprivate func call(_ binding: Binding, dy: Slot?) -> RandomColorCall {
    RandomColorCall(
      table: binding.kernels, kind: kind, image: binding.sizes.operands[0].image, values: values, stream: stream,
      x: binding.operands[0], dy: dy, target: binding.results[0], scratch: binding.temporaries[0])
  }
}

extension RandomColorGradientOperation: KernelBinding {
  package func temporaries(_ sizes: BindingSizes) -> [Temporary] { forward.temporaries(sizes) }

  package func bind(_ binding: Binding) -> [BoundCall] {
    [BoundCall("clipped affine gradient", .images, forward.call(binding, dy: binding.operands[1]))]
  }
}
