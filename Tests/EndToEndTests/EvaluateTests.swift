import CNNTestSupport
import Foundation
import Testing

/// A small run on files, for commands that use what was trained.
struct SmallRun {
  let folder: TemporaryFolder
  let run: String

  static let spec = """
    name: small
    data:
      source: {idx: {images: images, labels: labels}}
      split: {validation: 0.25}
      rescale: 1/255
    model:
      input: [6, 5, 1]
      layers:
        - conv2d: {filters: 4, kernel_size: 3, activation: relu}
        - dropout: 0.25
        - flatten
        - dense: 3
        - softmax
    training:
      optimizer: adam
      loss: sparse_categorical_crossentropy
      metrics: [accuracy, f1]
      batch_size: 16
      epochs: 4
      seed: 1

    """

  init(_ spec: String = Self.spec, more: [String] = [], environment: [String: String] = [:]) throws {
    folder = try TemporaryFolder()
    try folder.randomImages(200, [6, 5], classes: 3)
    _ = try folder.file("spec.yaml", spec)
    run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run(
      ["spec.yaml", "--out", run, "-q"] + more, directory: folder.url, environment: environment)
    try #require(outcome.status == 0, "\(outcome.error)")
  }

  func command(_ arguments: [String], environment: [String: String] = [:]) throws -> Command.Outcome {
    try Command.run(arguments, directory: folder.url, environment: environment)
  }

  /// The numbers of an epoch, from 1, as the history has them.
  func history(_ epoch: Int) throws -> [String: Double] {
    let lines = try String(contentsOfFile: "\(run)/history.jsonl", encoding: .utf8).split(separator: "\n")
    return try DataTests.object(String(lines[epoch - 1])).compactMapValues { ($0 as? NSNumber)?.doubleValue }
  }

  /// Two epochs of one bounded output that squares bring near ten labels: a value, for `evaluate` as for the report.
  /// Adding a constant to all logits of a sample, or a softmax behind them, keeps their order: equal hits.
  @Test("logits of a model that nobody named are measured by the classes of the samples") func logits() throws {
    let folder = try TemporaryFolder()
    let model = "model: {input: [8, 8, 1], layers: [flatten, {dense: {units: 10, name: head}}"
    _ = try folder.file(
      "own.yaml",
      """
      \(model), softmax]}
      data: {source: digits, rescale: 1/16}
      training: {optimizer: adam, loss: sparse_categorical_crossentropy, epochs: 2, seed: 1}

      """)
    // Neither the file nor this spec names classes.
    _ = try folder.file(
      "logits.yaml", model.replacingOccurrences(of: "[flatten", with: "[{rescaling: {scale: 0.0625}}, flatten") + "]}\n"
    )
    for arguments in [
      ["own.yaml", "--out", "own", "-q", "--no-report"],
      ["export", "own", "--weights", "last", "--to", "keras_weights", "-q"],
      ["import", "own/export/model.weights.h5", "--spec", "logits.yaml", "--out", "logits.safetensors", "-q"],
    ] {
      let outcome = try Command.run(arguments, directory: folder.url)
      #expect(outcome.status == 0, "\(outcome.error)")
    }
    var accuracies: [String?] = []
    for weights in ["own/weights/last.safetensors", "logits.safetensors"] {
      let outcome = try Command.run(
        ["evaluate", weights, "--data", "digits", "--json", "--fail-under", "accuracy=0.3"], directory: folder.url)
      #expect(outcome.status == 0, "\(outcome)")
      accuracies.append(outcome.output.firstMatch(of: /"accuracy":([0-9.]+),"calibration_error"/).map { String($0.1) })
    }
    #expect(accuracies[0] != nil && accuracies[0] == accuracies[1], "\(accuracies)")
  }

