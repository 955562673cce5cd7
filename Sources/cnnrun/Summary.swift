import ArgumentParser
import CNNDiagnostics
import CNNLayers
import CNNReport
import CNNSession
import CNNSpec

struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "summary",
    abstract: "Print the model as Keras prints it, as data or as a picture; trains nothing and needs no data.",
    discussion: """
      Without options, the table is Keras's byte for byte. FLOPs count a multiply-add as two, for the prediction of \
      one image, taps in the padding included. Memory in a column is that of a layer's output for one image; \
      --batch and --memory say what a run takes for a whole batch beside the program and the samples: what the planner \
      lays out, and copies of the weights.

      Pictures: cnnrun summary SPEC --format svg > model.svg
      """)

  enum Style: String, CaseIterable, ExpressibleByArgument { case classic, keras3 }
  enum Format: String, CaseIterable, ExpressibleByArgument { case text, json, markdown, dot, mermaid, svg }

  @ArgumentParser.Argument(help: "The spec, or - for stdin.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var spec: String

  @Option(help: "classic, as Keras printed it up to TensorFlow 2.6, or keras3, the boxed one. Default: classic.")
  var style: Style?

  @Option(
    help: ArgumentHelp(
      "Columns beside Keras's three, in this order: flops, memory, receptive_field, kernel, connected_to.",
      valueName: "a,b,…"), transform: Self.columns)
  var columns: [SummaryColumn]?

  @Option(help: "text, json for tools, markdown, or a picture: dot for Graphviz, mermaid, svg.")
  var format = Format.text

  @Option(
    name: [.customLong("batch"), .customLong("batch-size")],
    help: ArgumentHelp(
      "Print the memory that a batch of so many images takes. Default: the spec's batch_size, or 32.", valueName: "n"))
  var batch: Int?

  @Option(
    help: ArgumentHelp(
      """
      Print the largest batch that fits this much memory, as `cnnrun run --memory` has it: 64MiB, in KiB, MiB, GiB, kB, \
      MB, GB or bytes.
      """,
      valueName: "amount"))
  var memory: MemoryAmount?

  @OptionGroup var specOptions: SpecOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let batch, !MemoryPrediction.batches.contains(batch) {
      throw ValidationError("--batch takes 1 to \(MemoryPrediction.batches.upperBound), not \(batch)")
    }
    if style != nil, format != .text { throw ValidationError(idle("--style", "is for --format text")) }
    let isPicture = [.dot, .mermaid, .svg].contains(format)
    if columns != nil, isPicture || format == .json {
      throw ValidationError(idle("--columns", isPicture ? "is for tables" : "is for tables: json has every one"))
    }
    if batch != nil, isPicture { throw ValidationError(idle("--batch", "is for tables and json")) }
    if memory != nil, isPicture { throw ValidationError(idle("--memory", "is for tables and json")) }
  }

  private func idle(_ option: String, _ reason: String) -> String {
    "\(option) has no effect on --format \(format.rawValue): it \(reason)"
  }

  private var tableStyle: Style { style ?? .classic }

  func run() throws {
    let console = common.console
    let loaded = try SpecInput(spec, console: console).load(specOptions, sections: .model, console: console)
    let spec = loaded.spec
    let asksForMemory = batch != nil || memory != nil
    if asksForMemory { try loaded.checkSize(console: console) }
    switch format {
    case .dot: try console.result(spec.diagram.dot + "\n")
    case .mermaid: try console.result(spec.diagram.mermaid + "\n")
    case .svg: try console.result(spec.diagram.svg + "\n")
    case .json:
      let memory = spec.model.oversized.isEmpty ? try estimates(spec) : []
      let model = spec.summaryModel(input: LayerNames.modelInput, withFigures: true, memory: memory)
      try console.result(model.json(toolVersion: cnnrunVersion).text + "\n")
    case .markdown:
      let model = spec.summaryModel(
        input: LayerNames.modelInput, withFigures: true, memory: asksForMemory ? try estimates(spec) : [])
      try console.result(model.markdown(columns: shownColumns(model)) + memoryText(model, isMarkdown: true) + "\n")
    case .text:
      var text = try text(spec, columns: console.columns, asksForMemory: asksForMemory)
      text += "\n"
      try console.result(text)
    }
  }

  private func text(_ spec: Spec, columns width: Int, asksForMemory: Bool) throws -> String {
    let memory = asksForMemory ? try estimates(spec) : []
    let model = spec.summaryModel(input: tableStyle.inputName, withFigures: columns != nil, memory: memory)
    var table =
      switch (tableStyle, columns) {
      case (.classic, nil): SummaryTable.classic(model)
      case (.keras3, nil): SummaryTable.keras3(model, columns: width)
      case (.classic, let columns?): SummaryTable.classic(model, columns: columns)
      case (.keras3, let columns?): SummaryTable.keras3(model, columns: columns)
      }
    table += memoryText(model, isMarkdown: false)
    return table
  }

  private func shownColumns(_ model: SummaryModel) -> [SummaryColumn] {
    columns ?? (model.isSequential ? [] : [.connectedTo])
  }

  private func memoryText(_ model: SummaryModel, isMarkdown: Bool) -> String {
    if model.memory.isEmpty { return "" }
    let text = model.memoryText(limit: memory?.byteCount)
    return isMarkdown ? "\n\n```\n\(text)\n```" : "\n" + text
  }

  private func estimates(_ spec: Spec) throws -> [MemoryEstimate] {
    let prediction = MemoryPrediction(
      spec: spec, compiler: Compiler(kernels: try machine.kernels()), threads: try machine.threadCount())
    let batch = batch ?? spec.training?.batchSize.value ?? CompiledModel.defaultBatchSize
    return (spec.training == nil ? [] : [MemoryEstimate.Job.training]).map {
      prediction.estimate($0, batch: batch, limit: memory?.byteCount)
    } + [prediction.estimate(.inference, batch: batch, limit: memory?.byteCount)]
  }

  private static func columns(_ text: String) throws -> [SummaryColumn] {
    var columns: [SummaryColumn] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let word = String(part).trimmingSpaces
      guard let column = SummaryColumn(rawValue: word) else {
        let close = Spelling.closest(to: word, among: SummaryColumn.allCases.map(\.rawValue))
        throw ValidationError(
          "there is no column '\(word)'" + (close.map { "; did you mean '\($0)'?" } ?? "")
            + "; they are \(SummaryColumn.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      if columns.contains(column) { throw ValidationError("column '\(word)' is asked for twice") }
      columns.append(column)
    }
    return columns
  }
}

extension Summary.Style {
  /// Keras's name of a functional model's input layer, which its versions call differently.
  var inputName: String { self == .classic ? "input_1" : "input_layer" }
}

extension String {
  fileprivate var trimmingSpaces: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
