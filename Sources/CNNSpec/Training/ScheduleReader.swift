internal import CNNDiagnostics
internal import CNNYAML

extension ScheduleKind: ArgumentedKind {
  static let aliases = [
    "exponential": "exponential_decay", "inverse_time": "inverse_time_decay", "polynomial": "polynomial_decay",
    "linear": "polynomial_decay", "linear_decay": "polynomial_decay", "step": "piecewise_constant",
    "piecewise_constant_decay": "piecewise_constant", "multistep": "piecewise_constant", "cosine": "cosine_decay",
    "cosine_annealing": "cosine_decay", "cosine_restarts": "cosine_decay_restarts", "sgdr": "cosine_decay_restarts",
  ]

  // MARK: Arguments

  private static let steps = ValueType<Int>.integer(1...1_000_000_000, text: "a number of steps")
  private static let initialRate = Argument(
    "initial_learning_rate", .number(.positive), doc: "The rate that the decay begins with")
  private static let cosineInitialRate = Argument(
    "initial_learning_rate", .number(.notNegative), doc: "The first rate; with `warmup_target` that of the warm-up")
  private static let decaySteps = Argument("decay_steps", steps, doc: "Length of the decay")
  private static let firstSteps = Argument("first_decay_steps", steps, doc: "Length of the first decay")
  private static let decayRate = Argument(
    "decay_rate", .number(.notNegative), doc: "How much it falls in `decay_steps`")
  private static let staircase = Argument(
    "staircase", .boolean, default: false, doc: "Whether it falls in stairs of `decay_steps`")
  private static let endRate = Argument(
    "end_learning_rate", .number(.notNegative), default: 1e-4, doc: "The rate at the end of the decay")
  private static let power = Argument(
    "power", .number(.positive), default: 1, doc: "Power of what is left; 1 is a line")
  private static let cycle = Argument(
    "cycle", .boolean, default: false, doc: "Whether it begins again, longer, behind `decay_steps`")
  private static let alpha = Argument(
    "alpha", .number(.unit), default: 0, doc: "The last rate, as a share of the first")
  private static let lengthening = Argument(
    "t_mul", .number(NumberRange(from: 1)), default: 2, doc: "How much longer each decay is than the one before")
  private static let shrinking = Argument(
    "m_mul", .number(.positive), default: 1, doc: "Factor on the rate with each restart")
  private static let boundaries = Argument<[Int]>(
    "boundaries",
    .list(
      of: .integer(0...1_000_000_000, text: "a number of steps"), text: "a list of steps such as `[1000, 2000]`",
      atMost: 10_000), doc: "Steps up to which each value holds, the boundary included")
  private static let values = Argument<[Double]>(
    "values", .list(of: .number(.notNegative), text: "a list of rates, one more than `boundaries`", atMost: 10_001),
    doc: "The rates, one more than `boundaries`")
  private static let warmupTarget = Argument<Double?>(
    "warmup_target", .optional(.number(.positive)), default: .some(nil),
    doc: "The rate at the end of the warm-up, where the decay begins")
  private static let warmupSteps = Argument(
    "warmup_steps", .integer(0...1_000_000_000, text: "a number of steps"), default: 0,
    doc: "Length of the warm-up to `warmup_target`")
  private static let warmup = Argument<ScheduleSpec.Warmup?>(
    "warmup", .optional(.warmup), default: .some(nil), doc: "Steps in which the rate rises to where the decay begins")

  var arguments: [any ArgumentDescription] {
    switch self {
    case .exponentialDecay, .inverseTimeDecay:
      [Self.initialRate, Self.decaySteps, Self.decayRate, Self.staircase, Self.warmup]
    case .polynomialDecay:
      [Self.initialRate, Self.decaySteps, Self.endRate, Self.power, Self.cycle, Self.warmup]
    case .piecewiseConstant: [Self.boundaries, Self.values, Self.warmup]
    case .cosineDecay:
      [Self.cosineInitialRate, Self.decaySteps, Self.alpha, Self.warmupTarget, Self.warmupSteps, Self.warmup]
    case .cosineDecayRestarts:
      [Self.initialRate, Self.firstSteps, Self.lengthening, Self.shrinking, Self.alpha, Self.warmup]
    }
  }

  // MARK: Reading

  func read(_ fields: inout FieldReader) -> ScheduleSpec? {
    switch self {
    case .exponentialDecay, .inverseTimeDecay:
      let (rate, steps) = (fields.read(Self.initialRate), fields.read(Self.decaySteps))
      let (factor, staircase) = (fields.read(Self.decayRate), fields.read(Self.staircase))
      let warmup = fields.read(Self.warmup)
      guard let rate, let steps, let factor, let staircase, let warmup else { return nil }
      return ScheduleSpec(
        self == .exponentialDecay
          ? .exponential(rate: factor, steps: steps, staircase: staircase)
          : .inverseTime(rate: factor, steps: steps, staircase: staircase), from: rate, warmup: warmup)
    case .polynomialDecay:
      let (rate, steps) = (fields.read(Self.initialRate), fields.read(Self.decaySteps))
      let (end, power, cycle) = (fields.read(Self.endRate), fields.read(Self.power), fields.read(Self.cycle))
      let warmup = fields.read(Self.warmup)
      guard let rate, let steps, let end, let power, let cycle, let warmup else { return nil }
      return ScheduleSpec(
        .polynomial(end: end, power: power, steps: steps, cycle: cycle), from: rate, warmup: warmup)
    case .piecewiseConstant: return readPieces(&fields)
    case .cosineDecay: return readCosine(&fields)
    case .cosineDecayRestarts:
      let (rate, steps) = (fields.read(Self.initialRate), fields.read(Self.firstSteps))
      let (longer, smaller) = (fields.read(Self.lengthening), fields.read(Self.shrinking))
      let (alpha, warmup) = (fields.read(Self.alpha), fields.read(Self.warmup))
      guard let rate, let steps, let longer, let smaller, let alpha, let warmup else { return nil }
      return ScheduleSpec(
        .cosineRestarts(alpha: alpha, firstSteps: steps, lengthening: longer, shrinking: smaller), from: rate,
        warmup: warmup)
    }
  }