  @Test("an output of values is no class, whatever its activation") func boundedValue() throws {
    let folder = try TemporaryFolder()
    _ = try folder.file(
      "one.yaml",
      """
      data: {source: digits, split: {validation: 0.2}, rescale: 1/16}
      model:
        input: [8, 8, 1]
        layers:
          - flatten
          - dense: {units: 1, activation: sigmoid}
      training: {optimizer: adam, loss: mean_squared_error, epochs: 2}
      """)
    let run = try Command.run(["one.yaml", "--out", "run", "-q"], directory: folder.url)
    #expect(run.status == 0, "\(run.error)")
    let outcome = try Command.run(["evaluate", "run", "--json"], directory: folder.url)
    #expect(outcome.status == 0, "\(outcome.error)")
    let object = try DataTests.object(outcome.output)
    let metrics = try #require(object["metrics"] as? [String: Double])
    let absolute = try #require(metrics["mean_absolute_error"])
    // Labels are 0 to 9 and outputs lie between 0 and 1.
    #expect(absolute > 2 && absolute < 9)
    #expect(metrics["macro_f1"] == nil && object["confusion"] == nil)
  }
}

extension [String: Any] {
  var metrics: [String: Double] {
    (self["metrics"] as? [String: NSNumber] ?? [:]).mapValues(\.doubleValue)
  }
}

@Suite("evaluate") struct EvaluateTests {
  @Test("other samples need not have the splits and classes that training went by") func untrained() throws {
    let small = try SmallRun(
      SmallRun.spec.replacingOccurrences(
        of: "  seed: 1\n",
        with: """
            seed: 1
            class_weight: {2: 1.5}
            callbacks: [early_stopping: {patience: 2}, model_checkpoint: "{val_loss:.2f}"]
          expect: {val_accuracy: ">= 0", val_loss: "< 100"}

          """))
    let outcome = try small.command(["evaluate", "run", "--data", "idx: {images: images, labels: labels}", "--json"])
    #expect(outcome.status == 0, "\(outcome.error)")
    let report = try DataTests.object(outcome.output)
    #expect(report["samples"] as? Int == 200)
    // The loss of a measurement knows no weights of classes: three quarters and a quarter of it are those of the splits.
    func loss(_ split: String) throws -> Double {
      let part = try DataTests.object(try small.command(["evaluate", "run", "--split", split, "--json"]).output)
      return try #require((part["metrics"] as? [String: Double])?["loss"])
    }
    let whole = try #require((report["metrics"] as? [String: Double])?["loss"])
    #expect(abs(whole - (0.75 * (try loss("train")) + 0.25 * (try loss("validation")))) < 1e-6 * whole)
  }

