import Foundation
import Testing

@Suite("run") struct RunTests {
  static let specs =
    (try? FileManager.default.contentsOfDirectory(atPath: "\(Command.projectRoot.path)/Specs"))?
    .filter { $0.hasSuffix(".yaml") }.sorted() ?? []
  /// Those that name data that is at hand; the others, which say what a model is and no more, have tests of their own.
  static let trainableSpecs = specs.filter { name in
    (try? String(contentsOfFile: "\(Command.projectRoot.path)/Specs/\(name)", encoding: .utf8))?.contains("\ndata:\n")
      ?? false
  }

  @Test("the folder of specs is found") func specsAreFound() {
    #expect(
      Set(["fashion-mnist.yaml", "residual.yaml", "strided.yaml", "lenet5.yaml"]).isSubset(of: Self.trainableSpecs))
  }

  @Test(
    "every spec that travels with the project trains for two epochs and leaves a run directory",
    arguments: trainableSpecs)
  func everySpecTrains(_ name: String) throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    // Of a spec that trains on all of a set, what it does with the part that travels with the project.
    let part =
      name == "fashion-mnist-full.yaml"
      ? ["data.split={train: 'train[:1000]', validation: 'train[1000:1500]'}", "data.order=tfds", "expect={}"] : []
    let outcome = try Command.run(
      ["Specs/\(name)", "--set", "training.epochs=2", "--out", run] + part.flatMap { ["--set", $0] })
    // Two epochs are too few for what `digits` expects of all of them.
    #expect(outcome.status == (name == "digits.yaml" ? 4 : 0), "\(outcome.error)")
    for file in [
      "spec.yaml", "resolved.yaml", "environment.json", "status.json", "history.csv", "history.jsonl", "summary.txt",
      "weights/last.safetensors", "weights/best.safetensors",
    ] {
      let size = try FileManager.default.attributesOfItem(atPath: "\(run)/\(file)")[.size] as? Int ?? 0
      #expect(size > 0, "\(file)")
    }
    let history = try String(contentsOfFile: "\(run)/history.csv", encoding: .utf8).split(separator: "\n")
    #expect(history.count == 3)
    #expect(outcome.output.contains("Total params: "))
    #expect(!outcome.error.contains("\u{1B}") && !outcome.error.contains("\r"), "control characters in a file")
  }

  @Test("two runs of one spec, and any number of threads, give identical weight files")
  func runsAreIdentical() throws {
    let folder = try TemporaryFolder()
    var files: [Data] = []
    for (index, threads) in ["1", "2", "2", "3", "8"].enumerated() {
      let run = folder.url.appendingPathComponent("run\(index)").path
      let outcome = try Command.run([
        "run", "Specs/fashion-mnist.yaml", "--set", "training.epochs=2", "--threads", threads, "--out", run, "-q",
      ])
      #expect(outcome.status == 0 && outcome.error.isEmpty && outcome.output.isEmpty, "\(outcome.error)")
      files.append(try Data(contentsOf: URL(fileURLWithPath: "\(run)/weights/last.safetensors")))
    }
    for file in files.dropFirst() { #expect(file == files[0]) }
  }

  @Test("another seed gives other weights") func seedsDiffer() throws {
    let folder = try TemporaryFolder()
    let files = try [1, 2].map { seed in
      let run = folder.url.appendingPathComponent("seed\(seed)").path
      _ = try Command.run([
        "Specs/fashion-mnist.yaml", "--set", "training.epochs=1", "--set", "training.seed=\(seed)", "--out", run, "-q",
      ])
      return try Data(contentsOf: URL(fileURLWithPath: "\(run)/weights/last.safetensors"))
    }
    #expect(files[0] != files[1])
  }

  @Test("runs of one name get directories of their own, none overwritten") func directoriesAreNumbered() throws {
    let folder = try TemporaryFolder()
    let environment = ["CNNRUN_RUNS_DIR": folder.url.appendingPathComponent("runs").path]
    for _ in 0..<3 {
      let outcome = try Command.run(
        ["Specs/fashion-mnist.yaml", "--set", "training.epochs=1", "-q"], environment: environment)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.appendingPathComponent("runs").path)
    #expect(Set(names).isSuperset(of: ["fashion-mnist", "fashion-mnist-2", "fashion-mnist-3"]))
  }

  @Test("a directory that holds something is not written into") func fullDirectoryIsRefused() throws {
    let folder = try TemporaryFolder()
    let kept = try folder.file("mine.txt", "keep")
    let outcome = try Command.run(["Specs/fashion-mnist.yaml", "--out", folder.url.path])
    #expect(outcome.status == 3)
    #expect(outcome.error.contains(folder.url.path))
    #expect(try String(contentsOf: kept, encoding: .utf8) == "keep")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["mine.txt"])
  }

  @Test("training goes on from given weights, bit for bit") func initialWeights() throws {
    let folder = try TemporaryFolder()
    let first = folder.url.appendingPathComponent("first").path
    try FileManager.default.copyItem(
      at: Command.projectRoot.appendingPathComponent("Specs/fashion-mnist-subset"),
      to: folder.url.appendingPathComponent("fashion-mnist-subset"))
    let spec = try String(contentsOfFile: "\(Command.projectRoot.path)/Specs/fashion-mnist.yaml", encoding: .utf8)
    let original = try folder.file("first.yaml", spec)
    #expect(try Command.run([original.path, "--set", "training.epochs=1", "--out", first, "-q"]).status == 0)
    let again = try folder.file("again.yaml", spec + "  initial_weights: first/weights/last.safetensors\n")
    let second = folder.url.appendingPathComponent("second").path
    // A learning rate so small that float32 weights of this size do not move: what is read is what is written.
    let outcome = try Command.run([
      again.path, "--set", "training.epochs=1", "--set", "training.optimizer={sgd: {learning_rate: 1e-30}}", "--out",
      second, "-q",
    ])
    #expect(outcome.status == 0, "\(outcome.error)")
    let weights = try [first, second].map {
      try weightValues(Data(contentsOf: URL(fileURLWithPath: "\($0)/weights/last.safetensors")))
    }
    #expect(weights[0] == weights[1])
    let wrong = try folder.file(
      "wrong.yaml",
      spec.replacingOccurrences(of: "- dense: 10", with: "- dense: {units: 10, use_bias: false}")
        + "  initial_weights: first/weights/last.safetensors\n")
    let refused = try Command.run([wrong.path, "--out", folder.url.appendingPathComponent("third").path])
    #expect(refused.status == 3)
    #expect(refused.error.contains("dense/bias"), "\(refused.error)")
  }

  @Test("SIGINT and SIGTERM save the weights so far and end with 130 and 143", arguments: [SIGINT, SIGTERM])
  func signals(_ signal: Int32) throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    let process = Process()
    process.executableURL = Command.executable
    process.arguments = ["Specs/fashion-mnist.yaml", "--set", "training.epochs=100000", "--out", run, "-q"]
    process.currentDirectoryURL = Command.projectRoot
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    // A process inherits what its parent ignores, as a shell's background job does.
    Foundation.signal(signal, SIG_DFL)
    try process.run()
    // A line of the history says that training is under way.
    while process.isRunning, !FileManager.default.fileExists(atPath: "\(run)/history.csv") { usleep(2000) }
    kill(process.processIdentifier, signal)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit)
    #expect(process.terminationStatus == 128 + signal)
    let status = try String(contentsOfFile: "\(run)/status.json", encoding: .utf8)
    #expect(status.contains("\"interrupted\""))
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(run)/weights/last.safetensors")).count > 126_504)
  }

  @Test("divergence ends the run with status 3 and keeps finite weights") func divergence() throws {
    let folder = try TemporaryFolder()
    for (name, rate) in [("step", "1e12"), ("last", "1e38")] {
      let run = folder.url.appendingPathComponent(name).path
      let outcome = try Command.run([
        "Specs/residual.yaml", "--set", "training.epochs=2", "--set",
        "training.optimizer={sgd: {learning_rate: \(rate)}}", "--out", run,
      ])
      #expect(outcome.status == 3, "\(outcome.error)")
      #expect(outcome.error.contains("not finite") || outcome.error.contains("not a finite"), "\(outcome.error)")
      let file = try Data(contentsOf: URL(fileURLWithPath: "\(run)/weights/last.safetensors"))
      let header = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
      let body = Array(file.dropFirst(8 + header))
      let exponents = stride(from: 0, to: body.count, by: 4).map { (body[$0 + 3] & 0x7F, body[$0 + 2] & 0x80) }
      // All ones in the exponent is an infinity or a NaN.
      #expect(!exponents.contains { $0 == (0x7F, 0x80) })
    }
  }

  @Test("labels beyond the model's outputs are refused, in validation too") func labelsBeyondOutputs() throws {
    let folder = try TemporaryFolder()
    func idx(_ name: String, _ header: [UInt8], _ body: [UInt8]) throws {
      try Data(header + body).write(to: folder.url.appendingPathComponent(name))
    }
    try idx("images", [0, 0, 8, 3, 0, 0, 0, 8, 0, 0, 0, 4, 0, 0, 0, 4], [UInt8](repeating: 7, count: 128))
    try idx("labels", [0, 0, 8, 1, 0, 0, 0, 8], [0, 1, 0, 1, 0, 1, 0, 9])
    let spec = try folder.file(
      "spec.yaml",
      """
      data:
        source: {idx: {images: images, labels: labels}}
        split: {train: "train[:4]", validation: "train[4:]"}
      model:
        input: [4, 4, 1]
        layers: [flatten, {dense: 2}, {activation: softmax}]
      training: {optimizer: adam, loss: sparse_categorical_crossentropy}

      """)
    let outcome = try Command.run([spec.path, "--out", folder.url.appendingPathComponent("run").path])
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("' is outside 0 to 1, the classes that the model tells apart"), "\(outcome.error)")
    #expect(outcome.error.contains("the labels go up to 9: give the last layer 10 units"), "\(outcome.error)")
    #expect(outcome.error.contains(":2:"), "the line of the source: \(outcome.error)")
  }

  @Test("every contract that is broken before training is told at once, and nothing is trained")
  func brokenContracts() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    // 24 * 24 * 32 outputs of 25 multiply-adds are 921,600 operations in the first layer alone.
    let outcome = try Command.run([
      "Specs/fashion-mnist.yaml", "--set", "expect.total_params=7", "--set", "expect.flops=1000", "--set",
      "expect.max_memory=1kB", "--out", run,
    ])
    #expect(outcome.status == 4)
    for key in ["total_params", "flops", "max_memory"] {
      #expect(outcome.error.contains("error[CN5101]: `\(key)` is "), "\(outcome.error)")
    }
    #expect(outcome.output.isEmpty && !FileManager.default.fileExists(atPath: run))
  }

  @Test("steps are logged on request, one line each") func stepsAreLogged() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run([
      "run", "Specs/fashion-mnist.yaml", "--log-steps", "--set", "training.epochs=2", "--out", run, "-q",
    ])
    #expect(outcome.status == 0, "\(outcome.error)")
    let lines = try String(contentsOfFile: "\(run)/steps.csv", encoding: .utf8).split(separator: "\n")
    #expect(lines.first == "epoch,step,loss,accuracy")
    // 1,000 images in batches of 64 are 16 steps.
    #expect(lines.count == 1 + 2 * 16)
    #expect(lines.dropFirst().allSatisfy { $0.split(separator: ",").count == 4 })
  }
}