  private func readPieces(_ fields: inout FieldReader) -> ScheduleSpec? {
    let (boundaries, values) = (fields.read(Self.boundaries), fields.read(Self.values))
    let warmup = fields.read(Self.warmup)
    guard let boundaries, let values, let warmup, let first = values.first else { return nil }
    guard values.count == boundaries.count + 1 else {
      fields.report(
        SpecCode.wrongLength,
        "`values` has \(values.count) rates for \(boundaries.count) boundaries, and needs \(boundaries.count + 1)",
        at: "values", help: "a rate before each boundary, and one behind the last")
      return nil
    }
    guard zip(boundaries, boundaries.dropFirst()).allSatisfy({ $0 < $1 }) else {
      fields.report(SpecCode.outOfRange, "`boundaries` do not rise from one to the next", at: "boundaries")
      return nil
    }
    return ScheduleSpec(.piecewise(boundaries: boundaries, values: values), from: first, warmup: warmup)
  }

  /// Keras's own warm-up begins at `initial_learning_rate` and ends at `warmup_target`, where the decay begins.
  private func readCosine(_ fields: inout FieldReader) -> ScheduleSpec? {
    let (rate, steps) = (fields.read(Self.cosineInitialRate), fields.read(Self.decaySteps))
    let alpha = fields.read(Self.alpha)
    let (target, length) = (fields.read(Self.warmupTarget), fields.read(Self.warmupSteps))
    let warmup = fields.read(Self.warmup)
    guard let rate, let steps, let alpha, let target, let length, let warmup else { return nil }
    if fields.reportSeveral(
      of: ["warmup_target", "warmup"], isSet: { $0 == "warmup" ? warmup != nil : target != nil })
    {
      return nil
    }
    let decay = ScheduleSpec.Decay.cosine(alpha: alpha, steps: steps)
    if let target {
      return ScheduleSpec(decay, from: target, warmup: length == 0 ? nil : .init(steps: length, start: rate))
    }
    if length > 0 {
      fields.report(
        SpecCode.missingKey, "`warmup_steps` does nothing without `warmup_target`", at: "warmup_steps",
        help: "add `warmup_target`, or write `warmup: \(length)` to rise from 0 to `initial_learning_rate`")
      return nil
    }
    if rate == 0 {
      fields.report(
        SpecCode.outOfRange, "`initial_learning_rate` is 0, and nothing raises it", at: "initial_learning_rate",
        help: "write a rate above 0, or add `warmup_target` and `warmup_steps`")
      return nil
    }
    return ScheduleSpec(decay, from: rate, warmup: warmup)
  }
}

extension ValueType where Value == ScheduleSpec.Warmup {
  /// `500`, or `{steps: 500, from: 0.0001}`.
  static var warmup: ValueType {
    let text = "a number of steps, or `{steps: 500, from: 0.0001}`"
    let steps = Argument(
      "steps", ValueType<Int>.integer(1...1_000_000_000, text: "a number of steps"), doc: "Its length")
    let start = Argument("from", ValueType<Double>.number(.notNegative), default: 0, doc: "The first rate")
    return ValueType(
      text, schema: .named("warmup", .arguments([steps, start])),
      read: { node, reader in
        guard case .mapping(let entries) = node.content else {
          if node.scalar?.text.isEmpty ?? true {
            reader.reportWrongType(node, expected: text)
            return nil
          }
          return steps.type.read(node, &reader).map { .init(steps: $0) }
        }
        var fields = FieldReader(entries, of: "warmup", at: node.span, path: reader.path)
        defer { reader.take(fields.bag) }
        fields.reportUnknownKeys(Vocabulary([steps, start]))
        let (steps, start) = (fields.read(steps), fields.read(start))
        guard let steps, let start else { return nil }
        return .init(steps: steps, start: start)
      },
      write: { .record([("steps", .integer($0.steps)), ("from", .number($0.start))]) })
  }
}

extension ValueType where Value == Resolved<LearningRateSpec> {
  /// A number, or a schedule with its arguments.
  static var learningRate: ValueType {
    let number = ValueType<Double>.number(.positive)
    let schedule = ValueType<Resolved<ScheduleSpec>>.call(
      ScheduleKind.self, "a number above 0, or a schedule such as `{cosine_decay: {…}}`")
    return ValueType(
      schedule.text, schema: .named("learning_rate", .oneOf([number.schema, schedule.schema])),
      read: { node, reader in
        let isWord = node.scalar.map { ScheduleKind.words.contains($0.text) } ?? false
        if case .scalar = node.content, !isWord {
          return number.read(node, &reader).map { Resolved(value: .constant($0), node: .number($0)) }
        }
        let path = reader.path
        return schedule.read(node, &reader).map { read in
          read.map { .schedule(Located($0, at: node.span, path: path)) }
        }
      },
      write: \.node)
  }
}
