import Foundation
import Testing

/// Runs that go wrong elsewhere: pixels that nobody rescales, batches that no machine holds, names that are markup.
@Suite("hard data") struct HardDataTests {
  private static func spec(_ data: String) -> String {
    """
    data:
      source: {idx: {images: images, labels: labels}}
      split: {train: "train[:64]"}
    \(data)model:
      input: [28, 28, 1]
      layers: [flatten, {dense: 10}, softmax]
    training:
      optimizer: {sgd: {learning_rate: 0.1}}
      loss: sparse_categorical_crossentropy
      batch_size: 64
      epochs: 5

    """
  }

  private static func losses(_ run: String) throws -> [Double] {
    let lines = try String(contentsOfFile: "\(run)/history.csv", encoding: .utf8).split(separator: "\n")
    let column = try #require(lines[0].split(separator: ",").firstIndex(of: "train/loss"))
    return try lines.dropFirst().map { try #require(Double($0.split(separator: ",")[column])) }
  }

  @Test("raw pixels are warned of, and training on them prints numbers or says that it diverged")
  func rawPixels() throws {
    let folder = try TemporaryFolder()
    try folder.randomImages(64, [28, 28, 1], classes: 10)
    let raw = try folder.file("raw.yaml", Self.spec(""))
    #expect(try Command.run(["validate", raw.path]).error.contains("warning[CN9101]"))
    let run = folder.url.appendingPathComponent("raw").path
    let outcome = try Command.run([raw.path, "--out", run])
    #expect([0, 3].contains(outcome.status), "\(outcome.error)")
    #expect(outcome.status == 0 || outcome.error.contains("finite"), "\(outcome.error)")
    // Cross-entropy from the logits themselves stays finite however large they are.
    let losses = try Self.losses(run)
    #expect(!losses.isEmpty && losses.allSatisfy { $0.isFinite && $0 > 10 }, "\(losses)")
  }

  @Test("the same pixels, rescaled: the loss begins near log 10 and falls") func rescaledPixels() throws {
    let folder = try TemporaryFolder()
    try folder.randomImages(64, [28, 28, 1], classes: 10)
    let spec = try folder.file("rescaled.yaml", Self.spec("  rescale: 1/255\n"))
    #expect(try Command.run(["validate", "--strict", spec.path]).status == 0)
    let run = folder.url.appendingPathComponent("run").path
    #expect(try Command.run([spec.path, "--out", run, "-q"]).status == 0)
    let losses = try Self.losses(run)
    // log 10 = 2.303; Glorot's first weights move it by some tenths.
    #expect(losses.count == 5 && (2.2...2.9).contains(losses[0]), "\(losses)")
    #expect(try #require(losses.last) < losses[0], "\(losses)")
  }

  /// 4096 * 224 * 224 * 64 floats of 4 bytes, by hand: 52,613,349,376 for the convolution's output alone, which all is
  /// held at once, since batch normalization needs all of it.
  @Test("a batch of 4,096 large images: its memory is predicted, and a batch that fits is named") func hugeBatch()
    throws
  {
    let folder = try TemporaryFolder()
    let spec = try folder.file(
      "huge.yaml",
      """
      model:
        input: [224, 224, 3]
        layers:
          - conv2d: {filters: 64, kernel_size: 3, padding: same, use_bias: false}
          - batch_normalization
          - global_average_pooling2d
          - dense: 10
          - softmax
      training: {optimizer: {sgd: {learning_rate: 0.1}}, loss: categorical_crossentropy, batch_size: 4096}

      """)
    let outcome = try Command.run(["summary", spec.path, "--format", "json", "--memory", "8GiB"])
    let object = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let training = try #require((object["memory"] as? [String: Any])?["training"] as? [String: Any])
    #expect(try #require(training["bytes"] as? Int) >= 52_613_349_376)
    let largest = try #require(training["largest_batch_size"] as? Int)
    #expect((1..<4096).contains(largest))
  }

  /// A thousand images of 28 x 28 under 2^20 filters are 1000 * 784 * 2^20 * 4 bytes, 2.99 TiB.
  @Test("a batch beyond the machine's memory is refused before anything of it is taken") func refusedBatch() throws {
    let folder = try TemporaryFolder()
    try folder.randomImages(1000, [28, 28, 1], classes: 10)
    let spec = try folder.file(
      "huge.yaml",
      """
      data:
        source: {idx: {images: images, labels: labels}}
        split: {train: "train[:1000]"}
        rescale: 1/255
      model:
        input: [28, 28, 1]
        layers:
          - conv2d: {filters: 1048576, kernel_size: 3, padding: same, use_bias: false}
          - batch_normalization
          - global_average_pooling2d
          - dense: 10
          - softmax
      training: {optimizer: {sgd: {learning_rate: 0.1}}, loss: categorical_crossentropy, batch_size: 1000}

      """)
    let run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run([spec.path, "--out", run])
    #expect(outcome.status == 3, "\(outcome.error)")
    let refusal = try #require(outcome.error.firstMatch(of: /a batch of 1000 needs ([\d.]+) TiB, and .*may be used/))
    #expect(try #require(Double(refusal.1)) >= 2.99)
    #expect(
      outcome.error.contains("is the largest that fits") || outcome.error.contains("the model is too large"),
      "\(outcome.error)")
    #expect(!FileManager.default.fileExists(atPath: run))
  }

