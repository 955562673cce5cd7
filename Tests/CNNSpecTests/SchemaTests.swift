import CNNDiagnostics
import CNNLayers
import CNNSpec
import CNNYAML
import Foundation
import Testing

@Suite struct SchemaTests {
  private static let schema = SpecSchema(.standard)
  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func members(_ text: JSONText?) -> [String: JSONText] {
    if case .object(let members)? = text { members } else { [:] }
  }

  private static func definition(_ name: String) -> [String: JSONText] {
    members(members(members(schema.json)["definitions"])[name])
  }

  /// Keys that a fault's help says are taken: "`x` takes a, b, c".
  private static func keysTaken(_ text: String) -> Set<String> {
    let help = Loaded(text).diagnostics.first { $0.code == SpecCode.unknownKey }?.help ?? ""
    guard let list = help.range(of: " takes ") else { return [] }
    return Set(help[list.upperBound...].components(separatedBy: ", "))
  }

  private static let model = "model: {input: [8, 8, 1], layers: [flatten]}\n"

  @Test("the committed schema is what the program prints") func current() throws {
    let committed = try String(contentsOf: Self.root.appending(path: "Specs/cnnrun.schema.json"), encoding: .utf8)
    #expect(committed == Self.schema.text, "run `cnnrun schema > Specs/cnnrun.schema.json`")
  }

  @Test("each section has the keys that its reader takes", arguments: ["data", "training", "expect"])
  func sections(name: String) {
    let section = Self.members(Self.members(Self.members(Self.schema.json)["properties"])[name])
    let keys = Set(Self.members(section["properties"]).keys)
    #expect(keys == Self.keysTaken(Self.model + "\(name): {zzz: 1}\n"))
    #expect(keys.count > 3)
  }

  @Test("the spec and the model have the keys that their readers take") func outer() {
    #expect(
      Set(Self.members(Self.members(Self.schema.json)["properties"]).keys) == Self.keysTaken(Self.model + "zzzz: 1\n"))
    let model = Set(Self.members(Self.definition("model")["properties"]).keys)
    #expect(model == Self.keysTaken("model: {input: [8, 8, 1], layers: [flatten], zzz: 1}\n"))
  }

  @Test("each layer has the keys that its reader takes", arguments: LayerCatalog.standard.kinds.map { $0.kind })
  func layers(kind: String) throws {
    guard case .array(let forms)? = Self.definition(kind)["anyOf"] else {
      Issue.record("no forms of \(kind)")
      return
    }
    let record = try #require(
      forms.lazy.map(Self.members).first { $0["properties"] != nil && $0["maxProperties"] == nil })
    #expect(record["additionalProperties"] == .bool(false))
    #expect(
      Set(Self.members(record["properties"]).keys)
        == Self.keysTaken("model: {input: [8, 8, 1], layers: [{\(kind): {zzz: 1}}]}\n"))
  }

  @Test("defaults are Keras's, as what they are") func defaults() {
    guard case .array(let forms)? = Self.definition("conv2d")["anyOf"] else {
      Issue.record("no forms")
      return
    }
    let properties = Self.members(Self.members(forms.first)["properties"])
    #expect(Self.members(properties["use_bias"])["default"] == .bool(true))
    #expect(Self.members(properties["padding"])["default"] == .string("valid"))
    #expect(Self.members(properties["strides"])["default"] == .array([.int(1), .int(1)]))
    #expect(Self.members(properties["kernel_initializer"])["default"] == .string("glorot_uniform"))
    #expect(Self.members(forms.first)["required"] == .array([.string("filters"), .string("kernel_size")]))
  }

  @Test("each template is valid, and formatted", arguments: Template.allCases)
  func templates(template: Template) throws {
    let text = SpecTemplate.text(template, name: "x", schema: "s.json")
    #expect(Loaded(text, sections: template == .minimal ? .model : .training).codes == [], "\(Loaded(text).rendered)")
    #expect(Loaded(text).spec?.name == "x")
    let formatted = try YAMLFormatter.format(Array(text.utf8), order: Self.schema.keyOrder)
    #expect(String(decoding: formatted, as: UTF8.self) == text)
  }

  @Test("a file's name becomes a model's") func names() {
    #expect(SpecTemplate.name(fromFile: "my net.yaml") == "my_net")
    #expect(SpecTemplate.name(fromFile: "lenet.yml") == "lenet")
    #expect(SpecTemplate.name(fromFile: "größe.yaml") == "gr__e")
  }

  @Test("formatting a spec changes nothing that is read from it", arguments: ["fashion-mnist", "residual", "strided"])
  func meaning(name: String) throws {
    let text = try String(contentsOf: Self.root.appending(path: "Specs/\(name).yaml"), encoding: .utf8)
    // The same spec, written in another order: sections turned around.
    let sections = text.components(separatedBy: "\n\n").filter { $0.first?.isLetter ?? false }.reversed()
    for variant in [text, sections.joined(separator: "\n") + "\n"] {
      let formatted = String(
        decoding: try YAMLFormatter.format(Array(variant.utf8), order: Self.schema.keyOrder), as: UTF8.self)
      #expect(Loaded(formatted).spec?.resolvedText == Loaded(variant).spec?.resolvedText)
    }
    let formatted = try YAMLFormatter.format(Array(text.utf8), order: Self.schema.keyOrder)
    #expect(String(decoding: formatted, as: UTF8.self) == text, "specs of the project are formatted")
  }
}
