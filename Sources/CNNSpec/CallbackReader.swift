internal import CNNDiagnostics
internal import CNNYAML

/// Reads `training.callbacks`: `early_stopping`, `{early_stopping: {patience: 5}}`.
enum CallbackReader {
  private static let monitor = Argument<String>(
    "monitor", .text("the name of a metric"), default: "val_loss", doc: "The metric that decides")
  private static let mode = Argument<CallbackSpec.Mode>(
    "mode", .word(), default: .auto, doc: "Whether the metric is to fall or to rise; `auto` goes by its name")
  private static func minDelta(_ standard: Double) -> Argument<Double> {
    Argument(
      "min_delta", .number(), default: standard,
      doc: "Improvements up to this do not count; a negative one counts by its size")
  }
  private static func patience(_ standard: Int) -> Argument<Int> {
    Argument(
      "patience", .integer(0...1_000_000, text: "a number of epochs"), default: standard,
      doc: "Epochs without improvement before it acts")
  }
  private static let baseline = Argument<Double?>(
    "baseline", .optional(.number()), default: .some(nil), doc: "What the metric must beat to count as improved")
  private static let restores = Argument(
    "restore_best_weights", .boolean, default: false, doc: "Whether training ends with the best epoch's weights")
  private static let start = Argument(
    "start_from_epoch", .integer(0...1_000_000, text: "a number of epochs"), default: 0,
    doc: "Epochs that are not looked at")
  private static let factor = Argument(
    "factor", .number(NumberRange(from: 0, includingMinimum: false, to: 1, includingMaximum: false)), default: 0.1,
    doc: "What the learning rate is multiplied by")
  private static let cooldown = Argument(
    "cooldown", .integer(0...1_000_000, text: "a number of epochs"), default: 0,
    doc: "Epochs after a reduction that do not count")
  private static let minRate = Argument(
    "min_lr", .number(.notNegative), default: 0, doc: "The learning rate does not fall below this")
  private static let file = Argument<FileNamePattern>(
    "path", .fileName,
    doc: "The file, below the run directory: `best`, or with numbers, `{epoch:02d}-{val_loss:.2f}.safetensors`")
  private static let folder = Argument<String>(
    "path", .outputPath, default: "logs", doc: "The folder, below the run directory")
  private static let log = Argument<String>(
    "path", .outputPath, default: "training.csv", doc: "The file, below the run directory")
  private static let bestOnly = Argument(
    "save_best_only", .boolean, default: false, doc: "Whether only an improvement is saved")
  private static let weightsOnly = Argument(
    "save_weights_only", .boolean, default: false, doc: "Whether the file holds weights alone, without the spec")
  private static let saveFrequency = Argument<CallbackSpec.Frequency>(
    "save_freq", .frequency(), default: .epoch, doc: "After each epoch, or after so many steps")
  private static let threshold = Argument<Double?>(
    "initial_value_threshold", .optional(.number()), default: .some(nil), doc: "What the first value must beat")
  private static let separator = Argument<String>(
    "separator", .separator, default: ",", doc: "What stands between the fields of a line")
  private static let appends = Argument(
    "append", .boolean, default: false, doc: "Whether an old file is kept; in a new run directory there is none")
  private static let updateFrequency = Argument<CallbackSpec.Frequency>(
    "update_freq", .frequency(hasBatch: true), default: .epoch,
    doc: "When running means are written: after each epoch, each `batch`, or so many steps")
  private static let histogramFrequency = Argument(
    "histogram_freq", .integer(0...1_000_000, text: "a number of epochs"), default: 0,
    doc: "Epochs between histograms of the weights; 0 for none")
  private static let stepsPerSecond = Argument(
    "write_steps_per_second", .boolean, default: false, doc: "Whether the speed is written too")

  static func arguments(_ kind: CallbackSpec.Kind) -> [any ArgumentDescription] {
    switch kind {
    case .earlyStopping: [monitor, minDelta(0), patience(0), mode, baseline, restores, start]
    case .reduceLROnPlateau: [monitor, factor, patience(10), mode, minDelta(1e-4), cooldown, minRate]
    case .modelCheckpoint: [file, monitor, bestOnly, weightsOnly, mode, saveFrequency, threshold]
    case .terminateOnNaN: []
    case .tensorBoard: [folder, histogramFrequency, stepsPerSecond, updateFrequency]
    case .csvLogger: [log, separator, appends]
    }
  }

  fileprivate static func mainArgument(_ kind: CallbackSpec.Kind) -> String? {
    switch kind {
    case .earlyStopping, .reduceLROnPlateau: "patience"
    case .modelCheckpoint, .tensorBoard, .csvLogger: "path"
    case .terminateOnNaN: nil
    }
  }