  @Test("brightness that is drawn for bytes, of values up to 1, is remarked on") func brightness() throws {
    let folder = try TemporaryFolder()
    func remarks(_ layer: String, _ run: String) throws -> Bool {
      let spec = try folder.file(
        "bright.yaml",
        """
        data: {source: digits, split: {validation: 0.2}, rescale: 1/16}
        model: {input: [8, 8, 1], layers: [{random_brightness: \(layer)}, flatten, {dense: 10}, softmax]}
        training: {optimizer: adam, loss: sparse_categorical_crossentropy, batch_size: 500}

        """)
      let outcome = try Command.run([spec.path, "--out", run, "--no-report"], directory: folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
      return outcome.error.contains("and the inputs go up to 1: write `value_range: [0, 1]`")
    }
    #expect(try remarks("0.1", "a"))
    #expect(try !remarks("{factor: 0.1, value_range: [0, 1]}", "b"))
  }

  @Test("a class that no sample is of, and channels that come first, are told") func misfits() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file("few.csv", "a,b,y\n1,2,0\n3,4,1\n5,6,0\n")
    let few = try folder.file(
      "few.yaml",
      """
      data: {source: {csv: {path: few.csv, label: y}}}
      model: {input: [2], layers: [{dense: 3}, softmax]}
      training: {optimizer: adam, loss: sparse_categorical_crossentropy}

      """)
    let outcome = try Command.run([few.path, "--out", "few"], directory: folder.url)
    #expect(
      outcome.error.contains("note: the data has 2 classes, and the model gives 3 values: no sample is of class 2"),
      "\(outcome.error)")
    // (2, 3, 4, 5) of bytes: PyTorch's order of an array of colour images.
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3, 4, 5), }\n"
    let start = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.utf8.count), 0] + Array(header.utf8)
    try Data(start + [UInt8](repeating: 7, count: 120)).write(to: folder.url.appendingPathComponent("x.npy"))
    let labels = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n"
    try Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(labels.utf8.count), 0] + Array(labels.utf8) + [0, 1])
      .write(to: folder.url.appendingPathComponent("y.npy"))
    let first = try folder.file(
      "first.yaml",
      """
      data: {source: {npy: {images: x.npy, labels: y.npy}}}
      model: {input: [4, 5, 3], layers: [flatten, {dense: 2}, softmax]}
      training: {optimizer: adam, loss: sparse_categorical_crossentropy}

      """)
    let refused = try Command.run([first.path, "--out", "first"], directory: folder.url)
    #expect(refused.status == 1)
    #expect(refused.error.contains("`numpy.transpose(x, (0, 2, 3, 1))`"), "\(refused.error)")
  }

  private static let names = ["a,b", "12\" pan", "<img src=x onerror=alert(1)>", "=1+1", "naïve 猫"]

  private static func named(_ names: [String]) throws -> String {
    let list = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
    return spec("  rescale: 1/255\n  class_names: \(list)\n").replacing("dense: 10", with: "dense: \(names.count)")
  }

  @Test("names of classes are text: commas, quotes, markup, formulas") func classNames() throws {
    let folder = try TemporaryFolder()
    try folder.randomImages(64, [28, 28, 1], classes: 5)
    let spec = try folder.file("names.yaml", try Self.named(Self.names))
    let json = try Command.run(["validate", "--check-data", "--format", "json", spec.path])
    #expect(json.status == 0, "\(json.error)\(json.output)")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any])
    let split = try #require(
      ((object["data"] as? [[String: Any]])?.first?["splits"] as? [[String: Any]])?.first)
    #expect((split["classes"] as? [[String: Any]])?.map { $0["name"] as? String } == Self.names)

    // Columns line up: 猫 takes two cells, so the line that has it is a character shorter.
    let lines = try Command.run(["validate", "--check-data", spec.path]).output.split(separator: "\n")
    for (name, expected) in zip(Self.names, [0, 0, 0, 0, 1]) {
      let line = try #require(lines.first { $0.hasPrefix("  \(name) ") })
      let heading = try #require(lines.first { $0.hasPrefix("  class ") })
      #expect(line.count + expected == heading.count, "\(line)")
    }
    let run = folder.url.appendingPathComponent("run").path
    #expect(try Command.run([spec.path, "--out", run, "-q", "--set", "training.epochs=1"]).status == 0)
  }

  @Test("a name that turns the order of what follows is refused, raw and as an escape") func turningName() throws {
    let folder = try TemporaryFolder()
    try folder.randomImages(64, [28, 28, 1], classes: 2)
    let text = try Self.named(["a", "b\u{202E}c"])
    #expect(text.contains("\u{202E}"))
    for text in [text, text.replacing("\u{202E}", with: "\\u202e")] {
      let spec = try folder.file("names.yaml", text)
      let outcome = try Command.run(["validate", "--check-data", spec.path])
      #expect(outcome.status == 1)
      #expect(outcome.error.contains("U+202E") && !outcome.error.contains("\u{202E}"), "\(outcome.error)")
    }
  }
}