  @Test("a run's own samples that have changed are told, and others that are meant are not") func changedData() throws {
    let small = try SmallRun()
    func changes(_ more: String...) throws -> (isChanged: Any?, isTold: Bool) {
      let outcome = try small.command(["evaluate", "run", "--json"] + more)
      #expect(outcome.status == 0, "\(outcome.error)")
      let report = try DataTests.object(outcome.output)
      return (report["data_changed"], outcome.error.contains("samples are not those that the run had"))
    }
    let before = try changes()
    #expect(before.isChanged as? Bool == false && !before.isTold)
    // The last sample is one of the validation; the first one is not.
    let images = small.folder.url.appendingPathComponent("images")
    var bytes = try Data(contentsOf: images)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: images)
    let after = try changes()
    #expect(after.isChanged as? Bool == true && after.isTold)
    let training = try changes("--split", "train")
    #expect(training.isChanged as? Bool == false && !training.isTold)
    for meant in [["--data", "idx: {images: images, labels: labels}"], ["--set", "data.rescale=1"]] {
      let outcome = try small.command(["evaluate", "run", "--json"] + meant)
      let report = try DataTests.object(outcome.output)
      #expect(outcome.status == 0 && report["data_changed"] is NSNull, "\(outcome.error)")
      #expect(!outcome.error.contains("that the run had"), "\(outcome.error)")
    }
  }

  @Test("a run on its own validation split has that epoch's figures to the last bit, however samples are kept")
  func sameBits() throws {
    let small = try SmallRun()
    let history = try small.history(4)
    // 200 samples of 30 bytes are streamed beyond 1 kB.
    for environment in [[:], ["CNNRUN_DATA_MEMORY": "4kB"]] {
      for threads in ["1", "3"] {
        let outcome = try small.command(
          ["evaluate", "run", "--weights", "last", "--threads", threads, "--json"], environment: environment)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
        let object = try DataTests.object(outcome.output)
        for name in ["loss", "accuracy", "f1"] { #expect(object.metrics[name] == history["val/\(name)"], "\(name)") }
        #expect(object["split"] as? String == "validation")
        #expect(object["samples"] as? Int == 50)
      }
    }
  }

  /// numpy: the network's own arithmetic, and the definitions of scikit-learn's `classification_report`.
  private static let peer = """
    import json, sys, numpy as np
    weights, images, labels = sys.argv[1:4]
    raw = open(weights, "rb").read()
    length = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + length])
    def tensor(name):
        entry = header[name]
        start, end = entry["data_offsets"]
        return np.frombuffer(raw[8 + length:][start:end], "<f4").reshape(entry["shape"]).astype("f8")
    x = np.frombuffer(open(images, "rb").read(), "u1", offset=16).reshape(-1, 6, 5, 1)[150:] / 255
    y = np.frombuffer(open(labels, "rb").read(), "u1", offset=8)[150:]
    k, b = tensor("conv2d/kernel"), tensor("conv2d/bias")
    h = np.zeros((len(x), 4, 3, 4)) + b
    for i in range(3):
        for j in range(3):
            h += x[:, i:i + 4, j:j + 3] @ k[i, j]
    z = np.maximum(h, 0).reshape(len(x), -1) @ tensor("dense/kernel") + tensor("dense/bias")
    p = np.exp(z - z.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    guess = p.argmax(1)
    matrix = np.zeros((3, 3), int)
    np.add.at(matrix, (y, guess), 1)
    def ratio(a, b): return [float(u / v) if v else 0.0 for u, v in zip(a, b)]
    hits = np.diag(matrix)
    conf, right = p.max(1), guess == y
    edges = np.linspace(0, 1, 16)
    ece = sum(abs(right[m].mean() - conf[m].mean()) * m.mean()
              for lo, hi in zip(edges, edges[1:]) for m in [(conf > lo) & (conf <= hi)] if m.any())
    print(json.dumps({
        "confusion": matrix.tolist(), "precision": ratio(hits, matrix.sum(0)), "recall": ratio(hits, matrix.sum(1)),
        "f1": ratio(2 * hits, matrix.sum(0) + matrix.sum(1)), "probabilities": p.tolist(), "ece": float(ece),
        "loss": float(-np.log(p[np.arange(len(y)), y]).mean()), "accuracy": float(right.mean())}))
    """

  @Test("loss, confusion and each class's figures are those of numpy's arithmetic")
  func againstNumpy() throws {
    let small = try SmallRun()
    let folder = small.folder.url.path
    guard
      let text = try PeerPython.run(
        Self.peer,
        arguments: ["\(small.run)/weights/last.safetensors", "\(folder)/images", "\(folder)/labels"])
    else { return }
    let expected = try DataTests.object(text)
    let outcome = try small.command(["evaluate", "run", "--weights", "last", "--json"])
    let found = try DataTests.object(outcome.output)
    #expect(found["confusion"] as? [[Int]] == expected["confusion"] as? [[Int]])
    let classes = try #require(found["classes"] as? [[String: Any]])
    for name in ["precision", "recall", "f1"] {
      let values = try #require(expected[name] as? [Double])
      for (entry, value) in zip(classes, values) {
        #expect(abs(try #require(entry[name] as? Double) - value) < 1e-12, "\(name)")
      }
    }
    // float32 against float64 over sums of some dozens of terms.
    #expect(abs(found.metrics["loss"]! - (expected["loss"] as? Double ?? .nan)) < 1e-5)
    #expect(abs(found.metrics["calibration_error"]! - (expected["ece"] as? Double ?? .nan)) < 1e-5)
    #expect(found.metrics["accuracy"] == expected["accuracy"] as? Double)

    let prediction = try small.command(["predict", "run/weights/last.safetensors", "images", "--top", "3", "--json"])
    let rows = try #require(try DataTests.object(prediction.output)["predictions"] as? [[String: Any]])
    let probabilities = try #require(expected["probabilities"] as? [[Double]])
    #expect(rows.count == 200)
    for (row, values) in zip(rows[150...], probabilities) {
      for entry in try #require(row["top"] as? [[String: Any]]) {
        let index = try #require(entry["class"] as? Int)
        #expect(abs(try #require(entry["confidence"] as? Double) - values[index]) < 1e-5)
      }
    }
  }

  @Test("a file of weights is enough, from wherever, and inside of a run it knows where the data is")
  func weightsAlone() throws {
    let small = try SmallRun()
    let elsewhere = try TemporaryFolder()
    let inside = try Command.run(
      ["evaluate", "\(small.run)/weights/last.safetensors", "--json"], directory: elsewhere.url)
    #expect(inside.status == 0, "\(inside.error)")
    try FileManager.default.copyItem(
      atPath: "\(small.run)/weights/last.safetensors", toPath: "\(small.folder.url.path)/alone.safetensors")
    let alone = try small.command(["evaluate", "alone.safetensors", "--json"])
    #expect(alone.status == 0, "\(alone.error)")
    let (one, other) = (try DataTests.object(inside.output), try DataTests.object(alone.output))
    #expect(one.metrics == other.metrics)
    #expect(other["run"] is NSNull)
  }

  @Test("contracts on the split that is measured are held to, and those of the command line")
  func contracts() throws {
    let small = try SmallRun(
      SmallRun.spec + "expect: {val_accuracy: \">= 0\"}\n")
    #expect(try small.command(["evaluate", "run"]).status == 0)
    let broken = try small.command(["evaluate", "run", "--set", "expect.val_accuracy=\">= 0.999\"", "--json"])
    #expect(broken.status == 4)
    #expect(broken.error.contains("`val_accuracy` is 0."), "\(broken.error)")
    let object = try DataTests.object(broken.output)
    #expect(object["exit_status"] as? Int == 4)
    #expect((object["failures"] as? [String])?.count == 1)
    // Of other samples the spec says nothing.
    let other = try small.command(
      ["evaluate", "run", "--set", "expect.val_accuracy=\">= 0.999\"", "--split", "train"])
    #expect(other.status == 0, "\(other.error)")

    func bound(_ text: String) throws -> Int32 {
      try small.command(["evaluate", "run", "--fail-under", "accuracy=0", "--fail-under", text]).status
    }
    #expect(try bound("accuracy=0.999") == 4)
    #expect(try bound("loss=100") == 0)
    #expect(try bound("loss=0.0001") == 4)
    #expect(try bound("calibration_error=1") == 0)
    #expect(try bound("macro_f1=1.1") == 4)
    let unknown = try small.command(["evaluate", "run", "--fail-under", "acuracy=1"])
    #expect(unknown.status == 2)
    #expect(unknown.error.contains("measured are loss, accuracy, f1, macro_precision"), "\(unknown.error)")
  }

  @Test("other samples: a set by name, a file, YAML; the slice is said")
  func otherData() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    _ = try Command.run([
      "Specs/digits.yaml", "--set", "training.epochs=1", "--set", "expect={layers: 7}", "--out", run, "-q",
    ])
    func metrics(_ data: String) throws -> [String: Any] {
      let outcome = try Command.run(["evaluate", run, "--data", data, "--json"])
      #expect(outcome.status == 0, "\(data): \(outcome.error)")
      return try DataTests.object(outcome.output)
    }
    let all = try metrics("digits")
    #expect(all["samples"] as? Int == 1797)
    let part = try metrics("digits:train[:100]")
    #expect(part["samples"] as? Int == 100)
    #expect(part["split"] as? String == "train[:100]")
  }

  @Test("a folder of images is measured by the names of its classes, of which some may be missing")
  func folderOfSome() throws {
    let folder = try DataTests.folder([
      "set/a/1.png": "gray-8.png", "set/a/2.png": "rgb-8.png", "set/b/1.png": "gray-8.png",
      "set/b/2.png": "rgb-8.png", "some/b/1.png": "rgb-8.png", "strange/c/1.png": "rgb-8.png",
    ])
    _ = try folder.file("spec.yaml", DataTests.spec("source: {image_folder: set}\n  image_size: 16"))
    let run = folder.url.appendingPathComponent("run").path
    let trained = try Command.run(["spec.yaml", "--out", run, "-q"], directory: folder.url)
    try #require(trained.status == 0, "\(trained.error)")
    let elsewhere = try TemporaryFolder()
    let some = try Command.run(
      ["evaluate", run, "--data", "\(folder.url.path)/some", "--json"], directory: elsewhere.url)
    #expect(some.status == 0, "\(some.error)")
    let rows = try #require(try DataTests.object(some.output)["confusion"] as? [[Int]])
    #expect(rows[0] == [0, 0] && rows[1].reduce(0, +) == 1)
    let strange = try Command.run(["evaluate", run, "--data", "\(folder.url.path)/strange"], directory: elsewhere.url)
    #expect(strange.status == 2)
    #expect(strange.error.contains("has the class `c`, which the model does not know"), "\(strange.error)")
    // The run's own data is found from anywhere.
    #expect(try Command.run(["evaluate", run], directory: elsewhere.url).status == 0)
  }

  @Test("the average of the weights is what training ends with, and its figures are told") func average() throws {
    let tiny = try TinySpec(epochs: 4)
    let outcome = try tiny.run("tiny.yaml", "--out", "run", "--set", "training.optimizer={adam: {use_ema: true}}")
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.contains("; the best weights are those of epoch "), "\(outcome.error)")
    let evaluated = try tiny.run("evaluate", "run", "--weights", "last", "--split", "validation", "--json")
    let figures = try #require(try DataTests.object(evaluated.output)["metrics"] as? [String: Double])
    let told = try #require(
      outcome.error.split(separator: "\n").first { $0.hasPrefix("note: training ends with the average") })
    for name in ["loss", "accuracy"] {
      let start = try #require(told.firstRange(of: "val_\(name) ")).upperBound
      let value = try #require(Double(told[start...].prefix { !",)".contains($0) }))
      let figure = try #require(figures[name])
      #expect(abs(value - figure) < 1e-4, "\(told)")
    }
    // A callback's best epoch takes the average's place, as at the end of Keras's `fit`.
    let restored = try tiny.run(
      "tiny.yaml", "--out", "restored", "--set", "training.optimizer={adam: {use_ema: true}}", "--set",
      "training.callbacks=[{early_stopping: {patience: 9, restore_best_weights: true}}]")
    #expect(restored.status == 0 && !restored.error.contains("average"), "\(restored.error)")
  }

  @Test(
    "what is wrong is told, with what to do",
    arguments: [
      (["evaluate", "nothing"], 2, "there is no run and no file 'nothing'"),
      (["evaluate", "spec.yaml"], 2, "is a spec, and weights are wanted"),
      (["evaluate", "images"], 3, "safetensors"),
      (["evaluate", "run", "--data", "mnsit"], 2, "did you mean `mnist`?"),
      (["evaluate", "run", "--data", "digits[:100]"], 2, "write `--data 'digits:train[:100]'`"),
      (["evaluate", "run", "--data", "mnsit:test[:5]"], 2, "did you mean `mnist:test[:5]`?"),
      (["evaluate", "run", "--data", "foo[:5]"], 2, "no data set of that name"),
      (["evaluate", "run", "--data", "images"], 2, "where its labels are is not known"),
      (["evaluate", "run", "--data", "fashion_mnist"], 2, "is [28, 28, 1], and the model takes [6, 5, 1]"),
      (["evaluate", "run", "--data", "npy: {images: a}"], 2, "`npy` has no `labels`"),
      (["evaluate", "run", "--data", "idx: {images: images, labels: gone}"], 3, "cannot open 'gone'"),
      (["evaluate", "run", "--split", "test"], 2, "the spec has no split `test`"),
      (["evaluate", "run", "--data", "mnist", "--split", "train"], 2, "--split is of the spec's own data"),
      (["evaluate", "run", "--fail-under", "loss"], 2, "'loss' is invalid"),
      (["evaluate", "run", "--set", "model.layers.dense.units=4"], 3, "dense"),
      (["evaluate", "run/weights/last.safetensors", "--weights", "best"], 2, "chooses among those of a run"),
      (["evaluate", "run", "--batch-size", "0"], 2, "--batch-size takes 1 to"),
    ] as [([String], Int, String)])
  func faults(_ arguments: [String], _ status: Int, _ text: String) throws {
    let small = try SmallRun()
    let outcome = try small.command(arguments)
    #expect(outcome.status == Int32(status), "\(outcome.status) \(outcome.error)")
    #expect(outcome.error.contains(text), "\(outcome.error)")
  }

}
