internal import CNNDiagnostics
internal import CNNYAML

/// Reads the section `training`.
enum TrainingReader {
  private static let optimizer = Argument("optimizer", .optimizer, doc: "How weights are updated")
  private static let loss = Argument("loss", .loss, doc: "What training makes small")
  private static let metrics = Argument<[Located<TrainingSpec.Metric>]>(
    "metrics", .places(of: .metric, text: "a list of metrics", atMost: 64, mayBeEmpty: true), default: [],
    doc: "What is reported beside the loss")
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
  static var schema: ValueSchema {
    .record(
      arguments.map { .init($0) } + [
        .init("initial_weights", ValueType<String>.path.schema, doc: "A safetensors file to start from")
      ])
  }
  static let notYet = ["class_weight"]

  static func read(_ fields: inout FieldReader) -> TrainingSpec? {
    fields.reportUnknownKeys(
      Vocabulary(
        arguments, and: ["initial_weights"], notYet: notYet,
        elsewhere: ["learning_rate": "optimizer", "momentum": "optimizer"]), in: "`training`")
    let optimizer = fields.locate(optimizer)
    let loss = fields.locate(loss)
    let metrics = fields.read(metrics)
    let batchSize = fields.locate(batchSize)
    let epochs = fields.locate(epochs)
    let shuffle = fields.read(shuffle)
    let seed = fields.read(seed)
    let callbacks = fields.read(callbacks)
    checkSchedule(callbacks ?? [], &fields)
    let weights = fields.locateIfWritten("initial_weights", ValueType<String>.path)
    guard !fields.hasFaults, let optimizer, let loss, let metrics, let batchSize, let epochs, let shuffle, let seed,
      let callbacks
    else { return nil }
    return TrainingSpec(
      optimizer: optimizer, loss: loss, metrics: metrics.map(\.value), batchSize: batchSize, epochs: epochs,
      shuffle: shuffle, seed: seed, initialWeights: weights,
      callbacks: callbacks.map(\.spec), keySpan: fields.ownerSpan)
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

extension ValueType where Value == TrainingSpec.Loss {
  static var loss: ValueType {
    ValueType<TrainingSpec.Loss>.lossWord.withoutLogits
  }

  /// Keras's `from_logits` is told what takes its place: the model ends in probabilities, and their loss is computed
  /// from the scores before them anyway.
  private var withoutLogits: ValueType {
    let word = self
    return ValueType(
      word.text, schema: word.schema,
      read: { node, reader in
        guard case .mapping(let entries) = node.content, let loss = entries.first,
          case .mapping(let arguments) = loss.value.content,
          let logits = arguments.first(where: { $0.key == "from_logits" }), TrainingSpec.Loss(rawValue: loss.key) != nil
        else { return word.read(node, &reader) }
        let end = loss.key == "binary_crossentropy" ? "sigmoid" : "softmax"
        let isOff = logits.value.scalar?.text == "false"
        reader.report(
          SpecCode.fromLogits, "`loss` is a name alone, and takes no `from_logits`", at: logits.keySpan,
          notes: [.init("the loss of probabilities is computed from the scores before them, as Keras does")],
          help: "write `loss: \(loss.key)`" + (isOff ? "" : ", and end the model with `- activation: \(end)`"),
          fix: isOff ? reader.replacing(node, with: loss.key) : nil)
        return nil
      },
      write: word.write)
  }

  private static var lossWord: ValueType {
    .word(
      aliases: [
        "crossentropy": "categorical_crossentropy", "cross_entropy": "categorical_crossentropy",
        "categorical_cross_entropy": "categorical_crossentropy", "nll": "sparse_categorical_crossentropy",
        "bce": "binary_crossentropy", "binary_cross_entropy": "binary_crossentropy", "mse": "mean_squared_error",
      ]
    ).unless(["mean_absolute_error", "huber", "kl_divergence"])
  }
}

extension ValueType where Value == TrainingSpec.Metric {
  static var metric: ValueType {
    .word(aliases: ["acc": "accuracy"]).unless(["top_k_accuracy", "precision", "recall", "f1", "auc"])
  }
}

extension ValueType {
  /// The same, where words of the language that have no implementation so far are reported as such.
  func unless(_ notYet: [String]) -> ValueType {
    let type = self
    return ValueType(
      text, schema: schema,
      read: { node, reader in
        if let word = node.scalar?.text, notYet.contains(word) {
          reader.take(FieldReader.notSupportedYet("`\(word)`", at: node.span, path: reader.path))
          return nil
        }
        return type.read(node, &reader)
      },
      write: write)
  }
}

extension ValueType where Value == OptimizerSpec {
  /// `adam`, or `{adam: {learning_rate: 0.01}}`.
  static var optimizer: ValueType {
    let kinds = OptimizerKind.allCases.map(\.rawValue)
    let text = ValueReader.alternatives(kinds)
    return ValueType(
      text,
      schema: .oneOf([
        .words(kinds),
        .choice(OptimizerKind.allCases.map { .init($0.rawValue, .record($0.arguments.map { .init($0) })) }),
      ]),
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        if OptimizerKind.notYet.contains(call.name) {
          reader.take(FieldReader.notSupportedYet("`\(call.name)`", at: call.nameSpan, path: reader.path))
          return nil
        }
        guard let kind = OptimizerKind(rawValue: call.name) else {
          reader.reportUnknownWord(
            call.nameNode, call.name, among: kinds, isName: call.argument != nil)
          return nil
        }
        guard var fields = call.fields(nil, into: &reader) else { return nil }
        defer { reader.take(fields.bag) }
        fields.reportUnknownKeys(Vocabulary(kind.arguments, notYet: OptimizerKind.notYetArguments))
        return kind.read(&fields)
      },
      write: { OptimizerKind.write($0) })
  }
}

/// Optimizers by name, with Keras's arguments and defaults.
enum OptimizerKind: String, CaseIterable, Sendable {
  case adam, sgd

