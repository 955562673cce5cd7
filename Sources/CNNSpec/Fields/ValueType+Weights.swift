package import CNNGraph
package import CNNYAML

extension ValueType where Value == Initializer {
  /// A name, or a name with arguments: `he_normal`, `{constant: 0.1}`, `{random_normal: {stddev: 0.01}}`.
  package static var initializer: ValueType {
    let names = InitializerKind.allCases.map(\.rawValue)
    let text = "the name of an initializer"
    return ValueType(
      text,
      schema: .named(
        "initializer",
        .oneOf([
          .words(names),
          .choice(InitializerKind.allCases.map { .init($0.rawValue, $0.schema) }),
        ])),
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        guard let kind = InitializerKind(rawValue: call.name) else {
          reader.reportUnknownWord(
            call.nameNode, call.name, among: names, aliases: aliases, isName: call.argument != nil)
          return nil
        }
        return kind.read(call, into: &reader)
      },
      write: { InitializerKind.write($0) })
  }

  private static var aliases: [String: String] {
    [
      "xavier": "glorot_uniform", "xavier_uniform": "glorot_uniform", "xavier_normal": "glorot_normal",
      "glorot": "glorot_uniform", "kaiming": "he_normal", "kaiming_normal": "he_normal",
      "kaiming_uniform": "he_uniform",
      "he": "he_normal", "zero": "zeros", "one": "ones", "normal": "random_normal", "gaussian": "random_normal",
      "uniform": "random_uniform",
    ]
  }
}

/// Keras's initializers by name, with their arguments and defaults.
enum InitializerKind: String, CaseIterable, Sendable {
  case glorotUniform = "glorot_uniform"
  case glorotNormal = "glorot_normal"
  case heUniform = "he_uniform"
  case heNormal = "he_normal"
  case lecunUniform = "lecun_uniform"
  case lecunNormal = "lecun_normal"
  case zeros, ones, constant
  case randomNormal = "random_normal"
  case randomUniform = "random_uniform"
  case truncatedNormal = "truncated_normal"

  private static let value = Argument("value", .number(), default: 0, doc: "What every element starts as")
  private static let mean = Argument("mean", .number(), default: 0, doc: "Mean of the distribution")
  private static let stddev = Argument(
    "stddev", .number(.notNegative), default: 0.05, doc: "Standard deviation of the distribution")
  private static let minval = Argument("minval", .number(), default: -0.05, doc: "Smallest value drawn")
  private static let maxval = Argument("maxval", .number(), default: 0.05, doc: "Largest value drawn")

  var arguments: [any ArgumentDescription] {
    switch self {
    case .constant: [Self.value]
    case .randomNormal, .truncatedNormal: [Self.mean, Self.stddev]
    case .randomUniform: [Self.minval, Self.maxval]
    default: []
    }
  }

  /// What may stand alone behind the name. A lone number of a distribution would be Keras's first argument, the mean or
  /// the lower bound, where most who write one mean the deviation or a bound either way: so those are named.
  private var mainArgument: String? { self == .constant ? Self.value.name : nil }

  var schema: ValueSchema {
    mainArgument == nil ? .record(arguments.map { .init($0) }) : .arguments(arguments)
  }

  private var fixed: Initializer? {
    switch self {
    case .glorotUniform: .glorotUniform
    case .glorotNormal: .glorotNormal
    case .heUniform: .heUniform
    case .heNormal: .heNormal
    case .lecunUniform: .lecunUniform
    case .lecunNormal: .lecunNormal
    case .zeros: .zeros
    case .ones: .ones
    case .constant, .randomNormal, .randomUniform, .truncatedNormal: nil
    }
  }

  func read(_ call: Call, into reader: inout ValueReader) -> Initializer? {
    let named = arguments.map { "\($0.name): …" }.joined(separator: ", ")
    guard var fields = call.fields(mainArgument, named: named, into: &reader) else { return nil }
    defer { reader.take(fields.bag) }
    fields.reportUnknownKeys(Vocabulary(arguments))
    if let fixed { return fixed }
    switch self {
    case .constant:
      return fields.read(Self.value).map { .constant($0) }
    case .randomUniform:
      let (low, high) = (fields.read(Self.minval), fields.read(Self.maxval))
      guard let low, let high else { return nil }
      guard low <= high else {
        fields.report(SpecCode.outOfRange, "`minval` is \(low), above `maxval`, \(high)", at: "minval")
        return nil
      }
      return .randomUniform(minimum: low, maximum: high)
    default:
      let (mean, deviation) = (fields.read(Self.mean), fields.read(Self.stddev))
      guard let mean, let deviation else { return nil }
      return self == .randomNormal
        ? .randomNormal(mean: mean, standardDeviation: deviation)
        : .truncatedNormal(mean: mean, standardDeviation: deviation)
    }
  }

