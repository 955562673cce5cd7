import CNNDiagnostics
import CNNLayers
import CNNSpec
import CNNTestSupport
import CNNYAML
import Foundation
import Testing

/// One truth: a spec with one value mistreated is refused by the JSON Schema, as public tools read it, exactly if
/// `validate` finds a fault of keys or types in it.
@Suite struct SchemaAgreementTests {
  private struct Mutant: Encodable {
    let text: String
    /// Which key was mistreated, and how.
    let change: String
    let isValid: Bool
    /// What is said of it, for a failure's text.
    let codes: [String]
  }

  private static let values = [
    "", "0", "-1", "0.5", "1e30", "1048577", "-9223372036854775808", "\"1\"", "\"\"", "text", "yes", "true", "null",
    "~",
    "none", "[]", "[1]", "[1, 2]", "[1, 2, 3]", "[[1, 2], 3]", "[text]", "[null]", "[relu]", "[[relu], []]", "{}",
    "{a: 1}", "{relu: }", "{relu: null}", "{l2: }", "{adam: null}", "{constant: ~}", "(3, 3)", "16 MiB", "\">= 1\"",
    "\">= 1 k\"", "5 GFLOPs", "train", "\"train[:10]\"", "a.csv", "adam", "softmax", "conv", "input", "accuracy",
    "{auc: {curve: pr}}", "{mean_squared_error: }", "{huber: 2}", "balanced", "{0: 1, a: 2}", "{npz: a.npz}",
    "{cosine_decay: {initial_learning_rate: 0.1, decay_steps: 10}}",
  ]

  /// Without `define`, whose names and their types no schema can follow.
  private static let blocks = """
    model:
      input: [4, 4, 4]
      layers:
        - repeat: {times: 2, name: s, layers: [relu, {conv2d: {filters: 4, kernel_size: 1, name: c}}]}
        - residual: {layers: [relu], shortcut: [], activation: relu, name: r, inputs: s}
        - branches: {merge: concatenate, name: b, paths: [[], [relu, elu], [{flatten: }, {reshape: [4, 4, 4]}]]}
        - branches: {merge: {concatenate: {axis: 1}}, paths: [[], [relu]]}
        - flatten
        - dense: {units: 3, kernel_initializer: {random_normal: {mean: 0, stddev: 0.1}}, kernel_regularizer: {l1_l2: {l1: 0.1, l2: 0.1}}}
    training: {optimizer: sgd, loss: mean_squared_error, metrics: accuracy}
    expect: {layers: 15, flops: 1 G, test_accuracy: ">= 0.5"}

    """

  /// Codes of what a schema cannot know: numbers in a form that a parser of YAML 1.2 has read before (CN2203), names that
  /// are not there or there twice (CN2211, CN24).
  private static let beyond: Set = ["CN2203", "CN2211", "CN2401", "CN2402", "CN2403", "CN2404"]
  /// Faults of form that have codes in other families: lists without layers, a loss with arguments.
  private static let ofForm: Set = ["CN3205", "CN4107"]
  /// Half of form: lengths of lists, slices, merges that name no inputs.
  private static let unclear: Set = ["CN3102", "CN3204", "CN4201", "CN4202", "CN4204", "CN5103"]

  /// The verdict that the schema should come to; `nil` where it cannot know.
  private static func mutant(_ text: String, _ change: String) -> Mutant? {
    let loaded = Loaded(text)
    let codes = Set(loaded.codes)
    if codes.contains(where: { $0.hasPrefix("CN1") }) { return nil }
    // Expectations of metrics that the spec itself names.
    if text.contains("name: area"),
      loaded.diagnostics.contains(where: { $0.path.hasPrefix("$.expect.") && $0.code == SpecCode.unknownKey })
    {
      return nil
    }
    // Lists of one number a channel, and two that are to be of one length.
    if loaded.diagnostics.contains(where: { $0.code == SpecCode.wrongLength && !$0.notes.isEmpty }) { return nil }
    let isFaulty = codes.contains { $0.hasPrefix("CN2") && !beyond.contains($0) || ofForm.contains($0) }
    if !isFaulty, !codes.isDisjoint(with: beyond.union(unclear)) { return nil }
    return Mutant(text: text, change: change, isValid: !isFaulty, codes: codes.sorted())
  }

  private static func entries(_ node: YAMLNode) -> [YAMLEntry] {
    switch node.content {
    case .scalar: []
    case .sequence(let items): items.flatMap(entries)
    case .mapping(let members): members.flatMap { [$0] + entries($0.value) }
    }
  }

