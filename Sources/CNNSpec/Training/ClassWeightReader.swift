package import CNNDiagnostics
internal import CNNYAML

/// Factors on the loss of samples by their class, in training alone.
package enum ClassWeightSpec: Sendable, Equatable {
  /// n / (classes * samples of the class): each class counts the same.
  case balanced
  /// Classes that are not named have 1.
  case weights([Entry])

  package struct Entry: Sendable, Equatable {
    /// A class's index or its name.
    package let key: String
    package let keySpan: SourceSpan
    package let weight: Double
  }
}

extension ClassWeightSpec {
  /// Which class a key means: one of that name, or the one of that index.
  package static func classIndex(of key: String, names: [String], count: Int) -> Int? {
    if let index = names.firstIndex(of: key) { return index }
    guard let index = Int(key), (0..<count).contains(index), "\(index)" == key else { return nil }
    return index
  }

  /// One factor a class.
  ///
  /// - Parameters:
  ///   - counts: samples of each class that training sees.
  ///   - classes: how many factors there are to be; at least as many as `counts`.
  package func factors(names: [String], counts: [Int], classes: Int) -> [Double] {
    var factors = [Double](repeating: 1, count: max(classes, counts.count))
    switch self {
    case .balanced:
      let samples = Double(counts.reduce(0, +))
      let present = Double(counts.count { $0 > 0 })
      for (index, count) in counts.enumerated() where count > 0 { factors[index] = samples / (present * Double(count)) }
    case .weights(let entries):
      for entry in entries {
        guard let index = Self.classIndex(of: entry.key, names: names, count: factors.count) else { continue }
        factors[index] = entry.weight
      }
    }
    return factors
  }

  /// Keys that name no class, and classes that two keys name.
  ///
  /// - Parameter known: what the classes are called; `nil` where only their number is known, and words may be names.
  package func faults(names known: [String]?, count: Int, path: String) -> DiagnosticBag {
    var bag = DiagnosticBag()
    guard case .weights(let entries) = self else { return bag }
    let names = known ?? []
    var seen: [Int: Entry] = [:]
    for entry in entries where known != nil || Int(entry.key) != nil {
      guard let index = Self.classIndex(of: entry.key, names: names, count: count) else {
        let close = Spelling.closest(to: entry.key, among: names)
        let isNamed = names != names.indices.map(String.init)
        let list = isNamed ? ": \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? ", …" : "")" : ""
        var fault = Diagnostic(
          SpecCode.unknownClass, "there is no class `\(entry.key)`", at: entry.keySpan,
          label: close.map { "did you mean `\($0)`?" } ?? "",
          help: "the classes are 0 to \(count - 1)\(list)", path: "\(path).\(entry.key)")
        if let close, !close.contains(where: { ":#{}[],\"'".contains($0) }) {
          fault.fix = .init("write \(close)", isSafe: false, edits: [.init(entry.keySpan, text: close)])
        }
        bag.add(fault)
        continue
      }
      if let first = seen[index] {
        bag.add(
          Diagnostic(
            SpecCode.unknownClass, "`\(entry.key)` is the class that `\(first.key)` names already", at: entry.keySpan,
            notes: [.init("it is named here", at: first.keySpan)], help: "leave one of the two out",
            path: "\(path).\(entry.key)"))
      }
      seen[index] = seen[index] ?? entry
    }
    return bag
  }
}

extension ValueType where Value == ClassWeightSpec {
  /// `balanced`, or `{0: 1, boat: 2.5}`.
  static var classWeight: ValueType {
    let text = "`balanced`, or a factor for each class by index or name, such as `{0: 1, 3: 2.5}`"
    let factor = ValueType<Double>.number(.notNegative)
    return ValueType(
      text, schema: .oneOf([.words(["balanced"]), .map(factor.schema)]),
      read: { node, reader in
        if let scalar = node.scalar, !scalar.text.isEmpty {
          if scalar.text == "balanced" { return .balanced }
          reader.reportUnknownWord(
            node, scalar.text, among: ["balanced"], aliases: ["auto": "balanced", "balance": "balanced"])
          return nil
        }
        guard case .mapping(let entries) = node.content, !entries.isEmpty else {
          reader.reportWrongType(node, expected: text, help: byIndex(node).map { "write `\(reader.name): \($0)`" })
          return nil
        }
        guard entries.count <= 65_536 else {
          reader.report(
            SpecCode.wrongLength, "`\(reader.name)` has \(entries.count) classes, and may have 65536", at: node.span)
          return nil
        }
        var weights: [ClassWeightSpec.Entry] = []
        for entry in entries {
          var value = entry.value
          if value.isEmpty { value.span = entry.keySpan }
          var inner = ValueReader(name: entry.key, in: reader.path)
          if let weight = factor.read(value, &inner) {
            weights.append(.init(key: entry.key, keySpan: entry.keySpan, weight: weight))
          }
          reader.take(inner.bag)
        }
        return weights.count == entries.count ? .weights(weights) : nil
      },
      write: { weights in
        switch weights {
        case .balanced: .plain("balanced")
        case .weights(let entries): .record(entries.map { ($0.key, .number($0.weight)) })
        }
      })
  }

  /// A list of factors as a map from the classes' numbers.
  private static func byIndex(_ node: YAMLNode) -> String? {
    guard case .sequence(let items) = node.content else { return nil }
    let factors = items.compactMap { $0.scalar?.text }
    guard factors.count == items.count, (2...20).contains(factors.count) else { return nil }
    return "{" + factors.enumerated().map { "\($0): \($1)" }.joined(separator: ", ") + "}"
  }
}
