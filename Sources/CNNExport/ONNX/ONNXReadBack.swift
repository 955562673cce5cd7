internal import CNNLayers
internal import CNNModel

/// Reads an exported model again and computes with it.
enum ONNXReadBack {
  private static let mostSamples = 4
  /// Operations of all samples: a few seconds of plain loops.
  private static let budget = 4e9

  static func run(
    _ bytes: [UInt8], _ model: TrainedModel, _ trial: ExportTrial, _ options: ExportOptions
  ) throws(ExportError) -> ReadBack {
    let flops = CompiledModel(model.spec).flops
    let count = ExportTrial.count(
      flops: flops, budget: budget, atMost: min(mostSamples, trial.samples.count))
    var interpreter = ONNXInterpreter(try ONNXModel(decoding: bytes))
    let input = model.spec.model.inputType
    var values = trial.values(ofFirst: count)
    if case .channelsFirst(let image) = options.onnxLayout(of: input) {
      values = Permutation([0, 3, 1, 2], of: [count] + image).apply(values)
    }
    let result = try interpreter.run(values, count: count)
    var outputs = result.values
    if case .channelsFirst = options.onnxLayout(of: model.spec.model.outputType) {
      outputs = Permutation([0, 2, 3, 1], of: result.extents).apply(outputs)
    }
    return ReadBack(reader: "interpreter of ONNX", outputs: outputs)
  }
}
