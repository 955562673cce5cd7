internal import CNNDiagnostics
internal import CNNGraph
internal import CNNKernels
internal import CNNLayers
package import CNNModel
internal import CNNSpec

/// An operation that can be written as nodes of ONNX: its inference form, not yet fused with others.
///
/// A new operation that inference needs conforms in one of the files beside this; `ONNXCoverageTests` fail until it
/// does.
protocol ONNXOperation: Operation {
  /// Appends the nodes, and defines the results of `node`.
  func write(_ node: Node, to builder: inout ONNXBuilder)
}

/// The addition of a bias, which convolutions and dense layers of ONNX have within.
protocol BiasAdding {}
extension BiasAddOperation: BiasAdding {}

extension ExportFormat {
  /// ONNX, as ONNX Runtime and many others read it.
  package static let onnx = ExportFormat(
    "onnx", "a model for ONNX Runtime and whatever else reads ONNX", files: { _ in ["model.onnx"] },
    make: { model, options throws(ExportError) in
      [ExportedFile(name: "model.onnx", bytes: try ONNXModel(model, options).encoded())]
    },
    readBack: { files, model, trial, options throws(ExportError) in
      try ONNXReadBack.run(files[0].bytes, model, trial, options)
    })
}

extension ONNXModel {
  /// The model in inference, behind what `data` does to its samples: raw values go in.
  init(_ model: TrainedModel, _ options: ExportOptions) throws(ExportError) {
    let graph = EliminateDeadNodes().run(CompiledModel(model.spec).forward(.inference))
    guard let input = graph.values.firstIndex(where: { $0.origin == .input(.samples) }),
      let output = graph.outputs.first
    else { preconditionFailure("a model has an input and an output") }
    let (inputID, outputID) = (ValueID(index: input), output)
    var builder = ONNXBuilder(graph, weights: model.weights, opset: options.opset)
    let inputName = builder.uniqueName(Self.inputName)
    let outputName = builder.uniqueName(Self.outputName(of: graph))

    let inputLayout = options.onnxLayout(of: graph[inputID].type)
    builder.define(inputID, inputLayout, as: inputName)
    try builder.writeNodes()
    let outputLayout = options.onnxLayout(of: graph[outputID].type)
    builder.name(builder.operand(outputID, outputLayout), outputName)

    self.graph = builder.finished(
      name: model.spec.model.name,
      input: ONNXValueInfo(name: inputName, extents: inputLayout.extents(of: graph[inputID].type)),
      output: ONNXValueInfo(name: outputName, extents: outputLayout.extents(of: graph[outputID].type)))
    opset = options.opset
    metadata = Self.metadata(model, options)
  }

  static let inputName = "input"

  /// `probabilities` of a softmax at the end, else `output`.
  private static func outputName(of graph: Graph) -> String {
    graph.nodes.last { $0.results == [graph.outputs[0]] }?.operation is SoftmaxOperation ? "probabilities" : "output"
  }

  private static func metadata(_ model: TrainedModel, _ options: ExportOptions) -> [ONNXProperty] {
    let scale = model.spec.data?.rescale?.value
    let hash = CRC32C.of(Array(model.resolved.utf8))
    let digits = String(hash, radix: 16)
    return [
      ONNXProperty(key: "class_names", value: JSONText.array(model.classNames.map(JSONText.string)).text),
      ONNXProperty(
        key: "preprocessing",
        value: JSONText.object([
          "layout": .string(options.layout.rawValue), "rescale": scale.map(JSONText.number) ?? .number(1),
          "rescale_is_in_the_graph": .bool(true),
        ]).text),
      ONNXProperty(key: "spec", value: model.resolved),
      ONNXProperty(
        key: "spec_crc32c", value: String(repeating: "0", count: max(0, 8 - digits.utf8.count)) + digits),
    ]
  }
}

extension ExportOptions {
  /// How an input or output lies: images alone have a choice.
  func onnxLayout(of type: TensorType) -> ONNXLayout {
    layout == .nchw && type.rank == 3 ? .channelsFirst(type.extents) : .rowMajor
  }
}

extension ONNXLayout {
  func extents(of type: TensorType) -> [Int] {
    switch self {
    case .rowMajor: type.extents
    case .channelsFirst(let image): type.rank == 3 ? [image[2], image[0], image[1]] : type.extents
    }
  }

  /// The axis of ONNX's array for an extent of ours; the batch is axis 0.
  func axis(_ index: Int) -> Int {
    switch self {
    case .rowMajor: index + 1
    // H, W, C stand at 2, 3, 1.
    case .channelsFirst: [2, 3, 1][index]
    }
  }
}
