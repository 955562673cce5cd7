import ArgumentParser
import CNNReport
import CNNSpec

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print the model as Keras prints it; trains nothing and needs no data.")

  enum Style: String, CaseIterable, ExpressibleByArgument { case classic, keras3 }

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String

  @Option(help: "classic, as Keras printed it up to TensorFlow 2.6, or keras3, the boxed one.")
  var style = Style.classic

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    let console = common.console
    let loaded = try SpecInput(spec, console: console).load(specOptions, sections: .model, console: console)
    try console.result(loaded.spec.model.summary(style, columns: console.columns) + "\n")
  }
}

extension CheckedModel {
  func summary(_ style: Summary.Style, columns: Int) -> String {
    switch style {
    case .classic: SummaryTable.classic(summaryModel(input: "input_1"))
    case .keras3: SummaryTable.keras3(summaryModel(input: "input_layer"), columns: columns)
    }
  }

  /// - Parameter input: Keras's name of a functional model's input layer, which its versions call differently.
  private func summaryModel(input: String) -> SummaryModel {
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
        })
    }
    return SummaryModel(
      name: name, rows: (isSequential ? [] : [inputRow]) + rows, isSequential: isSequential,
      totalParameters: parameterCount, trainableParameters: trainableParameterCount,
      nonTrainableParameters: nonTrainableParameterCount)
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
