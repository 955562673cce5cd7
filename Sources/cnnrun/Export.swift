import ArgumentParser
import CNNExport
import CNNModel
import CNNReport

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Put a trained model into the formats of other programs.",
    discussion: """
      Takes a run (its directory, or its name among the others) or a file of weights. Whatever is made is read again \
      before it gets its name, and has to give the outputs that cnnrun itself gives: for samples of the run's test or \
      validation data, or for random ones where the data cannot be had. Files go to RUN/export, or beside the file of \
      weights, unless --out says otherwise.

      Formats:
      \(ExportFormat.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))
      """)

  @OptionGroup var trained: TrainedOptions

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      "What to make, with commas between: \(ExportFormat.all.map(\.name).joined(separator: ", ")).",
      valueName: "format,…"))
  var formats: String

  @Option(help: ArgumentHelp("The file to make, or the folder for several.", valueName: "path"), completion: .file())
  var out: String?

  @Flag(help: "Replace files that are there already.")
  var overwrite = false

  @Option(
    name: .customLong("data-dir"), help: ArgumentHelp("Where data sets' files are, to check with.", valueName: "dir"))
  var dataDirectory: String?

  @Option(
    help: ArgumentHelp(
      "ONNX: the version of its operators, \(ExportOptions.opsets.lowerBound) to \(ExportOptions.opsets.upperBound)."))
  var opset = ExportOptions.defaultOpset

  @Option(
    name: .customLong("onnx-layout"),
    help: ArgumentHelp("ONNX: images, the input and an output, as nhwc (batch, height, width, channels) or nchw."))
  var layout = ExportOptions.Layout.nhwc

  @Option(
    name: .customLong("c-name"),
    help: ArgumentHelp("C: what files and functions are called. Default: model.h, functions by the model's name."))
  var cName: String?

  @Flag(name: .customLong("demo-main"), help: "C: also make a program that prints what samples in a file are.")
  var demoMain = false

  @Flag(help: "Print one JSON object instead of a table.")
  var json = false

  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    _ = try chosenFormats()
    if !ExportOptions.opsets.contains(opset) {
      throw ValidationError(
        "--opset takes \(ExportOptions.opsets.lowerBound) to \(ExportOptions.opsets.upperBound), not \(opset)")
    }
    if let cName, !ExportOptions.isCName(cName) {
      throw ValidationError("--c-name takes letters, digits and underscores, the first a letter, not '\(cName)'")
    }
    if let out, out.isEmpty { throw ValidationError("--out takes a path") }
  }

  private var options: ExportOptions {
    var options = ExportOptions()
    options.opset = opset
    options.layout = layout
    options.cName = cName
    options.hasDemo = demoMain
    return options
  }

  private func chosenFormats() throws -> [ExportFormat] {
    var chosen: [ExportFormat] = []
    for word in formats.split(separator: ",", omittingEmptySubsequences: false) {
      guard let format = ExportFormat.named(String(word)) else {
        throw ValidationError(
          "--to takes \(ExportFormat.all.map(\.name).joined(separator: ", ")), with commas between, not '\(word)'")
      }
      if !chosen.contains(where: { $0.name == format.name }) { chosen.append(format) }
    }
    return chosen
  }

  func run() throws {
    let console = common.console(answersInJSON: json)
    let formats = try chosenFormats()
    let input = try TrainedInput(trained, console: console)
    let place = try ExportPlace(
      out, default: input.exportFolder, names: formats.flatMap { $0.fileNames(options) }, overwrites: overwrite,
      protects: input.weights, console)
    let samples = ExportSource(input).trial(
      dataDirectory: dataDirectory, threads: try machine.threadCount(), kernels: try machine.kernels(), console)
    var report = ExportReport(samples: samples.text, areOfData: samples.areOfData)
    do throws(ExportError) {
      let expected = try samples.trial.outputs(of: input.model)
      for format in formats {
        let export = try CheckedExport(format, of: input.model, options, samples.trial, expected: expected)
        for (path, file) in zip(try place.write(export.files), export.files) {
          report.add(path, file, format, export.check)
        }
      }
    } catch {
      // What was made before it is whole, and stays.
      if !report.isEmpty { console.note(report.text + "\n") }
      console.fail(error.message, help: error.help)
      throw Exit(.failed)
    }
    try console.result((json ? report.json.text : report.text) + "\n")
  }
}

extension ExportOptions.Layout: ExpressibleByArgument {}