  static func write(_ initializer: Initializer) -> YAMLNode {
    if let kind = allCases.first(where: { $0.fixed == initializer }) { return .plain(kind.rawValue) }
    switch initializer {
    case .constant(let value):
      return .record([("constant", .record([("value", .number(value))]))])
    case .randomNormal(let mean, let deviation):
      return .record([("random_normal", .record([("mean", .number(mean)), ("stddev", .number(deviation))]))])
    case .truncatedNormal(let mean, let deviation):
      return .record([("truncated_normal", .record([("mean", .number(mean)), ("stddev", .number(deviation))]))])
    case .randomUniform(let low, let high):
      return .record([("random_uniform", .record([("minval", .number(low)), ("maxval", .number(high))]))])
    default:
      return .plain("zeros")
    }
  }
}

extension ValueType where Value == Regularizer {
  /// `l2`, `{l2: 0.01}`, `{l1_l2: {l1: 0.01, l2: 0.01}}`; a bare name has Keras's factor, 0.01.
  ///
  /// With arguments, `l1_l2` has only the factors that it is given, as Keras's `L1L2`.
  package static var regularizer: ValueType {
    let text = "a regularizer, such as `{l2: 0.01}`"
    let names = ["l1", "l2", "l1_l2"]
    let l1 = Argument("l1", .number(.notNegative), default: 0.01, doc: "Factor of the sum of |w|")
    let l2 = Argument("l2", .number(.notNegative), default: 0.01, doc: "Factor of the sum of w²")
    return ValueType(
      text,
      schema: .named(
        "regularizer",
        .oneOf([
          .words(names),
          .choice([
            .init("l1", .arguments([l1])), .init("l2", .arguments([l2])),
            .init("l1_l2", .record([.init(l1), .init(l2)])),
          ]),
          .record([.init("l1", l1.schema, isRequired: true), .init("l2", l2.schema, isRequired: true)]),
        ])),
      read: { node, reader in
        // `{l1: 0.1, l2: 0.2}` says the same as `{l1_l2: {l1: 0.1, l2: 0.2}}`.
        if case .mapping(let entries) = node.content, entries.count == 2,
          Set(entries.map(\.key)) == ["l1", "l2"]
        {
          var fields = FieldReader(entries, of: reader.name, at: node.span, path: reader.path)
          defer { reader.take(fields.bag) }
          guard let first = fields.read(l1), let second = fields.read(l2) else { return nil }
          return Regularizer(l1: first, l2: second)
        }
        if let scalar = node.scalar, scalar.number.value.map({ $0 >= 0 }) ?? false {
          reader.reportWrongType(
            node, expected: text, help: "write `\(reader.written("{l2: \(scalar.text)}"))`",
            fix: reader.replacing(node, with: "{l2: \(scalar.text)}", isSafe: false))
          return nil
        }
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        guard names.contains(call.name) else {
          reader.reportUnknownWord(
            call.nameNode, call.name, among: names,
            aliases: ["ridge": "l2", "lasso": "l1", "weight_decay": "l2", "l1l2": "l1_l2"], isName: call.argument != nil
          )
          return nil
        }
        let arguments = call.name == "l1" ? [l1] : call.name == "l2" ? [l2] : [l1, l2]
        guard var fields = call.fields(arguments.count == 1 ? call.name : nil, into: &reader) else { return nil }
        defer { reader.take(fields.bag) }
        fields.reportUnknownKeys(Vocabulary(arguments))
        // Keras's `L1L2(l1=0.1)` has no l2.
        func factor(_ argument: Argument<Double>) -> Double? {
          let isLeftOut = call.name == "l1_l2" && call.argument != nil && !fields.has(argument.name)
          return isLeftOut ? 0 : fields.read(argument)
        }
        let first = call.name == "l2" ? 0 : factor(l1)
        let second = call.name == "l1" ? 0 : factor(l2)
        guard let first, let second else { return nil }
        return Regularizer(l1: first, l2: second)
      },
      write: { .record([("l1_l2", .record([("l1", .number($0.l1)), ("l2", .number($0.l2))]))]) })
  }
}

extension ValueType where Value == Activation {
  /// Keras's activations; `none` is `linear`, as in Keras.
  package static var activation: ValueType {
    let words = ValueType<Activation>.word(aliases: activationAliases)
    return ValueType(
      "the name of an activation", schema: .named("activation_function", words.schema),
      read: { node, reader in words.read(node, &reader) }, write: words.write)
  }

  private static var activationAliases: [String: String] {
    [
      "none": "linear", "identity": "linear", "swish": "silu", "leakyrelu": "leaky_relu", "lrelu": "leaky_relu",
      "logistic": "sigmoid", "hardsigmoid": "hard_sigmoid",
    ]
  }

  /// The activation that a word names but for letter case and separators; `nil` for what names none, or nothing to do.
  static func activation(_ word: String) -> Activation? {
    let folded = word.lowercased().filter { $0 != "_" && $0 != "-" }
    let found =
      Activation.allCases.first { $0.rawValue.filter { $0 != "_" } == folded }
      ?? activationAliases[folded].flatMap(Activation.init)
    return found == .linear ? nil : found
  }
}
