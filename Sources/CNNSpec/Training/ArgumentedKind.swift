internal import CNNDiagnostics
package import CNNYAML

/// Words of one family that may stand alone or with arguments: optimizers, schedules, losses, metrics.
///
/// A kind lists its arguments once; reading, the resolved spec, the JSON Schema and the order of keys follow.
protocol ArgumentedKind: RawRepresentable<String>, CaseIterable, Sendable {
  associatedtype Value: Sendable
  var arguments: [any ArgumentDescription] { get }
  /// What may stand alone behind the word.
  var mainArgument: String? { get }
  /// Words known from elsewhere, in lower case, and what they are called here.
  static var aliases: [String: String] { get }
  /// - Parameter fields: whose unknown keys are reported by the caller.
  func read(_ fields: inout FieldReader) -> Value?
  /// Keys that are reported in their own way, before unknown ones are.
  func ownFault(_ fields: FieldReader) -> Diagnostic?
}

extension ArgumentedKind {
  var mainArgument: String? { nil }
  static var aliases: [String: String] { [:] }
  func ownFault(_ fields: FieldReader) -> Diagnostic? { nil }

  static var words: [String] { allCases.map(\.rawValue) }

  /// The kind that a word stands for, whatever its letter case, or as it is known elsewhere.
  static func meant(by word: String) -> Self? {
    let folded = word.lowercased().filter { $0 != "_" && $0 != "-" }
    return allCases.first { $0.rawValue.filter { $0 != "_" } == folded }
      ?? aliases[word.lowercased()].flatMap(Self.init(rawValue:))
  }

  /// The words, and for each the arguments that it takes.
  static var schema: ValueSchema {
    let alone = allCases.filter { kind in !kind.arguments.contains { $0.defaultNode == nil } }.map(\.rawValue)
    let calls = allCases.map { kind in
      let main = kind.arguments.first { $0.name == kind.mainArgument }
      let record = ValueSchema.record(kind.arguments.map { .init($0) })
      return ValueSchema.Member(kind.rawValue, main.map { .oneOf([$0.schema, record]) } ?? record)
    }
    return .oneOf((alone.isEmpty ? [] : [.words(alone)]) + [.choice(calls)])
  }
}

/// What was read, and how the resolved spec writes it.
struct Resolved<Value: Sendable>: Sendable {
  var value: Value
  var node: YAMLNode

  func map<Other: Sendable>(_ transform: (Value) -> Other) -> Resolved<Other> {
    Resolved<Other>(value: transform(value), node: node)
  }
}

extension ValueType {
  /// One of a family's words, alone or with its arguments: `adam`, `{adam: {learning_rate: 0.01}}`.
  static func call<Kind: ArgumentedKind>(
    _ family: Kind.Type, _ text: String
  ) -> ValueType where Value == Resolved<Kind.Value> {
    ValueType(
      text, schema: Kind.schema,
      read: { node, reader in
        guard let call = Call(node, expected: text, into: &reader) else { return nil }
        // Behind a word that is nearly one, arguments are read all the same.
        let meant =
          Kind(rawValue: call.name)
          ?? reader.reportUnknownWord(
            call.nameNode, call.name, among: Kind.words, aliases: Kind.aliases, isName: call.argument != nil
          ).flatMap(Kind.init)
        guard let kind = meant else { return nil }
        let arguments = kind.arguments
        let named = arguments.isEmpty ? "" : "\(arguments[0].name): …"
        guard var fields = call.fields(kind.mainArgument, named: named, into: &reader) else { return nil }
        defer { reader.take(fields.bag) }
        if let fault = kind.ownFault(fields) {
          var bag = DiagnosticBag()
          bag.add(fault)
          fields.take(bag)
          return nil
        }
        fields.reportUnknownKeys(Vocabulary(arguments, mainKey: kind.mainArgument))
        let value = kind.read(&fields)
        guard let value, !fields.hasFaults else { return nil }
        let resolved = YAMLNode(.mapping(fields.resolved), span: .nowhere)
        return Resolved(
          value: value, node: arguments.isEmpty ? .plain(kind.rawValue) : .record([(kind.rawValue, resolved)]))
      },
      write: \.node)
  }
}

extension FieldReader {
  /// Reports keys of which only one may be written.
  ///
  /// - Returns: whether more than one is.
  mutating func reportSeveral(of names: [String], isSet: (String) -> Bool) -> Bool {
    let written = names.filter { has($0) && isSet($0) }
    guard written.count > 1 else { return false }
    report(
      SpecCode.exclusiveArguments,
      "`\(owner)` takes one of \(ValueReader.alternatives(names)), not \(written.map { "`\($0)`" }.joined(separator: " and "))",
      at: written[1], help: "leave `\(written[1])` out")
    return true
  }
}
