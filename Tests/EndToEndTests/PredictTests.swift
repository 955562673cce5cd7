import Foundation
import Testing

/// An NPY file, put together by the description of the format (numpy: `lib/format.py`).
func npy(_ descr: String, _ shape: [Int], _ elements: [UInt8]) -> Data {
  let tuple = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
  var header = "{'descr': '\(descr)', 'fortran_order': False, 'shape': (\(tuple)), }"
  header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
  let length = header.utf8.count
  return Data([0x93] + "NUMPY".utf8 + [1, 0, UInt8(length & 255), UInt8(length >> 8)] + header.utf8 + elements)
}

/// Tensors of one of the networks under `Tests/References`, which Keras wrote.
private func references(_ path: String) throws -> [String: (shape: [Int], bytes: [UInt8])] {
  let data = Array(
    try Data(contentsOf: Command.projectRoot.appendingPathComponent("Tests/References/\(path).safetensors")))
  let length = data[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
  let header = try DataTests.object(String(decoding: data[8..<8 + length], as: UTF8.self))
  return header.compactMapValues { entry in
    guard let entry = entry as? [String: Any], let shape = entry["shape"] as? [Int],
      let range = entry["data_offsets"] as? [Int]
    else { return nil }
    return (shape, Array(data[(8 + length + range[0])..<(8 + length + range[1])]))
  }
}

private func floats(_ bytes: [UInt8]) -> [Float] {
  stride(from: 0, to: bytes.count, by: 4).map { start in
    Float(bitPattern: bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
  }
}

@Suite("predict") struct PredictTests {

  private func rows(_ outcome: Command.Outcome) throws -> [[String: Any]] {
    try #require(try DataTests.object(outcome.output)["predictions"] as? [[String: Any]])
  }

  /// Keras 3 on TensorFlow, by `Tests/References/make_references.py`; bounds as in the tests of outputs.
  @Test("predictions are Keras's", arguments: ["residual", "strided", "concat", "binary", "regression", "gated"])
  func keras(_ network: String) throws {
    let batch = try #require(try references("\(network)/batch")["x"])
    let outputs = try #require(try references("\(network)/outputs")["outputs"])
    let expected = floats(outputs.bytes)
    let width = outputs.shape[1]
    let count = outputs.shape[0]
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("x.npy")
    try npy("<f4", batch.shape, batch.bytes).write(to: file)
    let reference = "Tests/References/\(network)"
    let outcome = try Command.run([
      "predict", "\(reference)/weights.safetensors", file.path, "--spec", "\(reference)/spec.yaml", "--json", "--top",
      "100", "-q",
    ])
    #expect(outcome.status == 0, "\(outcome.error)")
    let found = try rows(outcome)
    #expect(found.count == batch.shape[0])
    for (place, row) in found.prefix(count).enumerated() {
      var values = (row["values"] as? [NSNumber])?.map(\.floatValue) ?? []
      if let top = row["top"] as? [[String: Any]] {
        values = Array(repeating: .nan, count: max(2, width))
        for entry in top {
          values[entry["class"] as? Int ?? 0] = (entry["confidence"] as? NSNumber)?.floatValue ?? .nan
        }
        if width == 1 { values.removeFirst() }
      }
      for (value, wanted) in zip(values, expected[(place * width)...]) {
        #expect(abs(value - wanted) <= 1e-6 * max(1, abs(wanted)), "\(network) \(place): \(value) for \(wanted)")
      }
      #expect(values.count == width)
    }
  }

  @Test("bits do not depend on batch, order, threads or the way in")
  func bits() throws {
    let small = try SmallRun()
    let bytes = Array(try Data(contentsOf: small.folder.url.appendingPathComponent("images")))[16...]
    let floats = bytes.flatMap { byte in
      let bits = Float(byte).bitPattern
      return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt32($0))) }
    }
    let extras = try TemporaryFolder()
    func path(_ name: String) -> String { extras.url.appendingPathComponent(name).path }
    try npy("|u1", [200, 6, 5], Array(bytes)).write(to: URL(fileURLWithPath: path("bytes.npy")))
    try npy("<f4", [200, 6, 5, 1], floats).write(to: URL(fileURLWithPath: path("floats.npy")))
    try npy("|u1", [200, 30], Array(bytes)).write(to: URL(fileURLWithPath: path("flat.npy")))
    try npy("|u1", [6, 5], Array(bytes.dropFirst(30).prefix(30))).write(to: URL(fileURLWithPath: path("one.npy")))
    func confidences(_ files: [String], _ more: [String] = []) throws -> [String] {
      let outcome = try small.command(["predict", "run", "--csv", "--top", "3"] + files + more)
      #expect(outcome.status == 0, "\(outcome.error)")
      return outcome.output.split(separator: "\n").dropFirst().map { line in
        line.split(separator: ",", omittingEmptySubsequences: false).dropFirst(2).joined(separator: ",")
      }
    }
    let reference = try confidences(["images"])
    #expect(reference.count == 200)
    for more in [["--batch-size", "1"], ["--batch-size", "7", "--threads", "3"], ["--batch-size", "200"]] {
      #expect(try confidences(["images"], more) == reference, "\(more)")
    }
    for name in ["bytes.npy", "floats.npy", "flat.npy"] {
      #expect(try confidences([path(name)]) == reference, "\(name)")
    }
    let one = try confidences([path("one.npy"), "images", path("one.npy")])
    #expect(one == [reference[1]] + reference + [reference[1]])
  }

  @Test("a model without its softmax says the same as with it")
  func logits() throws {
    let small = try SmallRun()
    let lines = SmallRun.spec.split(separator: "\n", omittingEmptySubsequences: false)
    let end = try #require(lines.firstIndex(of: "training:"))
    let text = lines[..<end].filter { $0 != "    - softmax" }.joined(separator: "\n") + "\n"
    _ = try small.folder.file("logits.yaml", text)
    let arguments = ["predict", "run", "images", "--json"]
    let whole = try rows(try small.command(arguments))
    let outcome = try small.command(arguments + ["--spec", "logits.yaml"])
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.output.contains("\"outputs\":\"probabilities\""))
    let found = try rows(outcome)
    #expect(found.count == 200)
    for (row, wanted) in zip(found, whole) {
      let (one, other) = (row["top"] as? [[String: Any]] ?? [], wanted["top"] as? [[String: Any]] ?? [])
      #expect(one.count == 3 && other.count == 3)
      for (first, second) in zip(one, other) {
        // Softmax in float64 and in float32.
        #expect(
          abs((first["confidence"] as? Double ?? .nan) - (second["confidence"] as? Double ?? .nan)) < 1e-6)
      }
    }
    // Without a loss to measure, what can be told of classes is.
    let evaluation = try small.command(["evaluate", "run", "--spec", "logits.yaml", "--json"])
    #expect(evaluation.status == 0, "\(evaluation.error)")
    let metrics = try DataTests.object(evaluation.output).metrics
    #expect(metrics["loss"] == nil && metrics["accuracy"] != nil)
  }

  @Test("images come in the order of their names, at the model's size, with the classes' own names")
  func images() throws {
    let folder = try DataTests.folder([
      "set/a/1.png": "gray-8.png", "set/a/2.png": "rgb-8.png", "set/b, \"c\"/1.png": "gray-8.png",
      "set/b, \"c\"/2.png": "rgb-8.png",
    ])
    _ = try folder.file("spec.yaml", DataTests.spec("source: {image_folder: set}\n  image_size: 16"))
    let run = folder.url.appendingPathComponent("run").path
    let trained = try Command.run(["spec.yaml", "--out", run, "-q"], directory: folder.url)
    try #require(trained.status == 0, "\(trained.error)")
    // The file of weights alone, from another place.
    let weights = folder.url.appendingPathComponent("model.safetensors")
    try FileManager.default.moveItem(atPath: "\(run)/weights/last.safetensors", toPath: weights.path)
    let outcome = try Command.run(["predict", weights.path, "set", "set/a/2.png", "--json"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    let found = try rows(outcome)
    #expect(
      found.map { $0["path"] as? String } == [
        "set/a/1.png", "set/a/2.png", "set/b, \"c\"/1.png", "set/b, \"c\"/2.png", "set/a/2.png",
      ])
    #expect(found[1]["top"] as? NSArray == found[4]["top"] as? NSArray)
    #expect(found[1]["top"] as? NSArray == found[3]["top"] as? NSArray)
    let top = try #require(found[0]["top"] as? [[String: Any]])
    #expect(Set(top.map { $0["name"] as? String }) == ["a", "b, \"c\""])
    let csv = try Command.run(["predict", weights.path, "set/b, \"c\"", "--csv"], directory: folder.url)
    #expect(csv.output.contains("\n\"set/b, \"\"c\"\"/1.png\",,"), "\(csv.output)")
    let text = try Command.run(["predict", weights.path, "set/a", "--top", "1"], directory: folder.url)
    #expect(text.output.split(separator: "\n").count == 2 && text.output.hasPrefix("set/a/1.png  "), "\(text.output)")
  }

  @Test("what cannot be read is told by name, and the rest is predicted")
  func hostile() throws {
    let folder = try DataTests.folder([
      "good.png": "rgb-8.png", "whole.png": "rgb-8.png", "nothing/a.txt": "cases.json",
    ])
    _ = try folder.file("spec.yaml", DataTests.spec("source: {image_folder: set}\n  image_size: 16"))
    func write(_ name: String, _ data: Data) throws { try data.write(to: folder.url.appendingPathComponent(name)) }
    let whole = try Data(contentsOf: folder.url.appendingPathComponent("whole.png"))
    try write("cut.png", whole.prefix(whole.count / 2))
    try write("text.png", Data("a text".utf8))
    try write("empty.png", Data())
    try write("wrong.npy", npy("|u1", [2, 4, 4, 3], Array(repeating: 0, count: 96)))
    try write("huge.npy", npy("<f4", [1_000_000, 16, 16, 3], [0]))
    try write("cut.npy", npy("|u1", [2, 16, 16, 3], [0]))
    try write("nan.npy", npy("<f4", [1, 16, 16, 3], Array(repeating: 255, count: 3072)))
    // A PNG that declares 60,000 x 60,000 pixels: the sizes stand at the bytes 16 to 23 (PNG, section 11.2.2).
    var vast = Array(whole)
    vast.replaceSubrange(16..<24, with: [0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60])
    try write("vast.png", Data(vast))
    for name in ["a", "b"] {
      try FileManager.default.createDirectory(
        at: folder.url.appendingPathComponent("set/\(name)"), withIntermediateDirectories: true)
      try write("set/\(name)/1.png", whole)
    }
    let trained = try Command.run(["spec.yaml", "--out", "run", "-q"], directory: folder.url)
    try #require(trained.status == 0, "\(trained.error)")
    let bad = [
      "cut.png", "text.png", "empty.png", "wrong.npy", "huge.npy", "cut.npy", "nan.npy", "vast.png", "nothing",
      "gone.png",
      "/dev/null",
    ]
    let outcome = try Command.run(["predict", "run"] + bad + ["good.png", "--json"], directory: folder.url)
    #expect(outcome.status == 3)
    let object = try DataTests.object(outcome.output)
    #expect(try rows(outcome).map { $0["path"] as? String } == ["good.png"])
    #expect(object["exit_status"] as? Int == 3)
    let errors = try #require(object["errors"] as? [[String: Any]])
    #expect(Set(errors.map { $0["path"] as? String }) == Set(bad))
    for name in bad { #expect(outcome.error.contains("'\(name)'"), "\(name): \(outcome.error)") }
    // Of a folder too, where files are chosen by their names.
    try FileManager.default.createDirectory(
      at: folder.url.appendingPathComponent("mixed"), withIntermediateDirectories: true)
    try write("mixed/1.png", whole)
    try write("mixed/2.bmp", Data("BM and more".utf8))
    let mixed = try Command.run(["predict", "run", "mixed", "--json"], directory: folder.url)
    #expect(try rows(mixed).map { $0["path"] as? String } == ["mixed/1.png"])
    #expect(mixed.status == 3 && mixed.error.contains("'mixed/2.bmp'"), "\(mixed.error)")
  }

  @Test("one file may come from stdin")
  func standardInput() throws {
    let small = try SmallRun()
    let text = "a text is no image"
    let outcome = try Command.run(["predict", "run", "-"], input: text, directory: small.folder.url)
    #expect(outcome.status == 3)
    #expect(outcome.error.contains("'standard input' begins with the bytes 61 20 74 65"), "\(outcome.error)")
  }

  @Test(
    "bad options are refused",
    arguments: [
      (["predict", "run"], "Missing expected argument"), (["predict", "run", "images", "--top", "0"], "--top takes"),
      (["predict", "run", "images", "--json", "--csv"], "one format at a time"),
      (["predict", "run", "-", "-"], "stdin can be read once"),
      (["predict", "gone", "images"], "there is no run and no file 'gone'"),
    ] as [([String], String)])
  func options(_ arguments: [String], _ text: String) throws {
    let outcome = try SmallRun().command(arguments)
    #expect(outcome.status == 2)
    #expect(outcome.error.contains(text), "\(outcome.error)")
  }
}
