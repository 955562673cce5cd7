package import CNNDiagnostics
package import CNNGraph

/// From layers as written to a model whose shapes fit.
///
/// In: a `ModelSpec`. Out: a `CheckedModel`, or every fault of its graph and its shapes. What follows
/// from a fault is unknown and stays silent, so one fault is one error.
package struct GraphAssembly {
  private let model: ModelSpec
  private let layers: [LayerSpec]
  private var bag = DiagnosticBag()
  private var trail: ShapeTrail
  private var faults = RepeatedFaults()

  package static func check(_ model: ModelSpec, into bag: inout DiagnosticBag) -> CheckedModel? {
    guard let last = model.layers.indices.last else { return nil }
    var wiring = LayerWiring(model)
    let order = wiring.order()
    bag.add(contentsOf: wiring.bag)
    var assembly = GraphAssembly(model, sources: wiring.sources)
    let checked = assembly.infer(order)
    bag.add(contentsOf: assembly.bag)
    guard !wiring.bag.hasErrors, checked.count == model.layers.count, let inputType = assembly.trail.inputType else {
      return nil
    }
    guard let totals = assembly.totals(checked) else {
      bag.add(
        Diagnostic(
          SpecCode.sizeLimit, "the layers together exceed the limit", at: model.keySpan, help: ShapeTrail.limitText,
          path: "$.model"))
      return nil
    }
    return CheckedModel(
      name: model.name?.value ?? (wiring.isSequential ? "sequential" : "functional"), inputType: inputType,
      layers: checked, outputIndex: order.firstIndex(of: last) ?? checked.count - 1,
      isSequential: wiring.isSequential, parameterCount: totals.all, trainableParameterCount: totals.trainable)
  }

  private init(_ model: ModelSpec, sources: [[LayerSource]?]) {
    self.model = model
    layers = model.layers
    trail = ShapeTrail(
      inputType: model.input.map { TensorType($0.value) }, inputSpan: model.input?.span ?? model.keySpan,
      layers: model.layers, sources: sources, types: Array(repeating: nil, count: model.layers.count))
  }

  /// The layers that fit, each at its place in `order`, with inputs counted in that order.
  private mutating func infer(_ order: [Int]) -> [CheckedLayer] {
    var position = [Int](repeating: 0, count: layers.count)
    for (place, index) in order.enumerated() { position[index] = place }
    var checked: [CheckedLayer] = []
    for index in order {
      let spec = layers[index]
      guard let sources = trail.sources[index], let layer = spec.layer else { continue }
      guard checkCount(sources, of: spec) else { continue }
      let inputs = sources.compactMap(trail.type)
      guard inputs.count == sources.count else { continue }
      guard let (output, declared) = infer(spec, layer, sources, inputs) else { continue }
      var parameters = declared
      trail.types[index] = output
      if !spec.isTrainable {
        for parameter in parameters.indices { parameters[parameter].isTrainable = false }
      }
      checked.append(
        CheckedLayer(
          spec: spec, layer: layer,
          inputs: sources.map { source in
            switch source {
            case .modelInput: .modelInput
            case .layer(let index): .layer(position[index])
            }
          },
          inputTypes: inputs, outputType: output, parameters: parameters,
          parameterCount: parameters.reduce(0) { $0 + (SizeLimits.elementCount($1.extents) ?? 0) }))
    }
    return checked
  }

  /// A function of its own, so that the context's view of `trail` is gone when that changes.
  private mutating func infer(
    _ spec: LayerSpec, _ layer: any Layer, _ sources: [LayerSource], _ inputs: [TensorType]
  ) -> (output: TensorType, parameters: [ParameterDeclaration])? {
    var context = ShapeContext(spec, sources: sources, trail: trail)
    defer { faults.add(context.bag, from: spec.origin, to: &bag) }
    guard let output = layer.outputType(of: inputs, &context), !context.bag.hasErrors else { return nil }
    let parameters = layer.parameters(for: inputs)
    return context.checkLimits(output, parameters) ? (output, parameters) : nil
  }

  private mutating func checkCount(_ sources: [LayerSource], of spec: LayerSpec) -> Bool {
    if spec.inputCount.allows(sources.count) { return true }
    let isWritten = spec.inputs != nil
    let first = sources.first.map { trail.name(of: $0) } ?? ""
    var found = DiagnosticBag()
    found.add(
      Diagnostic(
        SpecCode.inputCount,
        isWritten || sources.count != 1
          ? "`\(spec.name)` reads \(spec.inputCount.text), and is given \(sources.count)"
          : "`\(spec.name)` reads \(spec.inputCount.text), and only follows `\(first)`",
        at: spec.span(of: "inputs") ?? spec.keySpan,
        help: countRepair(spec, sources),
        path: spec.path))
    faults.add(found, from: spec.origin, to: &bag)
    return false
  }

  private func countRepair(_ spec: LayerSpec, _ sources: [LayerSource]) -> String {
    let names = sources.map { trail.name(of: $0) }
    if spec.inputCount == .one {
      return "join them with a layer such as `- concatenate: {inputs: [\(names.joined(separator: ", "))]}`"
    }
    if names.count == 1 {
      return "name what it reads: `- \(spec.kind): {inputs: [\(earlierName(sources)), \(names[0])]}`"
    }
    return "name \(spec.inputCount.text) in `inputs`"
  }

  /// Something that a merge might read beside what it follows.
  private func earlierName(_ sources: [LayerSource]) -> String {
    guard case .layer(let index)? = sources.first, let earlier = trail.sources[index]?.first else {
      return LayerNames.modelInput
    }
    return trail.name(of: earlier)
  }

  private func totals(_ checked: [CheckedLayer]) -> (all: Int, trainable: Int)? {
    var (all, trainable, values) = (0, 0, 0)
    for layer in checked {
      all += layer.parameterCount
      for parameter in layer.parameters where parameter.isTrainable {
        trainable += SizeLimits.elementCount(parameter.extents) ?? 0
      }
      values += layer.outputType.elementCount
      // Each is at most 2^40, so no sum here can overflow before it is found too large.
      if all > SizeLimits.elements || values > 2 * SizeLimits.elements { return nil }
    }
    return (all, trainable)
  }
}
