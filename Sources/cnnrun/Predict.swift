import ArgumentParser
import CNNData
import CNNFiles
import CNNKernels
import CNNModel
import CNNReport
import CNNSpec

struct Predict: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Tell what images show, or what a model says of arrays.",
    discussion: """
      Takes PNG and JPEG files, folders of them (also of folders, in the order of their names), NumPy arrays (.npy, .npz, \
      of an archive with several `FILE:ARRAY`), IDX files, gzipped or not, and - for one of these from stdin. Images are \
      brought to the model's size and color mode as in training; arrays are taken as they are. All that is done to values \
      first, and the names of the classes, come with the weights. A path that begins with a dash goes behind --, as in \
      `cnnrun predict latest -- -1.png`.

      What cannot be read is told by name, the rest is predicted, and the exit status is 3. A sample's prediction has the \
      same bits alone, in any batch and in any order. Confidences are the probabilities that the model gives; those of an \
      imported model that ends in logits, and whose classes have names, are their softmax, of one value the sigmoid.
      """)

  @OptionGroup var trained: TrainedOptions

  @ArgumentParser.Argument(
    help: "Images, folders, arrays, or - for stdin; one that begins with a dash behind --.", completion: .file())
  var paths: [String]

  @Option(help: ArgumentHelp("How many classes to tell of each sample.", valueName: "n"))
  var top = 3

  @Option(help: "text, json or csv.")
  var format: PredictionWriter.Format?

  @Flag(help: "The same as --format json.")
  var json = false

  @Flag(help: "The same as --format csv.")
  var csv = false

  @Option(
    name: .customLong("batch-size"),
    help: ArgumentHelp("Samples computed at once; never changes a result. Default: 64, or what fits.", valueName: "n"))
  var batchSize: Int?

  @OptionGroup var machine: MachineOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if paths.isEmpty { throw ValidationError("name what is to be predicted: images, folders, arrays, or -") }
    if !(1...65_536).contains(top) { throw ValidationError("--top takes 1 to 65536, not \(top)") }
    if let batchSize, !(1...65_536).contains(batchSize) {
      throw ValidationError("--batch-size takes 1 to 65536, not \(batchSize)")
    }
    let asked = [format, json ? .json : nil, csv ? .csv : nil].compactMap(\.self)
    if Set(asked).count > 1 { throw ValidationError("one format at a time: --format, --json or --csv") }
    if paths.count(where: { $0 == SampleReader.standardInput }) > 1 {
      throw ValidationError("stdin can be read once: - stands twice")
    }
  }

  func run() throws {
    let format = format ?? (json ? .json : csv ? .csv : .text)
    let console = common.console(answersInJSON: format == .json)
    let kernels = try machine.kernels()
    let threads = try machine.threadCount()
    let input = try TrainedInput(trained, console: console)
    let prediction = Prediction(
      input: input, format: format, top: top, batchSize: batchSize, threads: threads, kernels: kernels,
      console: console)
    let failures = try prediction.run(paths)
    if failures > 0 { throw Exit(.failed) }
  }
}

extension PredictionWriter.Format: ExpressibleByArgument {}
