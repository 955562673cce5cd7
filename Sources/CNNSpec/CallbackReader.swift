internal import CNNDiagnostics
internal import CNNYAML

/// Reads `training.callbacks`: `early_stopping`, `{early_stopping: {patience: 5}}`.
enum CallbackReader {
  private static let monitor = Argument<String>(
    "monitor", .text("the name of a metric"), default: "val_loss", doc: "The metric that decides")
  private static let mode = Argument<CallbackSpec.Mode>(
    "mode", .word(), default: .auto, doc: "Whether the metric is to fall or to rise; `auto` goes by its name")
  private static func minDelta(_ standard: Double) -> Argument<Double> {
    Argument("min_delta", .number(.notNegative), default: standard, doc: "Improvements up to this do not count")
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
  private static let path = Argument<String>("path", .path, doc: "Where the file goes, beside the spec")
  private static let folder = Argument<String>("path", .path, default: "logs", doc: "Where the files go")
  private static let log = Argument<String>("path", .path, default: "training.csv", doc: "Where the file goes")
  private static let bestOnly = Argument(
    "save_best_only", .boolean, default: false, doc: "Whether only an improvement is saved")
  private static let weightsOnly = Argument(
    "save_weights_only", .boolean, default: false, doc: "Whether weights alone are saved")
  private static let appends = Argument("append", .boolean, default: false, doc: "Whether an old file is kept")

  static func arguments(_ kind: CallbackSpec.Kind) -> [any ArgumentDescription] {
    switch kind {
    case .earlyStopping: [monitor, minDelta(0), patience(0), mode, baseline, restores, start]
    case .reduceLROnPlateau: [monitor, factor, patience(10), mode, minDelta(1e-4), cooldown, minRate]
    case .modelCheckpoint: [path, monitor, bestOnly, weightsOnly, mode]
    case .terminateOnNaN: []
    case .tensorBoard: [folder]
    case .csvLogger: [log, appends]
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
    let arguments = arguments(kind)
    fields.reportUnknownKeys(Vocabulary(arguments, mainKey: mainArgument(kind)))
    var spec = CallbackSpec(kind: kind, keySpan: call.nameSpan, path: fields.path)
    // All are read, so that each fault is told; only what decides about training is kept.
    var isMonitored = true
    for argument in arguments {
      switch argument.name {
      case "monitor": spec.monitor = fields.locate(monitor)
      case "mode": spec.mode = fields.read(mode) ?? .auto
      case "save_best_only": isMonitored = fields.read(bestOnly) ?? true
      case "patience": spec.patience = fields.locate(patience(kind == .earlyStopping ? 0 : 10))
      default: argument.readAndDrop(&fields)
      }
    }
    // A checkpoint of every epoch looks at no metric.
    if !isMonitored, spec.monitor?.isWritten == false { spec.monitor = nil }
    return fields.hasFaults ? nil : Read(spec: spec, resolved: fields.resolved)
  }

  /// A callback, and how the resolved spec writes it.
  struct Read: Sendable {
    var spec: CallbackSpec
    var resolved: [YAMLEntry]
  }
}

extension ArgumentDescription {
  /// Reads the value for its faults and for the resolved spec.
  fileprivate func readAndDrop(_ fields: inout FieldReader) {
    if let argument = self as? any ReadableArgument { argument.readWhatItIs(&fields) }
  }
}

private protocol ReadableArgument { func readWhatItIs(_ fields: inout FieldReader) }
extension Argument: ReadableArgument {
  fileprivate func readWhatItIs(_ fields: inout FieldReader) { _ = fields.read(self) }
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
        guard let kind = CallbackSpec.Kind(rawValue: call.name) else {
          reader.reportUnknownWord(
            call.nameNode, call.name, among: kinds.map(\.rawValue),
            aliases: [
              "earlystopping": "early_stopping", "reducelronplateau": "reduce_lr_on_plateau",
              "modelcheckpoint": "model_checkpoint", "checkpoint": "model_checkpoint", "csvlogger": "csv_logger",
              "terminateonnan": "terminate_on_nan",
            ], isName: true)
          return nil
        }
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
        return whole.count == items.count ? whole : nil
      },
      write: { .list($0.map(item.write)) })
  }
}