  fileprivate static func read(_ kind: CallbackSpec.Kind, _ call: Call, into reader: inout ValueReader) -> Read? {
    guard var fields = call.fields(mainArgument(kind), into: &reader) else { return nil }
    defer { reader.take(fields.bag) }
    fields.reportUnknownKeys(Vocabulary(arguments(kind), mainKey: mainArgument(kind)))
    guard let spec = read(kind, call, &fields), !fields.hasFaults else { return nil }
    return Read(spec: spec, resolved: fields.resolved)
  }

  /// Reads all keys, in the order of `arguments`, before it gives up on one.
  private static func read(_ kind: CallbackSpec.Kind, _ call: Call, _ fields: inout FieldReader) -> CallbackSpec? {
    func spec(
      _ settings: CallbackSpec.Settings, monitor: Located<String>? = nil, mode: CallbackSpec.Mode? = nil,
      patience: Located<Int>? = nil, file: Located<String>? = nil, _ fields: FieldReader
    ) -> CallbackSpec {
      CallbackSpec(
        kind: kind, keySpan: call.nameSpan, monitor: monitor, mode: mode ?? .auto, patience: patience, file: file,
        settings: settings, path: fields.path)
    }
    switch kind {
    case .earlyStopping:
      let monitor = fields.locate(monitor)
      let delta = fields.read(minDelta(0))
      let patience = fields.locate(patience(0))
      let mode = fields.read(mode)
      let (baseline, restores, start) = (fields.read(baseline), fields.read(restores), fields.read(start))
      guard let delta, let baseline, let restores, let start else { return nil }
      let settings = CallbackSpec.EarlyStopping(
        minDelta: delta, baseline: baseline, restoresBestWeights: restores, startFromEpoch: start)
      return spec(.earlyStopping(settings), monitor: monitor, mode: mode, patience: patience, fields)
    case .reduceLROnPlateau:
      let monitor = fields.locate(monitor)
      let factor = fields.read(factor)
      let patience = fields.locate(patience(10))
      let mode = fields.read(mode)
      let (delta, cooldown, rate) = (fields.read(minDelta(1e-4)), fields.read(cooldown), fields.read(minRate))
      guard let factor, let delta, let cooldown, let rate else { return nil }
      let settings = CallbackSpec.Plateau(factor: factor, minDelta: delta, minRate: rate, cooldown: cooldown)
      return spec(.reduceLROnPlateau(settings), monitor: monitor, mode: mode, patience: patience, fields)
    case .modelCheckpoint:
      let file = fields.locate(file)
      var monitor = fields.locate(monitor)
      let (bestOnly, weightsOnly) = (fields.read(bestOnly), fields.read(weightsOnly))
      let mode = fields.read(mode)
      let (frequency, threshold) = (fields.read(saveFrequency), fields.read(threshold))
      guard let file, let bestOnly, let weightsOnly, let frequency, let threshold else { return nil }
      // A checkpoint of every epoch looks at no metric.
      if !bestOnly, monitor?.isWritten == false { monitor = nil }
      let settings = CallbackSpec.Checkpoint(
        name: file.value, savesBestOnly: bestOnly, savesWeightsOnly: weightsOnly, frequency: frequency,
        initialThreshold: threshold)
      return spec(.modelCheckpoint(settings), monitor: monitor, mode: mode, file: file.map(\.text), fields)
    case .terminateOnNaN: return spec(.terminateOnNaN, fields)
    case .tensorBoard:
      let folder = fields.locate(folder)
      let (histograms, speed) = (fields.read(histogramFrequency), fields.read(stepsPerSecond))
      guard let frequency = fields.read(updateFrequency), let histograms, let speed else { return nil }
      let settings = CallbackSpec.TensorBoard(
        frequency: frequency, histogramFrequency: histograms, writesStepsPerSecond: speed)
      return spec(.tensorBoard(settings), file: folder, fields)
    case .csvLogger:
      let file = fields.locate(log)
      let separator = fields.read(separator)
      guard fields.read(appends) != nil, let separator else { return nil }
      return spec(.csvLogger(separator: separator), file: file, fields)
    }
  }

  /// A callback, and how the resolved spec writes it.
  struct Read: Sendable {
    var spec: CallbackSpec
    var resolved: [YAMLEntry]
  }
}

