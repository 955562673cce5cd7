import Foundation
import Testing

@Suite("validate") struct ValidateTests {
  static let faulty = """
    # A comment that stays.
    model:
      input: [28, 28, 1]
      layers:
        - conv2d: {filters: "8", kernel_size: (3, 3)}   # quoted
        - dens: 10

    """.replacingOccurrences(of: "(3, 3)", with: "3")

  private static func json(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test("folders and patterns stand for the specs below them") func expansion() throws {
    let folder = try TemporaryFolder()
    let good = "model: {input: [8, 8, 1], layers: [flatten]}\n"
    for name in ["b.yaml", "a.yml", "notes.txt"] { _ = try folder.file(name, good) }
    let walked = try Command.run(["validate", "--format", "junit", "."], directory: folder.url)
    #expect(walked.status == 0, "\(walked.error)")
    let names = walked.output.components(separatedBy: "<testsuite name=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
    #expect(names == ["a.yml", "b.yaml"])
    #expect(try Command.run(["validate", "*.yaml"], directory: folder.url).error == "1 spec is valid\n")
    let none = try Command.run(["validate", "*.json"], directory: folder.url)
    #expect(none.status == 2)
    #expect(none.error.hasPrefix("error: no file matches '*.json'\n"))
  }

  @Test("a file that cannot be read is in the report, and the status is 2") func unreadable() throws {
    let outcome = try Command.run(["validate", "--format", "json", "no-such.yaml", "Specs/fashion-mnist.yaml"])
    #expect(outcome.status == 2)
    let report = try Self.json(outcome.output)
    let diagnostics = try #require(report["diagnostics"] as? [[String: Any]])
    #expect(diagnostics.map { $0["code"] as? String } == ["CN1007"])
    #expect(diagnostics.first?["file"] as? String == "no-such.yaml")
    #expect((report["summary"] as? [String: Any])?["files"] as? Int == 2)
    #expect(try Command.run(["validate", "no-such.yaml", "--exit-zero"]).status == 2)
  }

  @Test("that no more faults are reported is said in every format") func manyFaults() throws {
    let spec = "model:\n  input: [4]\n  layers:\n" + String(repeating: "    - dens: 3\n", count: 600)
    let full = try Command.run(["validate", "-"], input: spec)
    #expect(full.error.hasSuffix("\nand at least 450 more\nat least 500 errors in 1 file\n"))
    let concise = try Command.run(["validate", "-", "--format", "concise"], input: spec)
    #expect(concise.output.split(separator: "\n").count == 500)
    #expect(concise.error == "note: no more than 500 errors and as many warnings are reported\n")
    let report = try Self.json(try Command.run(["validate", "-", "--format", "json"], input: spec).output)
    #expect((report["summary"] as? [String: Any])?["truncated"] as? Bool == true)
    let few = try Self.json(try Command.run(["validate", "-", "--format", "json"], input: Self.faulty).output)
    #expect((few["summary"] as? [String: Any])?["truncated"] as? Bool == false)
  }

  @Test("faults can be left out, let pass, or counted from warnings") func statuses() throws {
    #expect(try Command.run(["validate", "-"], input: Self.faulty).status == 1)
    #expect(try Command.run(["validate", "-", "--exit-zero"], input: Self.faulty).status == 0)
    let ignored = try Command.run(
      ["validate", "-", "--format", "concise", "--ignore", "cn2202,unknown-layer"], input: Self.faulty)
    #expect(ignored.status == 0)
    #expect(ignored.output == "")
    let mistyped = try Command.run(["validate", "-", "--ignore", "unknown-kye"], input: Self.faulty)
    #expect(mistyped.status == 2)
    #expect(mistyped.error.contains("did you mean unknown-key?"))
  }

  @Test("stdin has the name that it is given") func standardInput() throws {
    let outcome = try Command.run(
      ["validate", "-", "--format", "concise", "--stdin-filename", "net.yaml"], input: Self.faulty)
    #expect(
      outcome.output == """
        net.yaml:5:25: error: `filters` takes a positive integer, and `"8"` is in quotes, so it is text; write `8` [CN2202]
        net.yaml:6:7: error: there is no layer `dens`; did you mean `dense`? [CN2104]

        """)
  }

  @Test("a name for stdin without stdin is a usage error") func nameWithoutInput() throws {
    let outcome = try Command.run(["validate", "Specs/fashion-mnist.yaml", "--stdin-filename", "net.yaml"])
    #expect(outcome.status == 2)
    #expect(outcome.error.contains("no operand is -"))
  }

  @Test("the report goes to a file") func output() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(
      ["validate", "-", "--format", "gitlab", "--output", folder.url.path + "/r.json"], input: Self.faulty)
    #expect(outcome.status == 1)
    #expect(outcome.output == "")
    let written = try String(contentsOfFile: folder.url.path + "/r.json", encoding: .utf8)
    #expect(written.hasPrefix(#"[{"check_name":"CN2202""#))
  }

