import Foundation
import Testing

@Suite("run") struct RunTests {
  static let specs =
    (try? FileManager.default.contentsOfDirectory(atPath: "\(Command.projectRoot.path)/Specs"))?
    .filter { $0.hasSuffix(".yaml") }.sorted() ?? []

  @Test("the folder of specs is found") func specsAreFound() { #expect(Self.specs.contains("fashion-mnist.yaml")) }

  @Test("every spec that travels with the project trains for two epochs and leaves a run directory", arguments: specs)
  func everySpecTrains(_ name: String) throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run(["Specs/\(name)", "--set", "training.epochs=2", "--out", run])
    #expect(outcome.status == 0, "\(outcome.error)")
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

  @Test("training goes on from given weights") func initialWeights() throws {
    let folder = try TemporaryFolder()
    let first = folder.url.appendingPathComponent("first").path
    _ = try Command.run(["Specs/fashion-mnist.yaml", "--set", "training.epochs=1", "--out", first, "-q"])
    let spec = try String(contentsOfFile: "\(Command.projectRoot.path)/Specs/fashion-mnist.yaml", encoding: .utf8)
    let copy = try folder.file("again.yaml", spec + "  initial_weights: first/weights/last.safetensors\n")
    let second = folder.url.appendingPathComponent("second").path
    let outcome = try Command.run([
      copy.path, "--set", "training.epochs=1", "--out", second, "--data-dir",
      "\(Command.projectRoot.path)/Specs/fashion-mnist-subset",
    ])
    // The subset is found beside a spec or by name; a folder given outright must hold the full set.
    #expect([0, 3].contains(outcome.status), "\(outcome.error)")
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

  @Test("more images than the subset holds are asked for by name") func missingImagesAreNamed() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(
      ["Specs/fashion-mnist.yaml", "--set", "data.split.train=train[:5000]", "--set", "data.split.validation=test"],
      environment: ["HOME": folder.url.path])
    if FileManager.default.fileExists(atPath: "/usr/share/datasets/fashion-mnist") { return }
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("dataset-fashion-mnist"))
  }
}
