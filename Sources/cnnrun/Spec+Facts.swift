import CNNGraph
import CNNKernels
import CNNLayers
import CNNPlan
import CNNReport
import CNNSpec
import CNNYAML

extension Spec {
  /// What a comparison needs to know; memory is that of one thread with the lowest instruction set's kernels, so that it
  /// is the same on every machine.
  func facts(title: String) -> SpecFacts {
    let isComputable = model.oversized.isEmpty
    let figures = isComputable ? model.figures : nil
    let compiled = CompiledModel(self, compiler: Compiler(kernels: KernelTable(.scalar)))
    let layers = model.layers.indices.map { index in
      let layer = model.layers[index]
      return SpecFacts.Layer(
        name: layer.spec.name, isNamed: layer.spec.isNamedByHand, kind: layer.spec.kind,
        className: layer.spec.className,
        arguments: layer.spec.resolved.flatMap { Self.settings($0.value, at: $0.key) }
          .filter { !LayerSpec.commonWords.contains($0.path) }
          + (layer.spec.isTrainable ? [] : [.init("trainable", "false")]),
        inputs: model.readsLayerBefore(index) ? nil : layer.inputs.map(model.name),
        outputShape: layer.outputType.extents,
        weights: layer.parameters.map { SpecFacts.Weight($0.name, $0.extents) },
        parameterCount: layer.parameterCount, flops: figures?[index].flops)
    }
    return SpecFacts(
      title: title, layers: layers,
      settings: settingFacts,
      parameters: model.parameterCount, trainableParameters: model.trainableParameterCount,
      flops: isComputable ? compiled.flops : nil,
      trainingMemory: isComputable ? compiled.trainingPlan()?.byteCount(workers: 1) : nil,
      inferenceMemory: isComputable ? compiled.predictionPlan().byteCount(workers: 1) : nil)
  }

  /// Everything but the layers, with defaults.
  var settingFacts: [SpecFacts.Setting] {
    Self.settings(resolved, at: "").filter { !$0.path.hasPrefix("model.layers") }
  }

  /// A value's scalars with their paths; a list of scalars is one.
  private static func settings(_ node: YAMLNode, at path: String) -> [SpecFacts.Setting] {
    switch node.content {
    case .scalar(let scalar): return [.init(path, scalar.text)]
    case .mapping(let entries):
      return entries.flatMap { settings($0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
    case .sequence(let items):
      let scalars = items.compactMap { $0.scalar?.text }
      if scalars.count == items.count { return [.init(path, "[\(scalars.joined(separator: ", "))]")] }
      return items.indices.flatMap { settings(items[$0], at: "\(path)[\($0)]") }
    }
  }
}

extension CheckedModel {
  /// Whether a layer reads the one that stands before it, or the input if none does, and nothing else.
  fileprivate func readsLayerBefore(_ index: Int) -> Bool {
    guard layers[index].inputs.count == 1 else { return false }
    return switch layers[index].inputs[0] {
    case .modelInput: index == 0
    case .layer(let source): source == index - 1
    }
  }
}

extension LayerSpec {
  /// Keys of every layer, which a comparison knows by other means.
  fileprivate static let commonWords: Set = ["name", "inputs", "trainable"]
}
