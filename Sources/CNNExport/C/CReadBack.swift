internal import CNNFiles
internal import CNNLayers
internal import CNNModel
internal import CNNSession

/// Compiles an exported pair with the system's C compiler and runs samples through it.
enum CReadBack {
  /// Operations of all samples: some seconds of one thread.
  private static let budget = 2e10
  private static let mostSamples = 64
  /// Compilers take some ten seconds and a gigabyte for them.
  private static let mostWeights = 1 << 22

  static func run(
    _ files: [ExportedFile], _ model: TrainedModel, _ trial: ExportTrial, _ options: ExportOptions
  ) throws(ExportError) -> ReadBack {
    guard let compiler = Subprocess.find("cc") else {
      return ReadBack(unchecked: "there is no C compiler (`cc`)")
    }
    let weights = model.weights.reduce(0) { $0 + $1.count }
    guard weights <= mostWeights else {
      return ReadBack(unchecked: "compiling \(weights) weights would take minutes")
    }
    do throws(FileError) {
      let folder = try TemporaryFolder()
      return try run(files, model, trial, options, compiler, folder)
    } catch {
      return ReadBack(unchecked: error.message)
    }
  }

  private static func run(
    _ files: [ExportedFile], _ model: TrainedModel, _ trial: ExportTrial, _ options: ExportOptions,
    _ compiler: String, _ folder: borrowing TemporaryFolder
  ) throws(FileError) -> ReadBack {
    let flops = CompiledModel(model.spec).flops
    let count = ExportTrial.count(flops: flops, budget: budget, atMost: min(mostSamples, trial.samples.count))
    let check = driver(name: options.cModelName(model), fileName: options.cFileName)
    for file in files.prefix(2) { try AtomicWrite.write(file.bytes, to: folder.path(file.name)) }
    try AtomicWrite.write(Array(check.utf8), to: folder.path("check.c"))
    var input: [UInt8] = []
    FloatBytes.append(trial.values(ofFirst: count), to: &input)
    try AtomicWrite.write(input, to: folder.path("input"))
    let source = folder.path("\(options.cFileName).c")
    let program = folder.path("check")
    let compiled = try Subprocess.run(
      compiler, ["-std=c99", "-O2", "-o", program, source, folder.path("check.c"), "-lm"], log: folder.path("log"))
    guard compiled == 0 else {
      // A compiler that compiles nothing says nothing about the source; from another, no outputs fail the check.
      return try compilesAnything(compiler, folder)
        ? ReadBack(reader: "cc", outputs: [])
        : ReadBack(unchecked: "`cc` compiles nothing: \(firstLine(of: folder.path("log")))")
    }
    let status = try Subprocess.run(
      program, [folder.path("input"), folder.path("output")], log: folder.path("log"))
    // Outputs that are not there fail the check.
    guard status == 0 else { return ReadBack(reader: "cc", outputs: []) }
    let width = model.spec.model.outputType.elementCount
    let bytes = try FileAccess().readFile(folder.path("output"), limit: count * width * 4)
    return ReadBack(reader: "cc", outputs: FloatBytes.floats(bytes, 0..<bytes.count / 4 * 4))
  }

  /// Whether a program without any model can be made, with the same headers and libraries.
  private static func compilesAnything(
    _ compiler: String, _ folder: borrowing TemporaryFolder
  ) throws(FileError) -> Bool {
    let text =
      "#include <math.h>\n#include <stdio.h>\n#include <string.h>\n"
      + "int main(int n, char **s) { return n > 1 && printf(\"%f\", sqrt((double)strlen(s[1]))) < 0; }\n"
    try AtomicWrite.write(Array(text.utf8), to: folder.path("any.c"))
    return try Subprocess.run(
      compiler, ["-std=c99", "-o", folder.path("any"), folder.path("any.c"), "-lm"], log: folder.path("log")) == 0
  }

  private static func firstLine(of log: String) -> String {
    let bytes = (try? FileAccess().readFile(log, limit: 1 << 16)) ?? []
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    return String((lines.first { $0.contains("error") } ?? lines.first ?? "without a word").prefix(200))
  }

  /// Reads samples from one file and writes their outputs to another, both as a little-endian machine has floats.
  private static func driver(name: String, fileName: String) -> String {
    let macro = name.uppercased()
    return """
      #include "\(fileName).h"

      #include <stdio.h>

      int main(int count, char **arguments)
      {
        static float input[\(macro)_INPUT_SIZE], output[\(macro)_OUTPUT_SIZE];
        FILE *from = count == 3 ? fopen(arguments[1], "rb") : NULL;
        FILE *to = count == 3 ? fopen(arguments[2], "wb") : NULL;
        if (from == NULL || to == NULL) return 2;
        while (fread(input, sizeof input, 1, from) == 1) {
          if (\(name)_predict(input, output) != 0 || fwrite(output, sizeof output, 1, to) != 1) return 3;
        }
        fclose(from);
        return fclose(to) == 0 ? 0 : 4;
      }

      """
  }
}