  static let notYet = ["rmsprop", "adamw", "nadam", "adagrad", "lion"]
  static let notYetArguments = [
    "weight_decay", "clipnorm", "clipvalue", "global_clipnorm", "amsgrad", "use_ema", "ema_momentum",
    "gradient_accumulation_steps",
  ]

  private static func learningRate(_ rate: Double) -> Argument<Double> {
    let number = ValueType<Double>.number(.positive)
    let schedules = ["exponential_decay", "cosine_decay", "piecewise_constant", "polynomial_decay"]
    let type = ValueType<Double>(
      number.text, schema: number.schema,
      read: { node, reader in
        if case .mapping(let entries) = node.content, let entry = entries.first, schedules.contains(entry.key) {
          reader.take(FieldReader.notSupportedYet("`\(entry.key)`", at: entry.keySpan, path: reader.path))
          return nil
        }
        return number.read(node, &reader)
      },
      write: number.write)
    return Argument("learning_rate", type, default: rate, doc: "Size of a step")
  }

  private static let adamRate = learningRate(0.001)
  private static let sgdRate = learningRate(0.01)
  private static let beta1 = Argument(
    "beta_1", .number(.belowOne), default: 0.9, doc: "Decay of the mean of gradients")
  private static let beta2 = Argument(
    "beta_2", .number(.belowOne), default: 0.999, doc: "Decay of the mean of squared gradients")
  private static let epsilon = Argument("epsilon", .number(.positive), default: 1e-7, doc: "Against division by zero")
  private static let momentum = Argument(
    "momentum", .number(.unit), default: 0, doc: "Share of the step before that is kept")
  private static let nesterov = Argument("nesterov", .boolean, default: false, doc: "Whether to look one step ahead")

  var arguments: [any ArgumentDescription] {
    switch self {
    case .adam: [Self.adamRate, Self.beta1, Self.beta2, Self.epsilon]
    case .sgd: [Self.sgdRate, Self.momentum, Self.nesterov]
    }
  }

  func read(_ fields: inout FieldReader) -> OptimizerSpec? {
    switch self {
    case .adam:
      let rate = fields.read(Self.adamRate)
      let (beta1, beta2) = (fields.read(Self.beta1), fields.read(Self.beta2))
      let epsilon = fields.read(Self.epsilon)
      guard let rate, let beta1, let beta2, let epsilon else { return nil }
      return .adam(.init(learningRate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon))
    case .sgd:
      let rate = fields.read(Self.sgdRate)
      let (momentum, nesterov) = (fields.read(Self.momentum), fields.read(Self.nesterov))
      guard let rate, let momentum, let nesterov else { return nil }
      return .sgd(.init(learningRate: rate, momentum: momentum, nesterov: nesterov))
    }
  }

  static func write(_ optimizer: OptimizerSpec) -> YAMLNode {
    switch optimizer {
    case .adam(let adam):
      .record([
        (
          "adam",
          .record([
            ("learning_rate", .number(adam.learningRate)), ("beta_1", .number(adam.beta1)),
            ("beta_2", .number(adam.beta2)), ("epsilon", .number(adam.epsilon)),
          ])
        )
      ])
    case .sgd(let sgd):
      .record([
        (
          "sgd",
          .record([
            ("learning_rate", .number(sgd.learningRate)), ("momentum", .number(sgd.momentum)),
            ("nesterov", .boolean(sgd.nesterov)),
          ])
        )
      ])
    }
  }
}
