import CNNGraph
import CNNLayers
import CNNReport
import CNNSpec

extension Spec {
  /// Keras's table of the model.
  func summary(_ style: Summary.Style, columns: Int) -> String {
    let model = model.summaryModel(input: style.inputName)
    switch style {
    case .classic: return SummaryTable.classic(model)
    case .keras3: return SummaryTable.keras3(model, columns: columns)
    }
  }

  /// The model, and what its layers cost and see.
  ///
  /// - Parameters:
  ///   - input: what the model's input is called.
  ///   - withFigures: whether costs are asked for; they take a graph of all operations.
  func summaryModel(input: String, withFigures: Bool, memory: [MemoryEstimate]) -> SummaryModel {
    let isComputable = withFigures && model.oversized.isEmpty
    return model.summaryModel(
      input: input, figures: isComputable ? model.figures : nil, flops: isComputable ? CompiledModel(self).flops : nil,
      memory: memory)
  }

  /// The layers as boxes and arrows.
  var diagram: NetworkDiagram {
    let figures = model.oversized.isEmpty ? model.figures : nil
    let input = NetworkDiagram.Node(
      name: LayerNames.modelInput, className: "Input", role: .input, outputShape: model.inputType.extents,
      parameterCount: 0)
    let nodes = model.layers.indices.map { index in
      let layer = model.layers[index]
      let kernel = figures?[index].kernel
      return NetworkDiagram.Node(
        name: layer.spec.name, className: layer.spec.className, role: layer.role(hasWindow: kernel != nil),
        outputShape: layer.outputType.extents, parameterCount: layer.parameterCount,
        kernel: kernel.map { SummarySize(rows: $0.rows, columns: $0.columns) },
        inputs: layer.inputs.map { source in
          switch source {
          case .modelInput: 0
          case .layer(let index): index + 1
          }
        })
    }
    var caption = "\(NumberFormat.grouped(model.parameterCount)) parameters"
    if figures != nil { caption += ", \(NumberFormat.grouped(CompiledModel(self).flops)) FLOPs an image" }
    caption += ", \(NumberFormat.grouped(nodes.count)) layers"
    return NetworkDiagram(name: name, nodes: [input] + nodes, caption: caption)
  }
}

extension CheckedLayer {
  fileprivate func role(hasWindow: Bool) -> NetworkDiagram.Role {
    if parameters.contains(where: { $0.extents.count > 1 }) { return .weights }
    if Set(inputs).count > 1 { return .merge }
    let collapses = inputTypes[0].rank == 3 && outputType.elementCount < inputTypes[0].elementCount
    return hasWindow || collapses ? .window : .function
  }
}

extension CheckedModel {
  /// - Parameter input: Keras's name of a functional model's input layer, which its versions call differently.
  fileprivate func summaryModel(
    input: String, figures: [LayerFigures]? = nil, flops: Int? = nil, memory: [MemoryEstimate] = []
  ) -> SummaryModel {
    let inputRow = SummaryRow(
      name: input, className: "InputLayer", outputShape: inputType.extents, parameterCount: 0, isInput: true)
    let rows = (isSequential ? Array(layers.indices) : kerasOrder).map { index in
      let layer = layers[index]
      return SummaryRow(
        name: layer.spec.name, className: layer.spec.className, outputShape: layer.outputType.extents,
        parameterCount: layer.parameterCount,
        connectedTo: layer.inputs.map { source in
          switch source {
          case .modelInput: input
          case .layer: name(of: source)
          }
        }, figures: figures.map { SummaryFigures($0[index]) })
    }
    return SummaryModel(
      name: name, rows: (isSequential ? [] : [inputRow]) + rows, isSequential: isSequential,
      totalParameters: parameterCount, trainableParameters: trainableParameterCount,
      nonTrainableParameters: nonTrainableParameterCount, flops: flops, memory: memory,
      inputShape: inputType.extents, outputShape: outputType.extents)
  }

  /// The order in which Keras lists the layers of a functional model: those farthest from the output first, and of equal
  /// distance in the order in which a walk from the output, inputs first to last, meets them (`map_graph` of
  /// keras/src/ops/function.py).
  private var kerasOrder: [Int] {
    var depth = [Int](repeating: 0, count: layers.count)
    for index in layers.indices.reversed() {
      for case .layer(let source) in layers[index].inputs { depth[source] = max(depth[source], depth[index] + 1) }
    }
    var visit = [Int?](repeating: nil, count: layers.count)
    var pending = [outputIndex]
    var count = 0
    while let index = pending.popLast() {
      if visit[index] != nil { continue }
      visit[index] = count
      count += 1
      for case .layer(let source) in layers[index].inputs.reversed() { pending.append(source) }
    }
    return layers.indices.sorted { (-depth[$0], visit[$0] ?? $0) < (-depth[$1], visit[$1] ?? $1) }
  }
}

extension SummaryFigures {
  fileprivate init(_ figures: LayerFigures) {
    self.init(
      flops: figures.flops, memory: figures.outputByteCount,
      receptiveField: figures.receptiveField.map {
        SummarySize(rows: $0.rows.pixels, columns: $0.columns.pixels)
      }, kernel: figures.kernel.map { SummarySize(rows: $0.rows, columns: $0.columns) })
  }
}