extension ValueType where Value == CallbackSpec.Frequency {
  /// `epoch`, or a number of steps.
  /// - Parameter hasBatch: whether `batch` stands for one step.
  fileprivate static func frequency(hasBatch: Bool = false) -> ValueType {
    let words = ["epoch"] + (hasBatch ? ["batch"] : [])
    let steps = ValueType<Int>.integer(1...1_000_000_000, text: "a number of steps")
    let text = words.map { "`\($0)`" }.joined(separator: ", ") + " or a number of steps"
    return ValueType(
      text, schema: .oneOf([.words(words), steps.schema]),
      read: { node, reader in
        guard let scalar = node.scalar, !scalar.text.isEmpty else {
          reader.reportWrongType(node, expected: text)
          return nil
        }
        if words.contains(scalar.text) { return scalar.text == "epoch" ? .epoch : .steps(1) }
        if scalar.text.unicodeScalars.allSatisfy({ $0.properties.isAlphabetic }) {
          reader.reportUnknownWord(node, scalar.text, among: words)
          return nil
        }
        return steps.read(node, &reader).map { .steps($0) }
      },
      write: { frequency in
        switch frequency {
        case .epoch: .plain("epoch")
        case .steps(let steps): .integer(steps)
        }
      })
  }
}

extension ValueType where Value == String {
  /// One character between fields.
  fileprivate static var separator: ValueType {
    let text = "one character"
    let any = ValueType<String>.text(text, byteCount: 4)
    return ValueType(
      text, schema: .pattern("^[^\"\\r\\n]$", among: .any),
      read: { node, reader in
        guard let separator = any.read(node, &reader) else { return nil }
        if separator.count == 1, !["\"", "\n", "\r", "\r\n"].contains(separator) { return separator }
        reader.reportWrongType(node, expected: text)
        return nil
      },
      write: { .text($0) })
  }
}

extension ValueType where Value == CallbackReader.Read {
  static var callback: ValueType {
    let kinds = CallbackSpec.Kind.allCases
    let text = "a callback such as `early_stopping` or `{early_stopping: {patience: 5}}`"
    return ValueType(
      text,
      schema: .oneOf([
        .words(kinds.filter { !CallbackReader.arguments($0).contains { $0.defaultNode == nil } }.map(\.rawValue)),
        .choice(
          kinds.map { kind in
            let arguments = CallbackReader.arguments(kind)
            let main = arguments.first { $0.name == CallbackReader.mainArgument(kind) }
            let record = ValueSchema.record(arguments.map { .init($0) })
            return .init(kind.rawValue, main.map { .oneOf([$0.schema, record]) } ?? record)
          }),
      ]),
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        // Behind a word that is nearly one, arguments are read all the same.
        let meant =
          CallbackSpec.Kind(rawValue: call.name)
          ?? reader.reportUnknownWord(
            call.nameNode, call.name, among: kinds.map(\.rawValue),
            aliases: [
              "earlystopping": "early_stopping", "reducelronplateau": "reduce_lr_on_plateau",
              "modelcheckpoint": "model_checkpoint", "checkpoint": "model_checkpoint", "csvlogger": "csv_logger",
              "terminateonnan": "terminate_on_nan",
            ], isName: true
          ).flatMap(CallbackSpec.Kind.init)
        guard let kind = meant else { return nil }
        return CallbackReader.read(kind, call, into: &reader)
      },
      write: { .record([($0.spec.kind.rawValue, YAMLNode(.mapping($0.resolved), span: .nowhere))]) })
  }

  /// A list of callbacks, each at most once, or one alone.
  static var callbacks: ValueType<[CallbackReader.Read]> {
    let item = ValueType<CallbackReader.Read>.callback
    let text = "a list of callbacks"
    return ValueType<[CallbackReader.Read]>(
      text, schema: .sequence(of: item.schema, counts: 0...64),
      read: { node, reader in
        guard case .sequence(let nodes) = node.content else {
          reader.reportWrongType(node, expected: text, help: "begin each with a dash: `- early_stopping`")
          return nil
        }
        guard nodes.count <= 64 else {
          reader.report(
            SpecCode.wrongLength, "`callbacks` has \(nodes.count) items, and may have 64", at: node.span)
          return nil
        }
        reader.isItem = true
        let items = nodes.map { item.read($0, &reader) }
        reader.isItem = false
        let whole = items.compactMap(\.self)
        reportSharedFiles(whole.map(\.spec), &reader)
        return whole.count == items.count ? whole : nil
      },
      write: { .list($0.map(item.write)) })
  }

  /// Two callbacks that write the same file.
  private static func reportSharedFiles(_ callbacks: [CallbackSpec], _ reader: inout ValueReader) {
    var files: [String: Located<String>] = [:]
    for callback in callbacks {
      guard let file = callback.file else { continue }
      let plain = file.value.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
      if let other = files[plain] {
        reader.report(
          SpecCode.callbackFile, "`\(file.value)` is written by two callbacks",
          at: file.isWritten ? file.span : callback.keySpan, notes: [.init("the other one is here", at: other.span)],
          help: "give each a `path` of its own")
      } else {
        files[plain] = file
      }
    }
  }
}
