import Foundation
import Testing

/// What `summary` predicts of memory against what the system says that a run took.
@Suite("memory") struct MemoryTests {
  /// Kilobytes at the peak, by the system's account of children that have ended; GNU time's `%M`.
  private func peak(_ arguments: [String]) throws -> Int {
    let folder = try TemporaryFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
    let script = try folder.file(
      "peak.py",
      """
      import resource, subprocess, sys
      status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
      print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
      """)
    process.arguments = [script.path, Command.executable.path] + arguments
    process.currentDirectoryURL = Command.projectRoot
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let numbers = text.split(separator: " ").compactMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    try #require(numbers.count == 2 && numbers[0] == 0, "\(text)")
    return numbers[1]
  }

  private func predicted(_ batch: Int) throws -> Int {
    let outcome = try Command.run([
      "summary", "Specs/residual.yaml", "--format", "json", "--batch", "\(batch)", "--threads", "2",
    ])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let training = try #require((object["memory"] as? [String: Any])?["training"] as? [String: Any])
    return try #require(training["bytes"] as? Int) / 1024
  }

  /// The base, the program with its data, does not depend on the batch: it is measured with a small one.
  @Test(
    "the predicted peak is within five percent of the measured one, less the program itself",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3")))
  func prediction() throws {
    let folder = try TemporaryFolder()
    func measured(_ batch: Int) throws -> Int {
      // The least of three: what else the system does can only add.
      try (0..<3).map { turn in
        try peak([
          "Specs/residual.yaml", "--set", "training.epochs=1", "--set", "training.batch_size=\(batch)", "--threads",
          "2", "-q", "--out", folder.url.appendingPathComponent("\(batch)-\(turn)").path,
        ])
      }.min() ?? 0
    }
    let base = try measured(8) - predicted(8)
    for batch in [200, 500, 1000] {
      let (found, expected) = (try measured(batch) - base, try predicted(batch))
      #expect(
        abs(found - expected) * 20 <= expected, "batch \(batch): \(found) KiB measured, \(expected) predicted")
    }
  }

  @Test("a batch that cannot fit is refused before it is allocated, with the largest that does") func refusal() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    func train(_ batch: Int) throws -> Command.Outcome {
      try Command.run([
        "Specs/residual.yaml", "--set", "training.epochs=1", "--set", "training.batch_size=\(batch)", "--memory",
        "16MiB", "-q", "--out", run,
      ])
    }
    let refused = try train(1000)
    #expect(refused.status == 3)
    #expect(refused.error.contains("a batch of 1000 needs "), "\(refused.error)")
    #expect(!FileManager.default.fileExists(atPath: run), "nothing was begun")
    let match = try #require(refused.error.firstMatch(of: /training.batch_size=([0-9]+)` is the largest that fits/))
    let largest = try #require(Int(match.1))
    #expect(try train(largest + 1).status == 3)
    #expect(try train(largest).status == 0)
    // Who plans asks for the same without data.
    let planned = try Command.run(
      ["summary", "Specs/residual.yaml", "--format", "json", "--memory", "16MiB"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(planned.output.utf8)) as? [String: Any])
    let training = try #require((object["memory"] as? [String: Any])?["training"] as? [String: Any])
    #expect(training["largest_batch_size"] as? Int == largest)
  }
}
