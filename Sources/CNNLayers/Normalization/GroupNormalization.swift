package import CNNGraph
package import CNNSpec

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta, with the statistics of each sample's groups of channels.
///
/// A group is a run of neighbouring channels over all pixels. Weights, each `[C]`: gamma, beta.
package struct GroupNormalization: Layer {
  /// -1: each channel is one.
  private let groups: Int
  private let axis: Int
  private let shared: NormalizationArguments

  private static let groups = Argument(
    "groups", .positiveIntegerOrMinusOne(text: "a positive integer, or `-1` for one group a channel"), default: 32,
    doc: "Into how many groups the channels are cut; `-1` for one a channel")
  private static let axis = Argument("axis", .axis, default: -1, doc: "The axis of the channels")

  package static let kind = "group_normalization"
  package static let className = "GroupNormalization"
  package static let summary = "Brings each group of channels of each sample to mean 0 and variance 1"
  package static let arguments: [any ArgumentDescription] = [groups, axis] + NormalizationArguments.all

  package init?(_ fields: inout FieldReader) {
    let groups = fields.read(Self.groups)
    let axis = fields.read(Self.axis)
    let shared = NormalizationArguments(&fields)
    guard let groups, let axis, let shared else { return nil }
    self.groups = groups
    self.axis = axis
    self.shared = shared
  }

  package var traits: LayerTraits {
    LayerTraits {
      $0.setsScale = true
      $0.removesConstants = {
        $0.extentIndex(ofAxis: axis) == $0.rank - 1 && (groups == -1 || groups == $0.extents.last)
      }
    }
  }

  package func outputType(of inputs: [TensorType], _ context: inout ShapeContext) -> TensorType? {
    let input = inputs[0]
    guard let index = context.extentIndices(ofAxes: [axis], of: input)?.first else { return nil }
    let channels = input.extents[index]
    guard groups == -1 || channels % groups == 0 else {
      let divisor = (1...min(groups, channels)).reversed().first { channels % $0 == 0 } ?? 1
      context.report(
        SpecCode.groups, "\(groups) groups do not divide the \(channels) channels of `\(context.name)`", at: "groups",
        label: context.isWritten("groups") ? "" : "32 unless `groups` says otherwise", notes: [context.inputNote()],
        help: "write `groups: \(divisor)`, or `groups: -1` for one a channel")
      return nil
    }
    return input
  }

  private func index(_ input: TensorType) -> Int { input.extentIndex(ofAxis: axis) ?? input.rank - 1 }

  package func parameters(for inputs: [TensorType]) -> [ParameterDeclaration] {
    shared.declarations([inputs[0].extents[index(inputs[0])]])
  }

  package func emit(_ inputs: [ValueID], _ parameters: [ValueID], into builder: inout GraphBuilder) -> ValueID {
    let type = builder.type(of: inputs[0])
    let index = index(type)
    let operation = SampleNormalizationOperation(
      .groups(groups == -1 ? type.extents[index] : groups), epsilon: shared.epsilon, hasScale: shared.scale,
      hasCenter: shared.center)
    return builder.withLastAxes([index], of: inputs[0]) { $0.append(operation, [$1] + parameters) }
  }
}
