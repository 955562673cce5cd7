import CNNTestSupport
import Foundation
import Testing

/// Our output against the public schemas of its formats, and our schema against public tools.
///
/// The tools are Python packages, which `.ci/setup` puts into `.build-tools`; without them the tests say so and pass.
@Suite("public schemas") struct PublicSchemaTests {
  private static func report(_ format: String, in folder: TemporaryFolder) throws -> String {
    let faulty = try folder.file("faulty.yaml", ValidateTests.faulty)
    let file = folder.url.appendingPathComponent("report").path
    _ = try Command.run(["validate", "--format", format, "--output", file, faulty.path, "Specs", "missing.yaml"])
    return file
  }

  /// pydantic-sarif is made from the schema of SARIF 2.1.0, and refuses members that are not in it.
  @Test("SARIF is SARIF") func sarif() throws {
    let folder = try TemporaryFolder()
    let script = """
      import json, sys
      from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as Log
      log = Log.model_validate(json.load(open(sys.argv[1])))
      print(len(log.runs[0].results), "results")
      """
    guard let text = try PeerPython.run(script, arguments: [try Self.report("sarif", in: folder)]) else { return }
    #expect(text == "3 results\n")
  }

  /// The schema of Jenkins's xUnit plugin, which lacks three attributes that GitLab and others read.
  @Test("JUnit is JUnit") func junit() throws {
    let folder = try TemporaryFolder()
    let script = """
      import sys, xml.etree.ElementTree as tree, xmlschema
      root = tree.parse(sys.argv[2]).getroot()
      del root.attrib["skipped"]
      for case in root.iter("testcase"):
          case.attrib.pop("file"), case.attrib.pop("line", None)
      for error in xmlschema.XMLSchema(sys.argv[1]).iter_errors(root):
          print(error.reason, error.path)
      print(len(list(root.iter("testcase"))), "cases")
      """
    let schema = Command.projectRoot.appendingPathComponent("Tests/EndToEndTests/Fixtures/junit-10.xsd").path
    guard let text = try PeerPython.run(script, arguments: [schema, try Self.report("junit", in: folder)]) else {
      return
    }
    let specs = FileManager.default.enumerator(atPath: "\(Command.projectRoot.path)/Specs")?
      .compactMap { $0 as? String }.count { $0.hasSuffix(".yaml") }
    #expect(text == "\(try #require(specs) + 3) cases\n")
  }

  /// What a parser of YAML 1.2 has resolved before a schema
  /// sees it (CN2203); what is no text of a spec (CN2301, CN2302); and what compares one place with another, which draft 7
  /// cannot: names that are used twice, that nothing has, that lead in a circle, and how much all of it comes to.
  private static let beyondSchema: Set<String> = [
    "CN2203", "CN2211", "CN2301", "CN2302", "CN2401", "CN2403", "CN2404",
  ]

  @Test("the schema takes every right example and every spec, and refuses every fault of keys and types")
  func differential() throws {
    let folder = try TemporaryFolder()
    let codes = try folder.file("codes.json", try Command.run(["explain", "--list", "--json"]).output)
    let script = """
      import json, pathlib, sys
      import jsonschema, ruamel.yaml
      schema = json.load(open(sys.argv[2]))
      jsonschema.Draft7Validator.check_schema(schema)
      validator = jsonschema.Draft7Validator(schema)
      def is_valid(text):
          return validator.is_valid(ruamel.yaml.YAML(typ="safe", pure=True).load(text))
      count = 0
      for code in json.load(open(sys.argv[1]))["codes"]:
          name = code["code"]
          if name.startswith("CN1"):
              continue
          if code["right"] and not is_valid(code["right"]):
              print("refused the right example of", name)
          if name.startswith("CN2") and code["wrong"] and name not in sys.argv[4].split(","):
              count += 1
              if is_valid(code["wrong"]):
                  print("took the wrong example of", name)
      for spec in sorted(pathlib.Path(sys.argv[3]).rglob("*.yaml")):
          for error in validator.iter_errors(ruamel.yaml.YAML(typ="safe", pure=True).load(spec)):
              print(spec, error.message)
      print("done" if count > 10 else "too few examples")
      """
    let specs = Command.projectRoot.appendingPathComponent("Specs")
    let schema = specs.appendingPathComponent("cnnrun.schema.json").path
    let text = try PeerPython.run(
      script, arguments: [codes.path, schema, specs.path, Self.beyondSchema.sorted().joined(separator: ",")])
    guard let text else { return }
    #expect(text == "done\n")
  }

  /// Each fault that `validate` finds in a layer or a section, the schema finds in that layer or section.
  @Test("the schema refuses each faulty place of the fixtures", arguments: ["keys", "values"])
  func fixtures(name: String) throws {
    let folder = try TemporaryFolder()
    let fixture = "Tests/CNNSpecTests/Fixtures/\(name).yaml"
    let report = try folder.file("report.json", try Command.run(["validate", "--format", "json", fixture]).output)
    let script = """
      import json, re, sys
      import jsonschema, ruamel.yaml
      def steps(path):
          return [int(a) if a else b for a, b in re.findall(r"\\[(\\d+)\\]|\\.([^.\\[]+)", path)]
      def place(path):
          return tuple(path[:3] if path[:2] == ["model", "layers"] else path[:1])
      schema = json.load(open(sys.argv[2]))
      validator = jsonschema.Draft7Validator(schema)
      data = ruamel.yaml.YAML(typ="safe", pure=True).load(open(sys.argv[3]))
      errors = list(validator.iter_errors(data))
      found = {place(list(error.absolute_path)) for error in errors}
      count = 0
      for fault in json.load(open(sys.argv[1]))["diagnostics"]:
          if not fault["code"].startswith("CN2") or fault["code"] in sys.argv[4].split(","):
              continue
          count += 1
          wanted = place(steps(fault["path"]))
          if wanted and wanted[0] not in schema["properties"]:
              wanted = ()  # a key too many is the fault of the mapping that has it
          if wanted not in found:
              print("took", fault["code"], fault["path"])
      print("done" if count > 10 else "too few faults")
      """
    let text = try PeerPython.run(
      script,
      arguments: [
        report.path, "\(Command.projectRoot.path)/Specs/cnnrun.schema.json", "\(Command.projectRoot.path)/\(fixture)",
        Self.beyondSchema.sorted().joined(separator: ","),
      ])
    guard let text else { return }
    #expect(text == "done\n")
  }
}
