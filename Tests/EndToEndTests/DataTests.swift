import Foundation
import Testing

@Suite("data") struct DataTests {
  static let images = Command.projectRoot.appendingPathComponent("Tests/References/images")

  /// A folder with copies of reference images, by the paths they get.
  static func folder(_ files: [String: String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (path, name) in files {
      let target = folder.url.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: images.appendingPathComponent(name), to: target)
    }
    return folder
  }

  static func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// A network for 16x16 images of two classes.
  static func spec(_ data: String, training: String = "") -> String {
    """
    data:
      \(data)
    model:
      input: [16, 16, 3]
      layers:
        - rescaling: 1/255
        - conv2d: {filters: 4, kernel_size: 3, activation: relu}
        - global_average_pooling2d
        - dense: 2
        - softmax
    training:
      optimizer: adam
      loss: sparse_categorical_crossentropy
      metrics: [accuracy]
      batch_size: 4
      epochs: 3
      seed: 1\(training)

    """
  }

  // MARK: Sets known by name

  @Test("the digits are learned as well as their spec expects") func digits() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run(["Specs/digits.yaml", "--out", folder.url.appendingPathComponent("run").path])
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.contains("Handwritten digits, which the program holds (1,797 images); training on"))
  }

  @Test("all sets are listed, with where they are and what to do") func list() throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.url.path, "CNNRUN_DATA_DIR": ""]
    let text = try Command.run(["data"], environment: environment)
    #expect(text.status == 0, "\(text.error)")
    #expect(text.output.contains("digits                              1,797    8x8x1       10  the program\n"))
    #expect(text.output.contains("cifar10 is in none of \(folder.url.path)/.keras/datasets/cifar-10-batches-bin, "))
    let sources = try #require(
      try Self.object(try Command.run(["data", "--json"], environment: environment).output)["sources"]
        as? [[String: Any]])
    #expect(
      sources.map { $0["name"] as? String } == [
        "fashion_mnist", "mnist", "cifar10", "cifar100", "cifar100_coarse", "digits",
      ])
    let cifar = try #require(sources.first { $0["name"] as? String == "cifar10" })
    #expect(cifar["found"] is NSNull)
    #expect((cifar["remedy"] as? String)?.contains("cifar-10-binary.tar.gz") == true)
    #expect((cifar["classes"] as? [String])?.count == 10)
    #expect(sources.last?["remedy"] is NSNull)
  }

  // MARK: Image folders

  @Test("a folder of images trains, is counted, and its faults are named") func imageFolder() throws {
    let folder = try Self.folder([
      "set/a/1.jpg": "420.jpg", "set/a/2.jpg": "444.jpg", "set/a/3.png": "rgb-8.png", "set/a/4.jpg": "422.jpg",
      "set/a/5.jpg": "restarts.jpg", "set/b/1.jpg": "gray.jpg", "set/b/2.png": "palette-8.png",
      "set/b/3.jpg": "exif-6.jpg", "set/b/4.jpg": "eight-pixels.jpg", "set/b/5.jpg": "444-progressive.jpg",
    ])
    _ = try folder.file(
      "net.yaml",
      Self.spec("source: {image_folder: set}\n  image_size: 16\n  split: {validation: 0.2}"))
    let run = try Command.run(["net.yaml", "--out", "run"], directory: folder.url)
    #expect(run.status == 0, "\(run.error)")
    #expect(run.error.contains("set (10 images in 2 folders); training on 8 samples, validating on 2;"))

    let counted = try Command.run(["data", "net.yaml", "--json"], directory: folder.url)
    #expect(counted.status == 0, "\(counted.error)")
    let splits = try #require(try Self.object(counted.output)["splits"] as? [[String: Any]])
    #expect(splits.map { $0["name"] as? String } == ["train", "validation"])
    let classes = splits.map { ($0["classes"] as? [[String: Any]])?.compactMap { $0["samples"] as? Int } }
    #expect(classes == [[4, 4], [1, 1]])
    // Of the training images: 5x7 is the smallest, 23x37 the largest.
    #expect(splits.first?["sizes"] as? [[Int]] == [[5, 7], [23, 37]])

    let whole = try Command.run(["data", "set"], directory: folder.url)
    #expect(whole.status == 0, "\(whole.error)")
    #expect(whole.output.contains("\n  images of 5x7 to 23x37, resized to 256x256\n"))

    try Data("no image".utf8).write(to: folder.url.appendingPathComponent("set/b/6.png"))
    for arguments in [
      ["validate", "--check-data", "net.yaml"], ["net.yaml", "--out", "other"], ["data", "net.yaml"],
    ] {
      let outcome = try Command.run(arguments, directory: folder.url)
      #expect(outcome.status == 3, "\(arguments): \(outcome.error)")
      #expect(outcome.error.contains("error[CN4301]: 'set/b/6.png' begins with the bytes 6e 6f 20 69"))
      #expect(outcome.error.contains(" --> net.yaml:2:11"))
    }
    // Nothing was made of a run that could not begin.
    #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("other").path))
    // Without the option, the spec alone is looked at.
    #expect(try Command.run(["validate", "net.yaml"], directory: folder.url).status == 0)
  }

  @Test("labels in another encoding than UTF-8 end the command with the file and the line") func encoding() throws {
    let folder = try TemporaryFolder()
    try (Data("p0,label\n1,caf".utf8) + [0xe9] + Data("\n2,caf".utf8) + [0xe8] + Data("\n3,tea\n".utf8))
      .write(to: folder.url.appendingPathComponent("m.csv"))
    _ = try folder.file(
      "net.yaml",
      """
      data: {source: {csv: {path: m.csv, label: label}}, split: {train: "train[:2]", validation: "train[2:]"}}
      model: {input: [1], layers: [{dense: 3}, softmax]}
      training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 1}

      """)
    for arguments in [["net.yaml", "--out", "run"], ["validate", "--check-data", "net.yaml"], ["data", "net.yaml"]] {
      let outcome = try Command.run(arguments, directory: folder.url)
      #expect(outcome.status == 3, "\(outcome.error)")
      #expect(outcome.error.contains("line 2 of 'm.csv' is not UTF-8"), "\(outcome.error)")
      #expect(outcome.error.contains("iconv -f LATIN1 -t UTF-8"), "\(outcome.error)")
    }
  }

  @Test("twins of two classes in two parts leak, and contradict each other") func contradictions() throws {
    let folder = try TemporaryFolder()
    // The row of `a` 5 comes again at the end, where the last tenth validates, under the other class.
    let rows = (0..<19).map { "\($0),\($0 % 2)\n" }.joined() + "5,0\n"
    _ = try folder.file("x.csv", "a,y\n" + rows)
    _ = try folder.file(
      "net.yaml",
      """
      data: {source: {csv: {path: x.csv, label: y}}, split: {validation: 0.1}}
      model: {input: [1], layers: [{dense: 2}, softmax]}
      training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 1}

      """)
    let outcome = try Command.run(["validate", "--check-data", "net.yaml"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(
      outcome.error.contains("warning[CN9201]: 1 sample of validation holds the same as samples of train"),
      "\(outcome.error)")
    #expect(
      outcome.error.contains("warning[CN9202]: 1 sample of validation holds the same as one of train of another class"),
      "\(outcome.error)")
    #expect(outcome.error.contains("such as line 21 of 'x.csv' and line 7 of 'x.csv'"), "\(outcome.error)")
    let json = try Self.object(try Command.run(["data", "net.yaml", "--json"], directory: folder.url).output)
    let leak = try #require((json["leaks"] as? [[String: Any]])?.first)
    #expect(leak["samples"] as? Int == 1 && leak["contradictions"] as? Int == 1)
  }

  @Test("samples that leak, and twins of two classes, are warnings at the line that asked for them")
  func leaks() throws {
    let folder = try Self.folder([
      "train/a/1.png": "rgb-8.png", "train/a/2.png": "rgb-16.png", "train/b/1.png": "palette-8.png",
      "train/b/2.png": "rgb-16.png", "val/a/1.png": "rgb-8.png", "val/b/1.png": "gray-8.png",
    ])
    let text = Self.spec(
      "source: {image_folder: train}\n  image_size: 16\n  split: {validation: {image_folder: val}}")
    let file = try folder.file("net.yaml", text)
    let outcome = try Command.run(["validate", "--check-data", "net.yaml"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(
      outcome.error.contains(
        "warning[CN9201]: 1 sample of validation holds the same as samples of train\n --> net.yaml:4:23"))
    #expect(outcome.error.contains("such as val/a/1.png and train/a/1.png"))
    #expect(
      outcome.error.contains(
        "warning[CN9202]: 1 sample of train holds the same as an earlier one of another class\n --> net.yaml:2:11"))
    #expect(outcome.error.contains("such as train/b/2.png and train/a/2.png"))
    #expect(try Command.run(["validate", "--check-data", "--strict", "net.yaml"], directory: folder.url).status == 1)
    // Where it is meant to be so; without the data, nobody calls the comment useless.
    let silenced = text.replacingOccurrences(
      of: "{image_folder: val}}", with: "{image_folder: val}}  # cnnrun: ignore[CN9201]"
    )
    .replacingOccurrences(of: "{image_folder: train}", with: "{image_folder: train}  # cnnrun: ignore[CN9202]")
    try Data(silenced.utf8).write(to: file)
    for more in [[], ["--check-data"]] {
      let outcome = try Command.run(["validate", "--strict", "net.yaml"] + more, directory: folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
  }

  // MARK: Streaming

  @Test("a run whose samples are streamed ends in the same weights, for any number of threads")
  func streamed() throws {
    var files: [String: String] = [:]
    for (place, name) in ["420.jpg", "444.jpg", "rgb-8.png", "422.jpg", "restarts.jpg", "gray.jpg"].enumerated() {
      for copy in 0..<4 {
        for kind in ["a", "b"] { files["set/\(kind)/\(copy)-\(place).\(name.suffix(3))"] = name }
      }
    }
    let folder = try Self.folder(files)
    _ = try folder.file(
      "net.yaml", Self.spec("source: {image_folder: set}\n  image_size: 16\n  split: {validation: 0.2, test: 0.2}"))
    var weights: [Data] = []
    for (memory, threads) in [("", "2"), ("100kB", "1"), ("100kB", "2"), ("100kB", "3"), ("100kB", "8")] {
      // 48 samples of 3,072 bytes; a batch of two, four times over, for each of three parts, is half of them.
      let run = folder.url.appendingPathComponent("run\(weights.count)").path
      let outcome = try Command.run(
        ["net.yaml", "--threads", threads, "--set", "training.batch_size=2", "--out", run], directory: folder.url,
        environment: ["CNNRUN_DATA_MEMORY": memory])
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.error.contains("streamed, as 144.0 KiB exceed the memory for samples") == (memory != ""))
      weights.append(try Data(contentsOf: URL(fileURLWithPath: "\(run)/weights/last.safetensors")))
    }
    for file in weights.dropFirst() { #expect(file == weights[0]) }
    let wrong = try Command.run(["net.yaml"], directory: folder.url, environment: ["CNNRUN_DATA_MEMORY": "much"])
    #expect(wrong.status == 2)
    #expect(wrong.error.contains("the environment's CNNRUN_DATA_MEMORY is 'much', which is no amount of memory"))
  }

  @Test("a sample that cannot be read ends a streamed run with status 3, at the line that asked for it")
  func badSample() throws {
    var files: [String: String] = [:]
    for place in 0..<20 {
      for kind in ["a", "b"] { files["set/\(kind)/\(place).jpg"] = "420.jpg" }
    }
    let folder = try Self.folder(files)
    _ = try folder.file("net.yaml", Self.spec("source: {image_folder: set}\n  image_size: 16"))
    let bad = folder.url.appendingPathComponent("set/b/3.jpg")
    try (try Data(contentsOf: bad)).dropLast(60).write(to: bad)
    let outcome = try Command.run(
      ["net.yaml", "--out", "run"], directory: folder.url, environment: ["CNNRUN_DATA_MEMORY": "100kB"])
    #expect(outcome.status == 3, "\(outcome.error)")
    #expect(outcome.error.contains("error[CN4301]: 'set/b/3.jpg' cannot be decoded: "))
    #expect(outcome.error.contains(" --> net.yaml:2:11"))
    #expect(outcome.error.contains("the last good weights are in run/weights/last.safetensors"))
  }

  // MARK: Arrays and tables

  @Test("an archive of NumPy and a table train, and their faults point at the spec") func files() throws {
    let folder = try TemporaryFolder()
    let archive = Command.projectRoot.appendingPathComponent("Tests/References/arrays/deflated.npz")
    try FileManager.default.copyItem(at: archive, to: folder.url.appendingPathComponent("data.npz"))
    let network = """
      model:
        input: [3, 4, 1]
        layers: [flatten, {dense: 3}, softmax]
      training: {optimizer: sgd, loss: sparse_categorical_crossentropy, metrics: [accuracy]}

      """
    _ = try folder.file(
      "array.yaml", "data: {source: {npz: data.npz}, split: {test: test}, rescale: 1/255}\n" + network)
    let array = try Command.run(["array.yaml", "--out", "run"], directory: folder.url)
    #expect(array.status == 0, "\(array.error)")
    #expect(array.error.contains("data.npz (7 samples); training on 5 samples, testing on 2 at the end;"))

    let rows = (0..<9).map { row in "\(row % 3)," + (0..<12).map { "\((row * 12 + $0) % 256)" }.joined(separator: ",") }
    let header = "label," + (0..<12).map { "p\($0)" }.joined(separator: ",")
    let table = try folder.file("table.csv", ([header] + rows).joined(separator: "\n") + "\n")
    _ = try folder.file(
      "table.yaml",
      "data:\n  source: {csv: {path: table.csv, label: label}}\n  split: {validation: 0.34, stratify: true}\n  rescale: 1/255\n"
        + network)
    let good = try Command.run(["table.yaml", "--out", "run2"], directory: folder.url)
    #expect(good.status == 0, "\(good.error)")
    #expect(good.error.contains("training on 3 samples, validating on 6;"))

    try Data(([header] + rows.dropLast() + ["1,2,3"]).joined(separator: "\n").utf8).write(to: table)
    let bad = try Command.run(["validate", "--check-data", "table.yaml"], directory: folder.url)
    #expect(bad.status == 3)
    #expect(bad.error.contains("line 10 of 'table.csv' has 3 fields, and the first line 13"))
    let wrongColumn = try Command.run(
      ["table.yaml", "--set", "data.source.csv.label=kind", "--out", "run3"], directory: folder.url)
    #expect(wrongColumn.status == 1, "\(wrongColumn.error)")
    #expect(wrongColumn.error.contains("'table.csv' has no column `kind`; it has `label`, `p0`"))
  }
}
