import Foundation
import Testing

@Suite("explain, schema, init, fmt") struct ToolCommandTests {
  @Test("the page of codes is current") func page() throws {
    let page = try Command.run(["explain", "--list", "--markdown"])
    let committed = try String(
      contentsOf: Command.projectRoot.appendingPathComponent("Sources/CODES.md"), encoding: .utf8)
    #expect(page.output == committed, "run `cnnrun explain --list --markdown > Sources/CODES.md`")
  }

  @Test("a code is found by itself and by its name, in any letter case") func explain() throws {
    let outcome = try Command.run(["explain", "cn2103"])
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("CN2103 unknown-key (error): "))
    #expect(try Command.run(["explain", "Unknown-Key"]).output == outcome.output)
    let mistyped = try Command.run(["explain", "unknwon-key"])
    #expect(mistyped.status == 2)
    #expect(mistyped.error.contains("did you mean `cnnrun explain unknown-key`?"))
    #expect(try Command.run(["explain"]).status == 2)
    #expect(try Command.run(["explain", "--list", "CN2103"]).status == 2)
  }

  @Test("every code of every module is listed once") func list() throws {
    let outcome = try Command.run(["explain", "--list", "--json"])
    let object = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let codes = try #require(object?["codes"] as? [[String: Any]]).compactMap { $0["code"] as? String }
    #expect(codes == codes.sorted() && Set(codes).count == codes.count)
    // Every code that the sources declare is explained.
    let sources = Command.projectRoot.appendingPathComponent("Sources")
    var declared: Set<String> = []
    let files = FileManager.default.enumerator(atPath: sources.path)?.compactMap { $0 as? String } ?? []
    for file in files where file.hasSuffix(".swift") {
      let text = try String(contentsOf: sources.appendingPathComponent(file), encoding: .utf8)
      for call in ["DiagnosticCode(\"", "advice(\""] {
        for part in text.components(separatedBy: call).dropFirst() { declared.insert(String(part.prefix(6))) }
      }
    }
    #expect(declared.count > 50)
    #expect(declared == Set(codes))
  }

  @Test("a template is written once") func initialise() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(["init", "my net", "--template", "fashion-mnist"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.output == "wrote my net.yaml\n")
    let file = folder.url.appendingPathComponent("my net.yaml")
    let text = try String(contentsOf: file, encoding: .utf8)
    #expect(text.hasPrefix("# yaml-language-server: $schema=./cnnrun.schema.json\nname: my_net\n"))
    #expect(try Command.run(["validate", "my net.yaml"], directory: folder.url).status == 0)

    try Data("mine\n".utf8).write(to: file)
    let again = try Command.run(["init", "my net"], directory: folder.url)
    #expect(again.status == 2)
    #expect(again.error == "error: 'my net.yaml' exists\n  help: choose another name, or replace it with --force\n")
    #expect(try String(contentsOf: file, encoding: .utf8) == "mine\n")
    #expect(try Command.run(["init", "my net", "--force"], directory: folder.url).status == 0)
    #expect(try Command.run(["init", "-"]).output.contains("\nname: minimal\n"))
    #expect(try Command.run(["init", "x", "--template", "fashon-mnist"], directory: folder.url).status == 2)
  }

  @Test("fmt checks, shows and writes") func format() throws {
    let folder = try TemporaryFolder()
    let text = "model:\n    layers: [flatten]   # all\n    input: [8,8,1]\n"
    let formatted = "model:\n  input: [8, 8, 1]\n  layers: [flatten]     # all\n"
    let file = try folder.file("a.yaml", text)
    let check = try Command.run(["fmt", "--check", "a.yaml"], directory: folder.url)
    #expect(check.status == 1)
    #expect(check.output == "a.yaml\n")
    let diff = try Command.run(["fmt", "--diff", "a.yaml"], directory: folder.url)
    #expect(diff.status == 1)
    #expect(diff.output.hasPrefix("--- a/a.yaml\n"))
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
    #expect(try Command.run(["fmt", "-"], input: text).output == formatted)
    #expect(try Command.run(["fmt", "a.yaml"], directory: folder.url).status == 0)
    #expect(try String(contentsOf: file, encoding: .utf8) == formatted)
    #expect(try Command.run(["fmt", "--check", "a.yaml"], directory: folder.url).status == 0)
    let refused = try Command.run(["fmt", "-"], input: "name: |\n  a\n")
    #expect(refused.status == 1)
    #expect(refused.error.contains("<stdin>:1: fmt cannot keep a text in block style"))
    #expect(refused.output == "")
  }

  @Test("the specs of the project are formatted") func projectSpecs() throws {
    let outcome = try Command.run(["fmt", "--check", "Specs"])
    #expect(outcome.status == 0, "\(outcome.output)")
  }
}
