internal import CNNDiagnostics
internal import CNNYAML

/// Reads the section `training`.
enum TrainingReader {
  private static let optimizer = Argument<Resolved<OptimizerSpec>>(
    "optimizer", .call(OptimizerKind.self, OptimizerKind.text), doc: "How weights are updated")
  private static let loss = Argument<Resolved<LossSpec>>(
    "loss", .call(LossSpec.LossKind.self, LossSpec.LossKind.text), doc: "What training makes small")
  private static let metrics = Argument<[Located<Resolved<MetricSpec>>]>(
    "metrics", .metrics, default: [], doc: "What is reported beside the loss")
  private static let batchSize = Argument(
    "batch_size", .integer(1...65_536, text: "a positive integer"), default: 32, doc: "Samples a step")
  private static let epochs = Argument(
    "epochs", .integer(1...1_000_000, text: "a positive integer"), default: 1, doc: "Times through the samples")
  private static let shuffle = Argument(
    "shuffle", .boolean, default: true, doc: "Whether each epoch takes the samples in an order of its own")
  private static let seed = Argument("seed", .seed, default: 0, doc: "What all randomness follows from")
  private static let callbacks = Argument<[CallbackReader.Read]>(
    "callbacks", ValueType<CallbackReader.Read>.callbacks, default: [], doc: "What happens between epochs")
  static let arguments: [any ArgumentDescription] = [
    optimizer, loss, metrics, batchSize, epochs, shuffle, seed, callbacks,
  ]
  private static let optional: [ValueSchema.Member] = [
    .init("class_weight", ValueType<ClassWeightSpec>.classWeight.schema, doc: "Factors on the loss by class"),
    .init(
      "initial_weights", ValueType<InitialWeightsSpec>.initialWeights.schema,
      doc: "A file of weights to start from: safetensors, or what Keras saved, `.keras` or `.weights.h5`"),
  ]
  static var schema: ValueSchema { .record(arguments.map { .init($0) } + optional) }

  static func read(_ fields: inout FieldReader) -> TrainingParts {
    fields.reportUnknownKeys(
      Vocabulary(
        arguments, and: optional.map(\.name),
        elsewhere: [
          "learning_rate": "optimizer", "momentum": "optimizer", "weight_decay": "optimizer", "clipnorm": "optimizer",
          "label_smoothing": "loss",
        ]), in: "`training`")
    let optimizer = fields.locate(optimizer)
    let loss = fields.locate(loss)
    let metrics = fields.read(metrics)
    let batchSize = fields.locate(batchSize)
    let epochs = fields.locate(epochs)
    let shuffle = fields.read(shuffle)
    let seed = fields.read(seed)
    let callbacks = fields.read(callbacks)
    let soundCallbacks =
      callbacks ?? fields.soundItems("callbacks", of: ValueType<CallbackReader.Read>.callback).map(\.value)
    checkSchedule(soundCallbacks, &fields)
    let classWeight = fields.locateIfWritten("class_weight", ValueType<ClassWeightSpec>.classWeight)
    let weights = fields.locateIfWritten("initial_weights", ValueType<InitialWeightsSpec>.initialWeights)
    var spec: TrainingSpec?
    if !fields.hasFaults, let optimizer, let loss, let metrics, let batchSize, let epochs, let shuffle, let seed,
      let callbacks
    {
      spec = TrainingSpec(
        optimizer: optimizer.map(\.value), loss: loss.map(\.value), metrics: metrics.map { $0.map(\.value) },
        batchSize: batchSize, epochs: epochs, shuffle: shuffle, seed: seed, initialWeights: weights,
        classWeight: classWeight, callbacks: callbacks.map(\.spec), keySpan: fields.ownerSpan)
    }
    let whole = metrics.map { $0.map { $0.map(\.value) } }
    return TrainingParts(
      spec: spec, loss: loss.map { $0.map(\.value) }, metrics: whole ?? soundMetrics(fields),
      // A misspelt key may be the metrics, so what is measured is not known.
      measuredNames: fields.isMistyped("metrics") ? nil : whole.map { ["loss"] + $0.map(\.value.name) },
      callbacks: soundCallbacks.map(\.spec), classWeight: classWeight)
  }

  private static func soundMetrics(_ fields: FieldReader) -> [Located<MetricSpec>] {
    fields.soundItems("metrics", of: .call(MetricKind.self, MetricKind.text)).map { $0.map(\.value) }
  }

  /// A plateau callback writes the learning rate that a schedule decides; Keras raises at the first reduction.
  private static func checkSchedule(_ callbacks: [CallbackReader.Read], _ fields: inout FieldReader) {
    guard let plateau = callbacks.first(where: { $0.spec.kind == .reduceLROnPlateau })?.spec,
      case .mapping(let kinds)? = fields.entry("optimizer")?.value.content,
      case .mapping(let arguments)? = kinds.first?.value.content,
      let rate = arguments.first(where: { $0.key == "learning_rate" }), case .mapping = rate.value.content
    else { return }
    var bag = DiagnosticBag()
    bag.add(
      Diagnostic(
        SpecCode.plateauWithSchedule, "`reduce_lr_on_plateau` changes a learning rate that a schedule decides",
        at: plateau.keySpan, notes: [.init("the schedule is here", at: rate.keySpan)],
        help: "give `learning_rate` a number, or leave the callback out", path: plateau.path))
    fields.take(bag)
  }
}
