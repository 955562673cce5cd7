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
    console.result(loaded.spec.model.summary(style, columns: console.columns) + "\n")
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
    let rows = layers.map { layer in
      SummaryRow(
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
}
