internal import CNNDiagnostics

/// The part of a `--set` before `=`: keys with dots between, indices in brackets.
struct OverridePath {
  enum Step {
    case key(String)
    case index(Int)
  }

  struct Segment {
    let step: Step
    let span: SourceSpan
  }

  /// As deep as YAML may be.
  private static let mostSegments = 32

  let segments: [Segment]
  /// The byte behind `=`.
  let valueOffset: Int
  private let text: String

  /// What is written up to the value: `training.epochs=`.
  var head: String { String(decoding: text.utf8.prefix(valueOffset), as: UTF8.self) }

  /// What is written from a segment on, the value too: `dense.units=5`.
  func tail(from segment: Segment) -> String {
    String(decoding: Array(text.utf8)[min(segment.span.start.byte, text.utf8.count)...], as: UTF8.self)
  }

  init?(_ text: String, source: SourceID, into bag: inout DiagnosticBag) {
    let scalars = Array(text.unicodeScalars)
    var byte = 0
    let positions =
      scalars.enumerated().map { index, scalar in
        defer { byte += String(scalar).utf8.count }
        return SourcePosition(line: 1, column: index + 1, byte: byte)
      } + [SourcePosition(line: 1, column: scalars.count + 1, byte: text.utf8.count)]
    func span(_ start: Int, _ end: Int) -> SourceSpan {
      SourceSpan(source: source, start: positions[start], end: positions[end])
    }
    func fault(_ message: String, _ start: Int, _ end: Int, label: String = "", help: String? = nil) {
      bag.add(
        Diagnostic(
          SpecCode.overrideForm, message, at: span(start, end), label: label,
          help: help ?? "write `--set training.epochs=5` or `--set model.layers[0].filters=16`"))
    }
    guard let equals = scalars.firstIndex(of: "=") else {
      fault(
        "a `--set` without `=` and a value", 0, scalars.count, label: "no `=` here",
        help: Self.begins(with: text) ? "write `--set \(text)=VALUE`" : nil)
      return nil
    }
    var segments: [Segment] = []
    var index = 0
    while index < equals {
      if scalars[index] == "[" {
        let close = scalars[index..<equals].firstIndex(of: "]")
        let digits = String(String.UnicodeScalarView(scalars[(index + 1)..<(close ?? equals)]))
        guard let close, !segments.isEmpty, let number = Int(digits), number >= 0, digits.first != "+" else {
          fault("`[\(digits)\(close == nil ? "" : "]")` is not the place of an item", index, (close ?? equals - 1) + 1)
          return nil
        }
        segments.append(Segment(step: .index(number), span: span(index, close + 1)))
        index = close + 1
        continue
      }
      if scalars[index] == ".", !segments.isEmpty { index += 1 }
      let end = scalars[index..<equals].firstIndex { $0 == "." || $0 == "[" } ?? equals
      let key = String(String.UnicodeScalarView(scalars[index..<end]))
      let isPlain = key.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
      guard !key.isEmpty, isPlain else {
        let bare = String(String.UnicodeScalarView(scalars[..<equals])).filter { $0 != " " }
        let value = String(String.UnicodeScalarView(scalars[(equals + 1)...])).drop { $0 == " " }
        fault(
          key.isEmpty ? "a key is missing in the path" : "a key holds blanks", index, max(end, index + 1),
          help: key.isEmpty || !Self.begins(with: bare) ? nil : "write `--set \(bare)=\(value)`, without blanks")
        return nil
      }
      segments.append(Segment(step: .key(key), span: span(index, end)))
      index = end
    }
    guard segments.count <= Self.mostSegments else {
      fault("the path has \(segments.count) parts, and may have \(Self.mostSegments)", 0, equals)
      return nil
    }
    guard !segments.isEmpty else {
      fault("a `--set` without a path before `=`", 0, equals + 1)
      return nil
    }
    self.segments = segments
    self.text = text
    valueOffset = positions[equals].byte + 1
  }

  /// Whether a path begins with a section, so that the rest may be right too.
  private static func begins(with path: String) -> Bool {
    let word = path.prefix { $0 != "." && $0 != "[" }
    return SpecSchema.sections.contains { $0.name == word } && path.unicodeScalars.allSatisfy { $0.value > 0x20 }
  }
}
