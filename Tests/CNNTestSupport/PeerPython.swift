internal import Foundation

/// The Python in which `.ci/setup` installs public tools to compare with, `.build-tools` of the project.
package enum PeerPython {
  private static let executable = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build-tools/bin/python")

  /// - Parameters:
  ///   - arguments: what the script finds behind its name in `sys.argv`.
  ///   - files: names and texts of files in the folder that the script runs in.
  /// - Returns: what the script printed, and its traceback if it failed; `nil` if there is no Python or a package that it
  ///   imports is missing.
  package static func run(
    _ script: String, arguments: [String] = [], files: [String: String] = [:]
  ) throws -> String? {
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      print("skipped: no Python in .build-tools; .ci/setup makes it")
      return nil
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files.merging(["script.py": script, "out": "", "errors": ""], uniquingKeysWith: { $1 }) {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    let output = folder.appendingPathComponent("out")
    let process = Process()
    process.executableURL = executable
    process.arguments = ["script.py"] + arguments
    process.currentDirectoryURL = folder
    process.standardOutput = try FileHandle(forWritingTo: output)
    let complaints = folder.appendingPathComponent("errors")
    process.standardError = try FileHandle(forWritingTo: complaints)
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: output, encoding: .utf8)
    if process.terminationStatus == 0 { return text }
    let errors = try String(contentsOf: complaints, encoding: .utf8)
    if errors.contains("ModuleNotFoundError") {
      print("skipped: \(errors.split(separator: "\n").last ?? "")")
      return nil
    }
    return text + errors
  }
}
