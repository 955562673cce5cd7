import Foundation

/// The built command, run as a user runs it.
struct Command {
  struct Outcome {
    let status: Int32
    let output: String
    let error: String
  }

  static let projectRoot = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Beside the test bundle, where the build puts both.
  static var executable: URL {
    URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().appendingPathComponent("cnnrun")
  }

  /// Runs `cnnrun` with these arguments, in the project's folder unless another is given.
  static func run(
    _ arguments: [String], input: String? = nil, directory: URL? = nil, environment: [String: String] = [:]
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    process.currentDirectoryURL = directory ?? projectRoot
    var variables = ProcessInfo.processInfo.environment
    for name in [
      "CNNRUN_THREADS", "CNNRUN_ISA", "CNNRUN_DATA_DIR", "CNNRUN_DATA_MEMORY", "CNNRUN_RUNS_DIR", "NO_COLOR",
      "FORCE_COLOR",
    ] {
      variables[name] = nil
    }
    variables.merge(environment) { $1 }
    process.environment = variables
    // Files, not pipes: whatever a command prints, nobody waits for anybody.
    let scratch = try TemporaryFolder()
    let outputFile = scratch.url.appendingPathComponent("stdout")
    let errorFile = scratch.url.appendingPathComponent("stderr")
    let inputFile = scratch.url.appendingPathComponent("stdin")
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    try Data((input ?? "").utf8).write(to: inputFile)
    process.standardInput = try FileHandle(forReadingFrom: inputFile)
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
      output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
      error: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
  }
}

/// A folder that is gone when the last reference to it is.
final class TemporaryFolder {
  let url: URL

  init(inMemory: Bool = false) throws {
    let memory = URL(fileURLWithPath: "/dev/shm")
    let root =
      inMemory && FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    url = root.appendingPathComponent("cnnrun-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ text: String) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(text.utf8).write(to: file)
    return file
  }
}
