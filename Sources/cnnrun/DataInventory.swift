import CNNData
import CNNDiagnostics
import CNNReport
import CNNSpec
import CNNTraining

/// What a look at all samples found: how many of which shape each split has, how many of each class, which values they
/// hold, which of them twice, and which cannot be read.
struct DataInventory {
  private let name: String
  private let description: String
  private let classNames: [String]
  private let inspection: DataInspection
  private let notes: [String]

  /// - Parameters:
  ///   - name: the spec, or the folder, as the user named it.
  ///   - threads: to read with.
  init(_ opened: OpenedData, of name: String, threads: Int) throws(DataError) {
    self.name = name
    description = opened.description
    classNames = opened.classNames
    notes = opened.notes
    inspection = try opened.inspect(threads: threads)
  }

  /// A table with a row a class and a column a split, and what is remarkable below it; without a line break at its end.
  var text: String {
    let shape = inspection.parts.first?.shape.map(String.init).joined(separator: "x") ?? ""
    var table = TextTable(
      [.init(classNames.isEmpty ? "" : "class")] + inspection.parts.map { .init($0.name, .right) }, indent: 2)
    for (index, name) in classNames.enumerated() {
      table.add([PrintableText.escaped(name)] + inspection.parts.map { NumberFormat.grouped($0.classCounts[index]) })
    }
    table.add(["all"] + inspection.parts.map { NumberFormat.grouped($0.count) })
    var lines = ["\(name): \(description); samples of \(shape)", table.text]
    for part in inspection.parts {
      guard let targets = part.targets else { continue }
      lines.append(
        "  targets of \(part.name) from \(Self.text(targets.smallest)) to \(Self.text(targets.largest)), mean "
          + Self.text(Float(targets.mean)))
    }
    if let values = values {
      lines.append("  values from \(Self.text(values.lowerBound)) to \(Self.text(values.upperBound))")
    }
    if let sizes { lines.append("  images \(sizes)") }
    for part in inspection.parts {
      if part.twins > 0, let (one, other) = part.firstTwin {
        lines.append(
          "  \(NumberFormat.grouped(part.twins)) of \(part.name) hold\(part.twins == 1 ? "s" : "") the same as an "
            + "earlier one, such as \(one) and \(other)")
      }
    }
    lines += notes.map { "  note: \($0)" }
    // The table was made plain cell by cell.
    return lines.map { $0 == table.text ? $0 : PrintableText.escaped($0) }.joined(separator: "\n")
  }

  private var values: ClosedRange<Float>? {
    let ranges = inspection.parts.compactMap(\.values)
    guard let low = ranges.map(\.lowerBound).min(), let high = ranges.map(\.upperBound).max() else { return nil }
    return low...high
  }

  private static func text(_ value: Float) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `of 12x9, resized`, or `of 12x9 to 480x640, resized`.
  private var sizes: String? {
    let all = inspection.parts.compactMap(\.sizes)
    guard let first = all.first, let shape = inspection.parts.first?.shape else { return nil }
    let low = all.reduce(first.smallest) {
      PixelSize(height: min($0.height, $1.smallest.height), width: min($0.width, $1.smallest.width))
    }
    let high = all.reduce(first.largest) {
      PixelSize(height: max($0.height, $1.largest.height), width: max($0.width, $1.largest.width))
    }
    let target = PixelSize(height: shape[0], width: shape[1])
    return "of \(low == high ? low.text : "\(low.text) to \(high.text)")"
      + (low == target && high == target ? "" : ", resized to \(target.text)")
  }

  var json: JSONText {
    .object([
      "file": .string(name), "source": .string(description),
      "splits": .array(inspection.parts.map(json)),
      "leaks": .array(
        inspection.leaks.map { leak in
          .object([
            "split": .string(leak.role.rawValue), "with": .string(leak.earlier), "samples": .int(leak.count),
            "contradictions": .int(leak.contradictions),
            "first": .array([.string(leak.first.0), .string(leak.first.1)]),
          ])
        }),
      "notes": .array(notes.map(JSONText.string)),
    ])
  }

  private func json(_ part: DataInspection.Part) -> JSONText {
    var members: [String: JSONText] = [
      "name": .string(part.name), "samples": .int(part.count), "shape": .array(part.shape.map(JSONText.int)),
      "classes": .array(
        zip(classNames, part.classCounts).map { .object(["name": .string($0), "samples": .int($1)]) }),
      "duplicates": .int(part.twins), "contradictions": .int(part.contradictions),
      "unreadable": .array(
        part.unreadable.map { .object(["name": .string($0.name), "reason": .string($0.error.message)]) }),
    ]
    if let targets = part.targets {
      members["targets"] = .object([
        "smallest": .number(Double(targets.smallest)), "mean": .number(targets.mean),
        "largest": .number(Double(targets.largest)),
      ])
    }
    if let values = part.values {
      members["values"] = .array([.number(Double(values.lowerBound)), .number(Double(values.upperBound))])
    }
    if let sizes = part.sizes {
      members["sizes"] = .array(
        [sizes.smallest, sizes.largest].map { .array([.int($0.height), .int($0.width)]) })
    }
    return .object(members)
  }

  // MARK: What is wrong

  /// Of each split what cannot be read, as one error.
  var unreadable: [DataError] { inspection.parts.compactMap(\.fault) }

  /// What is remarkable about samples that can be read, at the lines that asked for them.
  func advice(_ data: SpecData) -> [Diagnostic] {
    var advice: [Diagnostic] = []
    for leak in inspection.leaks {
      let count = NumberFormat.grouped(leak.count)
      advice.append(
        Diagnostic(
          SpecCode.leakingSamples,
          "\(count) \(leak.count == 1 ? "sample" : "samples") of \(leak.role.rawValue) "
            + "\(leak.count == 1 ? "holds" : "hold") the same as samples of \(leak.earlier)",
          at: data.span(of: leak.role), notes: [.init("such as \(leak.first.0) and \(leak.first.1)")],
          help: "take them out, or write `split: {hash: true}`, which keeps what is the same on one side",
          path: leak.role.path))
      if let first = leak.firstContradiction {
        advice.append(
          contradiction(
            leak.contradictions, of: leak.role.rawValue,
            "\(leak.contradictions == 1 ? "one" : "some") of \(leak.earlier)",
            first, at: data.span(of: leak.role), path: leak.role.path))
      }
    }
    for part in inspection.parts {
      guard let first = part.firstContradiction else { continue }
      advice.append(
        contradiction(
          part.contradictions, of: part.name, "an earlier one", first, at: data.data.source.span,
          path: data.data.source.path))
    }
    return advice
  }

  /// - Parameter others: what the samples are the same as: `an earlier one`.
  private func contradiction(
    _ number: Int, of part: String, _ others: String, _ first: (String, String), at span: SourceSpan, path: String
  ) -> Diagnostic {
    Diagnostic(
      SpecCode.contradictoryLabels,
      "\(NumberFormat.grouped(number)) \(number == 1 ? "sample" : "samples") of \(part) "
        + "\(number == 1 ? "holds" : "hold") the same as \(others) of another class",
      at: span, notes: [.init("such as \(first.0) and \(first.1)")],
      help: "find out which class is right, and take the other sample out", path: path)
  }
}
