import CNNDiagnostics
import CNNLayers
import CNNSpec

/// A spec read with the standard layers, and what was said of it.
struct Loaded {
  let spec: Spec?
  let diagnostics: [Diagnostic]
  let sources: SourceMap

  init(
    _ text: String, name: String = "spec.yaml", set overrides: [String] = [], sections: RequiredSections = .model
  ) {
    var sources = SourceMap()
    var bag = DiagnosticBag()
    spec = SpecLoader.load(
      Array(text.utf8), name: name, overrides: overrides, catalog: .standard, sources: &sources, bag: &bag,
      sections: sections)
    diagnostics = bag.withoutSuppressed(in: sources).sorted
    self.sources = sources
  }

  /// A model of these layers.
  init(layers: String..., input: String = "[28, 28, 1]", more: String = "", set overrides: [String] = []) {
    let items = layers.map { "    - \($0)\n" }.joined()
    self.init("model:\n  input: \(input)\n  layers:\n\(items)\(more)", set: overrides)
  }

  var codes: [String] { diagnostics.map(\.code.id) }
  var messages: [String] { diagnostics.map(\.message) }
  var rendered: String { FullRenderer(sources: sources).render(diagnostics) }

  /// What is wrong, without advice.
  var errors: String { FullRenderer(sources: sources).render(diagnostics.filter { $0.severity == .error }) }

  /// What a diagnostic's caret underlines.
  func underlined(_ index: Int) -> String {
    guard index < diagnostics.count else { return "" }
    let span = diagnostics[index].span
    return String(decoding: sources[span.source].bytes[span.start.byte..<span.end.byte], as: UTF8.self)
  }

  var model: CheckedModel? { spec?.model }
  var shapes: [[Int]] { model?.layers.map(\.outputType.extents) ?? [] }
  var counts: [Int] { model?.layers.map(\.parameterCount) ?? [] }
  var names: [String] { model?.layers.map(\.spec.name) ?? [] }
}
