import Foundation

@testable import CNNExport

/// The C compilers of this machine, and models that are compiled into one program with them.
struct CCompiler: Sendable, CustomStringConvertible {
  let path: String
  let flags: [String]

  var description: String { "\(path) \(flags.joined(separator: " "))" }

  static let strict = ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
  static let sanitizers = ["-g0", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"]

  /// GCC, Clang and whatever is called `cc`, as far as they compile anything with these flags.
  static func all(_ flags: [String], named names: [String] = ["gcc", "clang", "cc"]) throws -> [CCompiler] {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
    var found: [CCompiler] = []
    for name in names {
      guard
        let path = folders.map({ "\($0)/\(name)" }).first(where: FileManager.default.isExecutableFile(atPath:)),
        !(name == "cc" && !found.isEmpty)
      else { continue }
      let compiler = CCompiler(path: path, flags: strict + flags)
      let folder = try ScratchFolder()
      try folder.write("any.c", Array("int main(void) { return 0; }\n".utf8))
      if try compiler.run(["any.c", "-o", "any"], in: folder).status == 0 { found.append(compiler) }
    }
    if found.isEmpty { print("skipped: no C compiler that takes \(flags)") }
    return found
  }

  func run(_ arguments: [String], in folder: ScratchFolder) throws -> (status: Int32, text: String) {
    try folder.run(path, flags + arguments)
  }

  /// The outputs of every model for every sample of its trial, from one program.
  func outputs(of trials: [TrialModel]) throws -> [[Float]] {
    let folder = try ScratchFolder()
    var taken: UniqueNames?
    var functions = CFunctions()
    var (headers, bodies, calls): ([UInt8], [UInt8], String) = ([], [], "")
    var samples: [Float] = []
    for (index, trial) in trials.enumerated() {
      var options = ExportOptions()
      options.cName = "m\(index)"
      let model = try CModel(trial.model, options, taken: taken)
      taken = model.names
      for function in model.functions { functions.add(function) }
      headers += model.header
      bodies += model.body
      calls += "  run(m\(index)_predict, \(trial.trial.samples.count), M\(index)_INPUT_SIZE, M\(index)_OUTPUT_SIZE);\n"
      samples += trial.trial.values(ofFirst: trial.trial.samples.count)
    }
    let driver = """
      static void run(int (*predict)(const float *, float *), size_t samples, size_t in, size_t out)
      {
        for (size_t i = 0; i < samples; i++) {
          float *x = malloc(in * sizeof *x), *y = malloc(out * sizeof *y);
          if (x == NULL || y == NULL || fread(x, sizeof *x, in, stdin) != in || predict(NULL, y) != 1
              || predict(x, y) != 0 || fwrite(y, sizeof *y, out, stdout) != out) exit(3);
          free(x);
          free(y);
        }
      }

      int main(void)
      {
      \(calls)  return 0;
      }

      """
    let head = "#include <math.h>\n#include <stddef.h>\n#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
    let text = functions.functions.map { $0.text + "\n" }.joined()
    try folder.write("all.c", Array(head.utf8) + headers + Array(text.utf8) + bodies + Array(driver.utf8))
    try folder.write("input", samples.withUnsafeBytes { Array($0) })
    let compiled = try run(["all.c", "-o", "all", "-lm"], in: folder)
    guard compiled.status == 0 else { throw Failure(text: "\(self): \(compiled.text.prefix(2000))") }
    let ran = try folder.run(folder.path("all"), [], input: "input", output: "output")
    guard ran.status == 0 else { throw Failure(text: "\(self): status \(ran.status), \(ran.text.prefix(2000))") }
    var rest = try folder.floats("output")[...]
    return trials.map { trial in
      let count = trial.trial.samples.count * trial.model.spec.model.outputType.elementCount
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  struct Failure: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
  }
}

/// A folder that is gone when the last reference to it is.
final class ScratchFolder {
  private let url = FileManager.default.temporaryDirectory.appendingPathComponent("cnnrun-c-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }
  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  func write(_ name: String, _ bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path(name))) }

  func floats(_ name: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(fileURLWithPath: path(name)))
    return stride(from: 0, to: data.count, by: 4).map { start in
      data[start..<start + 4].withUnsafeBytes { $0.loadUnaligned(as: Float.self) }
    }
  }

  func run(
    _ program: String, _ arguments: [String], input: String? = nil, output: String = "stdout"
  ) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.currentDirectoryURL = url
    for name in [output, "stderr"] { try Data().write(to: URL(fileURLWithPath: path(name))) }
    process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: input.map(path) ?? "/dev/null"))
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: path(output)))
    process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: path("stderr")))
    try process.run()
    process.waitUntilExit()
    let status = process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    return (status, String(decoding: try Data(contentsOf: URL(fileURLWithPath: path("stderr"))), as: UTF8.self))
  }
}
