package import CNNDiagnostics

/// Turns predictions into text, JSON or CSV, row by row, so that any number of them takes no memory.
///
/// Text and CSV have a line a sample, JSON one object whose `predictions` have one each.
package struct PredictionWriter: Sendable {
  package enum Format: String, Sendable, CaseIterable { case text, json, csv }

  /// One sample, and what the model says of it.
  package struct Row: Sendable {
    package let path: String
    /// Its place in an array; `nil` of an image.
    package let index: Int?
    /// Samples of its file.
    package let count: Int
    /// Probabilities, one a class, or a single one of two; values of a model without classes.
    package let outputs: [Float]

    package init(path: String, index: Int?, count: Int, outputs: [Float]) {
      self.path = path
      self.index = index
      self.count = count
      self.outputs = outputs
    }
  }

  /// A file, or a sample of one, that gave no prediction.
  package struct Failure: Sendable {
    package let path: String
    package let index: Int?
    package let message: String

    package init(path: String, index: Int?, message: String) {
      self.path = path
      self.index = index
      self.message = message
    }
  }

  package let format: Format
  /// The file of the weights.
  private let weights: String
  /// `probabilities`, `scores`, `values`.
  private let meaning: String
  /// One a class; `nil` where outputs are values.
  private let classNames: [String]?
  private let top: Int
  private let width: Int
  private let nameWidth: Int
  private var pathWidth: Int
  private var isFirst = true

  /// Names longer than that are not waited for with spaces.
  private static let mostPadding = 60

  /// - Parameters:
  ///   - classNames: of the outputs, if they are of classes; those that are missing are called by their number.
  ///   - width: values of an output.
  ///   - top: how many classes are told of a sample.
  ///   - paths: all that will be told of, so that columns are straight.
  package init(
    _ format: Format, weights: String, meaning: String, classNames: [String]?, width: Int, top: Int, paths: [String]
  ) {
    self.format = format
    self.weights = weights
    self.meaning = meaning
    let count = width == 1 ? 2 : width
    self.classNames = classNames.map { names in
      (0..<count).map { $0 < names.count ? names[$0] : "class \($0)" }
    }
    self.top = max(1, min(top, count))
    self.width = width
    nameWidth = min(
      Self.mostPadding, self.classNames?.map { DisplayWidth.of(PrintableText.escaped($0)) }.max() ?? 0)
    pathWidth = min(Self.mostPadding, paths.map { DisplayWidth.of(PrintableText.escaped($0)) }.max() ?? 0)
  }

  // MARK: Text before, between and after

  package func head(toolVersion: String) -> String {
    switch format {
    case .text: return ""
    case .csv:
      let columns =
        classNames == nil
        ? (0..<width).map { "value_\($0 + 1)" }
        : (1...top).flatMap { ["class_\($0)", "name_\($0)", "confidence_\($0)"] }
      return (["path", "index"] + columns).joined(separator: ",") + "\n"
    case .json:
      let members: [(String, JSONText)] = [
        ("format_version", .string(JSONRenderer.formatVersion)),
        ("tool", .object(["name": .string("cnnrun"), "version": .string(toolVersion)])),
        ("weights", .string(weights)), ("outputs", .string(meaning)),
        ("classes", classNames.map { .array($0.map(JSONText.string)) } ?? .null),
      ]
      return "{" + members.map { "\(JSONText.quoted($0.0)):\($0.1.text)," }.joined() + "\"predictions\":["
    }
  }

  package mutating func row(_ row: Row) -> String {
    switch format {
    case .text: return textRow(row) + "\n"
    case .csv: return csvRow(row) + "\n"
    case .json:
      defer { isFirst = false }
      return (isFirst ? "\n" : ",\n") + jsonRow(row).text
    }
  }

  package func tail(_ failures: [Failure], exitStatus: Int) -> String {
    guard format == .json else { return "" }
    let errors = JSONText.array(
      failures.map {
        .object([
          "path": .string($0.path), "index": $0.index.map(JSONText.int) ?? .null, "message": .string($0.message),
        ])
      })
    return "\(isFirst ? "" : "\n")],\"errors\":\(errors.text),\"exit_status\":\(exitStatus)}\n"
  }

  // MARK: Rows

  private mutating func textRow(_ row: Row) -> String {
    func label(_ index: Int?) -> String {
      PrintableText.escaped(row.path) + (index.map { "[\($0)]" } ?? "")
    }
    if row.index != nil { pathWidth = max(pathWidth, min(Self.mostPadding, DisplayWidth.of(label(row.count - 1)))) }
    var line = DisplayWidth.pad(label(row.index), to: pathWidth)
    guard let classNames else {
      return line + row.outputs.map { "  \($0)" }.joined()
    }
    for prediction in ClassPrediction.top(top, of: row.outputs) {
      let name = PrintableText.escaped(classNames[prediction.index])
      line +=
        "  \(DisplayWidth.pad(name, to: nameWidth)) \(NumberFormat.fixed(Double(prediction.confidence), places: 4))"
    }
    return line
  }

  private func csvRow(_ row: Row) -> String {
    func field(_ text: String) -> String {
      let isPlain = !text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
      return isPlain
        ? text
        : "\""
          + text.split(separator: "\"", omittingEmptySubsequences: false)
          .joined(separator: "\"\"") + "\""
    }
    var fields = [field(row.path), row.index.map(String.init) ?? ""]
    if let classNames {
      for prediction in ClassPrediction.top(top, of: row.outputs) {
        fields += ["\(prediction.index)", field(classNames[prediction.index]), "\(prediction.confidence)"]
      }
    } else {
      fields += row.outputs.map { "\($0)" }
    }
    return fields.joined(separator: ",")
  }

  private func jsonRow(_ row: Row) -> JSONText {
    var members: [String: JSONText] = [
      "path": .string(row.path), "index": row.index.map(JSONText.int) ?? .null,
    ]
    if let classNames {
      members["top"] = .array(
        ClassPrediction.top(top, of: row.outputs).map {
          .object([
            "class": .int($0.index), "name": .string(classNames[$0.index]), "confidence": Self.number($0.confidence),
          ])
        })
    } else {
      members["values"] = .array(row.outputs.map(Self.number))
    }
    return .object(members)
  }

  /// The shortest decimal that gives the same float back.
  private static func number(_ value: Float) -> JSONText { .number(Double("\(value)") ?? Double(value)) }
}
