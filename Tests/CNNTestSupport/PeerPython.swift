internal import Foundation

/// The Python in which `.ci/setup` installs public tools to compare with, `.build-tools` of the project.
package enum PeerPython {
  private static let executable = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".build-tools/bin/python")

  /// - Parameter files: names and texts of files in the folder that the script runs in.
  /// - Returns: what the script printed, or `nil` if there is no Python or a package that it imports is missing.
  package static func run(_ script: String, files: [String: String] = [:]) throws -> String? {
    guard FileManager.default.isExecutableFile(atPath: executable.path) else {
      print("skipped: no Python in .build-tools; .ci/setup makes it")
      return nil
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-peer-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files.merging(["script.py": script, "out": ""], uniquingKeysWith: { $1 }) {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    let output = folder.appendingPathComponent("out")
    let process = Process()
    process.executableURL = executable
    process.arguments = ["script.py"]
    process.currentDirectoryURL = folder
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = process.standardOutput
    try process.run()
    process.waitUntilExit()
    let text = try String(contentsOf: output, encoding: .utf8)
    if text.contains("ModuleNotFoundError") {
      print("skipped: \(text.split(separator: "\n").last ?? "")")
      return nil
    }
    return text
  }
}
