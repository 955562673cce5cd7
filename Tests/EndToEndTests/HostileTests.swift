import Foundation
import Testing

/// Every command on every hostile file: an answer and a status that says what it is, in less than 64 MiB.
///
/// A process of Python starts each command, since what the system says of a child's memory includes that of its parent;
/// without Python the tests say so and pass.
@Suite("hostile files") struct HostileTests {
  private static let python = ["/usr/bin/python3", "/usr/local/bin/python3", "/opt/homebrew/bin/python3"]
    .first(where: FileManager.default.isExecutableFile)

  /// What each command prints goes nowhere: how it ends and what it took are looked at.
  private static let script = """
    import json, os, subprocess, sys
    executable, folder, *words = sys.argv[1:]
    for name in sorted(os.listdir(folder)):
        child = subprocess.Popen([executable] + words + [os.path.join(folder, name)],
                                 stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        print(json.dumps([name, os.waitstatus_to_exitcode(status), usage.ru_maxrss]))
    """

  private struct Outcome {
    let name: String
    let status: Int
    let mebibytes: Double
  }

  private static func outcomes(of words: [String]) throws -> [Outcome]? {
    guard let python else {
      print("skipped: there is no Python")
      return nil
    }
    let folder = try TemporaryFolder()
    let files = folder.url.appendingPathComponent("files")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: false)
    for file in HostileFile.all {
      try Data(file.text.utf8).write(to: files.appendingPathComponent("\(file.name).yaml"))
    }
    let script = try folder.file("script.py", Self.script)
    let output = try folder.file("out", "")
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [script.path, Command.executable.path, files.path] + words
    process.standardOutput = try FileHandle(forWritingTo: output)
    try process.run()
    process.waitUntilExit()
    // Linux counts in KiB, macOS in bytes.
    #if os(Linux)
      let unit = 1024.0
    #else
      let unit = 1_048_576.0
    #endif
    return try String(contentsOf: output, encoding: .utf8).split(separator: "\n").map { line in
      let values = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [Any])
      return Outcome(
        name: try #require(values[0] as? String), status: try #require(values[1] as? Int),
        mebibytes: try #require(values[2] as? Double) / unit)
    }
  }

  @Test("no file is larger than a spec may be") func sizes() {
    for file in HostileFile.all { #expect(file.text.utf8.count <= 1 << 20, "\(file)") }
    #expect(Set(HostileFile.all.map(\.name)).count == HostileFile.all.count)
  }

  @Test(
    "every command ends with an answer, in less than 64 MiB",
    .timeLimit(.minutes(10)),
    arguments: [
      ["validate"], ["validate", "--strict", "--format", "json"], ["validate", "--format", "sarif"],
      ["validate", "--format", "junit"], ["validate", "--format", "github"], ["validate", "--format", "gitlab"],
      ["validate", "--format", "concise"], ["validate", "--fix", "--unsafe-fixes"],
      ["validate", "--diff", "--unsafe-fixes"], ["fmt", "--check"], ["summary"],
    ])
  func commands(_ words: [String]) throws {
    guard let outcomes = try Self.outcomes(of: words) else { return }
    #expect(outcomes.count == HostileFile.all.count)
    for outcome in outcomes {
      // 0 fine, 1 the spec is at fault.
      #expect([0, 1].contains(outcome.status), "\(outcome.name): status \(outcome.status)")
      #if !DEBUG
        #expect(outcome.mebibytes < 64, "\(outcome.name): \(outcome.mebibytes) MiB")
      #endif
    }
  }
}