  /// The text with the first item alone of lists that do not go with the layer's input, such as one number a channel.
  private static func fitting(_ text: String) -> String {
    var text = text
    while let fault = Loaded(text).diagnostics.first(where: { $0.code == SpecCode.wrongLength }) {
      var lines = text.components(separatedBy: "\n")
      let parts = lines[fault.span.start.line - 1].split { "[,]".contains($0) }
      guard parts.count > 2 else { break }
      lines[fault.span.start.line - 1] = parts.prefix(2).joined()
      text = lines.joined(separator: "\n")
    }
    return text
  }

  /// Every value replaced by every other, every key left out and misspelt.
  private static func mutants(of text: String) throws -> [(text: String, change: String)] {
    let bytes = Array(text.utf8)
    var bag = DiagnosticBag()
    let root = try #require(YAMLReader.read(bytes, source: SourceID(index: 0), into: &bag))
    let start = text.range(of: "subject").map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) } ?? 0
    return entries(root).filter { $0.value.span.start.byte >= start }.flatMap { entry in
      let (key, value) = (entry.keySpan, entry.value.span)
      func replacing(_ range: Range<Int>, _ text: String) -> String {
        String(decoding: bytes[..<range.lowerBound] + Array(text.utf8) + bytes[range.upperBound...], as: UTF8.self)
      }
      return values.map { (replacing(value.start.byte..<value.end.byte, $0), "\(entry.key): \($0)") } + [
        (replacing(key.start.byte..<value.end.byte, ""), "no \(entry.key)"),
        (replacing(key.end.byte..<key.end.byte, "x"), "\(entry.key)x"),
      ]
    }
  }

  private static let script = """
    import json
    import jsonschema, ruamel.yaml
    validator = jsonschema.Draft7Validator(json.load(open("schema.json")))
    count = 0
    for mutant in json.load(open("mutants.json")):
        data = ruamel.yaml.YAML(typ="safe", pure=True).load(mutant["text"])
        if validator.is_valid(data) != mutant["isValid"]:
            count += 1
            if count < 20:
                print("refused" if mutant["isValid"] else "took", mutant["codes"], mutant["change"], "in", mutant["text"])
    print(count, "verdicts differ")
    """

  @Test("the schema's verdict is that of validate, for each value of a spec mistreated", arguments: 0..<4)
  func verdicts(part: Int) throws {
    let texts = FieldMutationTests.layers.map(Self.fitting) + [FieldMutationTests.settings, Self.blocks]
    let mutants = try texts.enumerated().flatMap { index, text in
      // Layers share most of their arguments' types: of their mutants every seventh is looked at.
      let stride = index < FieldMutationTests.layers.count ? 7 : 1
      return try Self.mutants(of: text).enumerated().filter { ($0.offset + index) % stride == 0 }.map(\.element)
    }
    for text in texts { #expect(Self.mutant(text, "")?.isValid ?? true, "\(text)\n\(Loaded(text).rendered)") }
    let chosen = mutants.enumerated().filter { $0.offset % 4 == part }.compactMap {
      Self.mutant($0.element.text, $0.element.change)
    }
    #expect(chosen.count > 500 && chosen.contains { $0.isValid } && chosen.contains { !$0.isValid })
    let json = String(decoding: try JSONEncoder().encode(chosen), as: UTF8.self)
    let files = ["schema.json": SpecSchema(.standard).text, "mutants.json": json]
    guard let output = try PeerPython.run(Self.script, files: files) else { return }
    #expect(output == "0 verdicts differ\n")
  }

  @Test("every resolved spec passes the schema")
  func resolved() throws {
    let texts = FieldMutationTests.layers.map(Self.fitting) + [FieldMutationTests.settings, Self.blocks]
    let specs =
      texts.compactMap { Loaded($0).spec?.resolvedText } + [
        try #require(
          Loaded("model: {input: [4], layers: [{dense: 3}]}\ntraining: {optimizer: adam, loss: mean_squared_error}\n")
            .spec
        )
        .resolvedText
      ]
    #expect(specs.count > 30)
    let mutants = specs.map { Mutant(text: $0, change: "resolved", isValid: true, codes: []) }
    let json = String(decoding: try JSONEncoder().encode(mutants), as: UTF8.self)
    let files = ["schema.json": SpecSchema(.standard).text, "mutants.json": json]
    guard let output = try PeerPython.run(Self.script, files: files) else { return }
    #expect(output == "0 verdicts differ\n")
  }
}
