internal import CNNDiagnostics

/// A Keras model as its config describes it: one input, one output, nested models laid open.
struct KerasNetwork: Sendable {
  enum Source: Sendable, Hashable {
    case input
    /// An index into `layers`.
    case layer(Int)
  }

  struct Layer: Sendable {
    /// `Conv2D`.
    var className: String
    var name: String
    var config: [String: JSONText]
    var inputs: [Source]
    /// Where its weights are in the HDF5 file: `layers/conv2d_1`; `nil` for an operation, which has none.
    var group: String?
  }

  var name: String
  /// Of a sample.
  var inputExtents: [Int]
  /// Each behind what it reads.
  var layers: [Layer]
  var output: Source
}

/// What keeps a Keras model from being a spec, and what is worth knowing of one that is.
struct KerasFindings: Sendable {
  private(set) var problems: [String] = []
  private(set) var notes: [String] = []

  mutating func refuse(_ layer: String, _ className: String, _ what: String) {
    problems.append("`\(Self.shown(layer))` (\(Self.shown(className))): \(what)")
  }

  /// Once: the same thing may be found in two places of a file.
  mutating func refuse(_ what: String) { if !problems.contains(what) { problems.append(what) } }

  mutating func note(_ what: String) { notes.append(what) }

  /// - Throws: all problems in one error, if there are any.
  func check(_ path: String) throws(ExportError) {
    guard !problems.isEmpty else { return }
    let most = 50
    let lines = problems.prefix(most).map { "\n  \($0)" }.joined()
    let rest = problems.count > most ? "\n  and \(problems.count - most) more" : ""
    throw ExportError(
      "'\(path)' cannot become a spec:" + lines + rest,
      help: "replace these in Keras by what cnnrun has (`cnnrun schema`), and save the model again")
  }

  /// A text from a file, fit for a message.
  static func shown(_ text: String) -> String {
    let longest = 120
    let start = text.unicodeScalars.prefix(longest)
    return PrintableText.escaped(Substring(start)) + (start.endIndex == text.unicodeScalars.endIndex ? "" : "…")
  }

  static func shown(_ value: JSONText) -> String { shown(value.text) }

  /// The class of an object, any other value itself.
  static func described(_ value: JSONText) -> String { value["class_name"]?.string.map { shown($0) } ?? shown(value) }
}
