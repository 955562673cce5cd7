package import CNNDiagnostics
package import CNNYAML

/// A name with or without arguments: `adam`, `{adam: {learning_rate: 0.01}}`, `{l2: 0.01}`.
///
/// The form of layers, optimizers, initializers and regularizers.
package struct Call: Sendable {
  package let name: String
  package let nameSpan: SourceSpan
  /// What stands behind the name, if anything.
  package let argument: YAMLNode?

  /// - Parameter expected: completes "takes …".
  package init?(_ node: YAMLNode, expected: String, into reader: inout ValueReader) {
    switch node.content {
    case .scalar(let scalar) where !scalar.text.isEmpty:
      name = scalar.text
      nameSpan = node.span
      argument = nil
    case .mapping(let entries) where entries.count == 1:
      guard let entry = entries.first else { return nil }
      name = entry.key
      nameSpan = entry.keySpan
      argument = entry.value.isEmpty || entry.value.isNull ? nil : entry.value
    case .mapping(let entries) where entries.count > 1:
      let names = entries.map { "`\($0.key)`" }.joined(separator: ", ")
      let text = Self.nested(entries, reader.schema)
      let isOneLine = node.span.start.line == node.span.end.line
      let kinds = entries.filter { reader.schema?.choice($0.key) != nil }
      reader.report(
        SpecCode.wrongType, "`\(reader.name)` takes \(expected), not several: \(names)", at: entries[1].keySpan,
        help: kinds.count > 1
          ? "leave one of the two out"
          : text.unknown.map { "`\(entries[0].key)` takes no `\($0)`" }
            ?? "nest the arguments: `\(reader.written(text.text))`",
        fix: text.isWhole && isOneLine ? reader.replacing(node, with: text.text, isSafe: false) : nil)
      return nil
    default:
      reader.reportWrongType(node, expected: expected)
      return nil
    }
  }

  /// `{name: adam, learning_rate: 0.01}` and `{early_stopping: , patience: 3}` with their arguments below the name.
  private static func nested(_ entries: [YAMLEntry], _ schema: ValueSchema?) -> (
    text: String, isWhole: Bool, unknown: String?
  ) {
    let words = ["name", "type", "kind", "class_name", "class"]
    let first = entries.first { words.contains($0.key) && $0.value.scalar != nil }
    let name = first?.value.scalar?.text ?? entries[0].key
    let key = first?.key ?? entries[0].key
    let form = schema?.choice(name)
    // `npz: a.npz` beside `images: x`: what stands alone is the first argument.
    let main = first == nil ? entries[0].value.scalar.flatMap { $0.text.isEmpty ? nil : $0.text } : nil
    let others = entries.filter { $0.key != key }.flatMap { entry -> [YAMLEntry] in
      guard Self.wrappers.contains(entry.key), case .mapping(let inner) = entry.value.content else { return [entry] }
      return inner
    }
    let known = form?.memberNames ?? []
    var arguments = main.flatMap { value in known.first.map { [($0, Optional(value))] } } ?? []
    arguments += others.map { entry in
      (form?.name(meantBy: entry.key) ?? entry.key, entry.value.isEmpty ? nil : entry.value.scalar?.text)
    }
    let text = arguments.map { "\($0): \($1 ?? "…")" }.joined(separator: ", ")
    let unknown = first == nil && form != nil ? arguments.first { !known.contains($0.0) }?.0 : nil
    let isWhole =
      arguments.allSatisfy { $0.1 != nil && known.contains($0.0) } && Set(arguments.map(\.0)).count == arguments.count
    return ("{\(name): {\(text)}}", isWhole, unknown)
  }

  /// Keys that other tools put the arguments below.
  private static let wrappers: Set<String> = [
    "params", "args", "arguments", "kwargs", "config", "options", "parameters",
  ]

  /// The name as a node, for faults.
  package var nameNode: YAMLNode { YAMLNode(.scalar(YAMLScalar(name, isQuoted: false)), span: nameSpan) }

  /// The arguments; a lone value is the main one.
  ///
  /// - Parameters:
  ///   - named: shows how arguments are named where there is no main one: `mean: …, stddev: …`; empty where there are
  ///     none at all.
  ///   - standsAlone: whether the name says enough without arguments.
  package func fields(
    _ mainArgument: String?, named: String = "…", standsAlone: Bool = true, into reader: inout ValueReader
  ) -> FieldReader? {
    let path = "\(reader.path).\(name)"
    guard let argument else { return FieldReader([], of: name, at: nameSpan, path: path) }
    if case .mapping(let entries) = argument.content {
      return FieldReader(entries, of: name, at: nameSpan, path: path)
    }
    guard let mainArgument else {
      reader.report(
        SpecCode.wrongType, "`\(name)` takes its arguments by name, not \(argument.described)", at: argument.span,
        help: help(named, standsAlone, for: argument))
      return nil
    }
    let entry = YAMLEntry(key: mainArgument, keySpan: nameSpan, value: argument)
    return FieldReader([entry], of: name, at: nameSpan, path: path)
  }

  /// - Parameter named: as for `fields`; a number stands for the only one of them.
  private func help(_ named: String, _ standsAlone: Bool, for argument: YAMLNode) -> String {
    if named.isEmpty { return "write `\(name)` alone" }
    let places = named.ranges(of: "…")
    if places.count == 1, let first = places.first, let number = argument.scalar, Double(number.text) != nil {
      return "write `{\(name): {\(named[..<first.lowerBound])\(number.text)}}`"
    }
    return standsAlone ? "write `\(name)` alone, or `{\(name): {\(named)}}`" : "write `{\(name): {\(named)}}`"
  }
}