  @Test("on GitHub there are annotations and a summary") func github() throws {
    let folder = try TemporaryFolder()
    let summary = try folder.file("summary.md", "before\n")
    let outcome = try Command.run(
      ["validate", "-"], input: Self.faulty,
      environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary.path])
    #expect(
      outcome.output.hasPrefix("::error title=cnnrun (CN2202),file=<stdin>,line=5,col=25,endLine=5,endColumn=28::"))
    #expect(outcome.error.hasPrefix("error[CN2202]"))
    let text = try String(contentsOf: summary, encoding: .utf8)
    #expect(text.hasPrefix("before\n### cnnrun validate\n\n2 errors in 1 file\n"))
    #expect(try Command.run(["validate", "-"], input: Self.faulty, environment: ["GITHUB_ACTIONS": ""]).output == "")
  }

  @Test("safe fixes are made in place, comments and mode stay") func fix() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.yaml", Self.faulty)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
    let outcome = try Command.run(["validate", "--fix", "a.yaml"], directory: folder.url)
    #expect(outcome.status == 1)
    #expect(outcome.error.hasPrefix("a.yaml: 1 fault mended\nerror[CN2104]"))
    #expect(try String(contentsOf: file, encoding: .utf8) == Self.faulty.replacingOccurrences(of: "\"8\"", with: "8"))
    #expect(try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o640)

    let all = try Command.run(["validate", "--fix", "--unsafe-fixes", "a.yaml"], directory: folder.url)
    #expect(all.status == 0, "\(all.error)")
    #expect(try String(contentsOf: file, encoding: .utf8).contains("- dense: 10\n"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["a.yaml"])
  }

  @Test("--diff changes nothing") func diff() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.yaml", Self.faulty)
    let outcome = try Command.run(["validate", "--diff", "a.yaml"], directory: folder.url)
    #expect(outcome.status == 1)
    #expect(outcome.output.hasPrefix("--- a/a.yaml\n+++ b/a.yaml\n@@ -2,5 +2,5 @@\n"))
    #expect(try String(contentsOf: file, encoding: .utf8) == Self.faulty)
  }

  @Test("stdin is mended to stdout") func fixStandardInput() throws {
    let outcome = try Command.run(["validate", "--fix", "-"], input: Self.faulty)
    #expect(outcome.output == Self.faulty.replacingOccurrences(of: "\"8\"", with: "8"))
    #expect(try Command.run(["validate", "--fix", "-", "--format", "json"], input: Self.faulty).status == 2)
    #expect(try Command.run(["validate", "--unsafe-fixes", "-"], input: Self.faulty).status == 2)
  }

  /// Counted by Python's `collections.Counter` over the labels of the subset, the first and the second thousand.
  private static let classCounts = [
    [95, 105, 109, 104, 95, 106, 105, 96, 77, 108], [92, 96, 108, 94, 89, 111, 84, 110, 101, 115],
  ]

  @Test("the data is counted by class") func data() throws {
    let outcome = try Command.run(["validate", "--check-data", "--format", "json", "Specs/fashion-mnist.yaml"])
    #expect(outcome.status == 0, "\(outcome.error)")
    let inventories = try #require(try Self.json(outcome.output)["data"] as? [[String: Any]])
    let splits = try #require(inventories.first?["splits"] as? [[String: Any]])
    #expect(splits.map { $0["samples"] as? Int } == [1000, 1000])
    for (split, counts) in zip(splits, Self.classCounts) {
      #expect(split["shape"] as? [Int] == [28, 28, 1])
      let classes = try #require(split["classes"] as? [[String: Any]])
      #expect(classes.map { $0["samples"] as? Int } == counts)
    }
    let missing = try Command.run(["validate", "--check-data", "--data-dir", "/nowhere", "Specs/fashion-mnist.yaml"])
    #expect(missing.status == 3)
    #expect(missing.error.contains("CN4301"))
  }

  @Test("a check opens the spec and nothing else, and writes no file") func opensOneFile() throws {
    let strace = "/usr/bin/strace"
    guard FileManager.default.isExecutableFile(atPath: strace) else {
      print("skipped: there is no strace")
      return
    }
    let folder = try TemporaryFolder()
    let spec = try folder.file(
      "probe.yaml", "model: {input: [28, 28, 1], layers: [flatten]}\ndata: {source: fashion_mnist}\n")
    let log = folder.url.appendingPathComponent("log")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: strace)
    process.arguments = [
      "-f", "-e", "trace=open,openat,openat2,creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,connect",
      "-o",
      log.path, Command.executable.path, "validate", spec.path,
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      print("skipped: strace may not trace here")
      return
    }
    let calls = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").filter { $0.contains("(") }
    let started = try #require(calls.firstIndex { $0.contains("probe.yaml") })
    #expect(calls[started].contains("O_RDONLY"))
    // Before it the loader opens libraries, the C library its locale and the processors that there are.
    for call in calls where !call.contains("probe.yaml") {
      #expect(call.contains("O_RDONLY"), "\(call)")
      let isOfTheSystem = ["\"/lib", "\"/usr/", "\"/etc/ld.so", "\"/proc/", "\"/sys/", ".so"].contains {
        call.contains($0)
      }
      #expect(isOfTheSystem, "\(call)")
    }
    #expect(calls.count { $0.contains("probe.yaml") } == 1)
  }
}
