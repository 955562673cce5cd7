package import CNNModel

/// A format that models are put into: one row of the table of `cnnrun export`.
///
/// What it makes is never believed: `readBack` takes the bytes alone, as a stranger's program would, and what comes out
/// for real samples is held against our own predictions before the files get their names (`CheckedExport`).
package struct ExportFormat: Sendable {
  /// What `--to` calls it: `onnx`.
  package let name: String
  /// What is made, in a few words, for the help.
  package let summary: String
  /// The files that `make` will give, in its order, without a folder: what is already there is found out before any work.
  package let fileNames: @Sendable (ExportOptions) -> [String]
  /// The largest difference of an output that is accepted, of outputs up to 1; in proportion for larger ones.
  package let bound: Float
  package let make: @Sendable (TrainedModel, ExportOptions) throws(ExportError) -> [ExportedFile]
  package let readBack:
    @Sendable ([ExportedFile], TrainedModel, ExportTrial, ExportOptions) throws(ExportError) -> ReadBack

  /// - Parameters:
  ///   - make: the files' bytes; the same for the same model.
  ///   - readBack: reads the files' bytes again and runs the trial's samples through what they hold.
  package init(
    _ name: String, _ summary: String, files fileNames: @escaping @Sendable (ExportOptions) -> [String],
    bound: Float = 1e-5,
    make: @escaping @Sendable (TrainedModel, ExportOptions) throws(ExportError) -> [ExportedFile],
    readBack:
      @escaping @Sendable ([ExportedFile], TrainedModel, ExportTrial, ExportOptions) throws(ExportError) -> ReadBack
  ) {
    self.name = name
    self.summary = summary
    self.fileNames = fileNames
    self.bound = bound
    self.make = make
    self.readBack = readBack
  }

  /// Every format that there is; a new one adds a line.
  package static let all: [ExportFormat] = [
    .onnx,
    .safetensors,
    .npz,
    .keras,
    .kerasWeights,
    .c,
  ]

  package static func named(_ name: String) -> ExportFormat? { all.first { $0.name == name } }
}

/// What a person may choose of formats; each format takes what concerns it.
package struct ExportOptions: Sendable, Equatable {
  /// Of ONNX: the version of the set of operators.
  package var opset = Self.defaultOpset
  /// Of ONNX: how its input is laid out.
  package var layout = Layout.nhwc
  /// Of C: what functions and files are called; `nil` for the model's name.
  package var cName: String?
  /// Of C: whether a program to try the model with is made, too.
  package var hasDemo = false

  package static let defaultOpset = 17
  package static let opsets = 13...21

  /// The order of an image's axes.
  package enum Layout: String, Sendable, CaseIterable {
    /// Batch, height, width, channels: as Keras and this program have images.
    case nhwc
    /// Batch, channels, height, width: as PyTorch has them.
    case nchw
  }

  package init() {}
}

/// What came out of files that were read again.
package struct ReadBack: Sendable, Equatable {
  /// Who read them, for the report: `the reader of safetensors`.
  package let reader: String
  /// The outputs of the trial's first samples, row after row: as many samples as were tried, at least one.
  package let outputs: [Float]

  /// Why nothing could be read again, if so.
  package let unchecked: String?

  package init(reader: String, outputs: [Float]) {
    self.reader = reader
    self.outputs = outputs
    unchecked = nil
  }

  /// This machine cannot tell what the files give, and `reason` says why.
  package init(unchecked reason: String) {
    reader = "nobody"
    outputs = []
    unchecked = reason
  }
}
