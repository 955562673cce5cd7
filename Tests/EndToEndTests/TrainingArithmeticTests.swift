import Foundation
import Testing

/// What a spec says of optimizer, loss and metrics, as a run carries it out.
@Suite("training arithmetic") struct TrainingArithmeticTests {
  private func rows(_ run: String) throws -> [[String]] {
    try String(contentsOfFile: "\(run)/history.csv", encoding: .utf8).split(separator: "\n").map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
  }

  @Test("metrics reach history, metrics.json and contracts; the rate follows its schedule") func everything() throws {
    let folder = try TemporaryFolder()
    let run = folder.url.appendingPathComponent("run").path
    let outcome = try Command.run([
      "Specs/fashion-mnist.yaml", "--set", "training.epochs=2", "--set",
      "training.optimizer={rmsprop: {learning_rate: {exponential_decay: {initial_learning_rate: 0.002, decay_steps: 16, decay_rate: 0.5}}}}",
      "--set", "training.metrics=[accuracy, f1, {auc: {name: area}}, {recall: {class_id: 6, name: shirts}}]", "--set",
      "training.class_weight=balanced", "--set", "training.loss.label_smoothing=0.1", "--set",
      "expect={val_area: \">= 0\", val_shirts: \"<= 1\", val_f1: \">= 2\"}", "--out", run,
    ])
    #expect(outcome.status == 4, "\(outcome.error)")
    #expect(outcome.error.contains("`val_f1` is 0."), "\(outcome.error)")
    #expect(!outcome.error.contains("`val_area` is") && !outcome.error.contains("`val_shirts` is"))
    let rows = try rows(run)
    let names = ["loss", "accuracy", "f1", "area", "shirts"]
    #expect(rows[0] == ["epoch", "seconds", "lr"] + names.map { "train/\($0)" } + names.map { "val/\($0)" })
    #expect(rows.count == 3 && rows.allSatisfy { $0.count == 13 })
    // Behind 16 and 32 steps of 1,000 images in batches of 64: 0.002 * 0.5^(16/16), * 0.5^(32/16), as Keras's
    // `optimizer.learning_rate` is at the end of an epoch: the schedule at `iterations`.
    for (row, exponent) in zip(rows.dropFirst(), [16.0, 32.0]) {
      let rate = try #require(Double(row[2]))
      #expect(abs(rate - 0.002 * pow(0.5, exponent / 16)) < 1e-9)
      #expect(row.dropFirst(3).allSatisfy { Double($0).map { $0 >= 0 } ?? false })
    }
    let text = try String(contentsOfFile: "\(run)/metrics.json", encoding: .utf8)
    for name in names { #expect(text.contains("\"val_\(name)\"") && text.contains("\"\(name)\""), "\(name)") }
    #expect(outcome.error.contains("val_area: ") && outcome.error.contains(" - f1: "))
  }

  @Test("weights of classes by name, and names that are none") func classNames() throws {
    let folder = try TemporaryFolder()
    func run(_ weights: String) throws -> Command.Outcome {
      try Command.run([
        "Specs/fashion-mnist.yaml", "--set", "training.epochs=1", "--set", "training.class_weight=\(weights)", "--set",
        "expect={layers: 9}", "--out", folder.url.appendingPathComponent("\(weights.count)").path,
      ])
    }
    let wrong = try run("{Ankle boots: 2}")
    #expect(wrong.status == 1)
    #expect(
      wrong.error.contains("there is no class `Ankle boots`") && wrong.error.contains("did you mean `Ankle boot`?"),
      "\(wrong.error)")
    #expect(try run("{Ankle boot: 2, 0: 0.5}").status == 0)
  }

  @Test("a loss far from chance is said before training") func chance() throws {
    let folder = try TemporaryFolder()
    for (name, rescale) in [("raw", "1"), ("scaled", "1/255")] {
      let outcome = try Command.run([
        "Specs/fashion-mnist.yaml", "--set", "training.epochs=1", "--set", "expect={layers: 3}", "--set",
        "model.layers=[flatten, {dense: {units: 10, kernel_initializer: {random_normal: {stddev: 0.5}}}}, softmax]",
        "--set", "data.rescale=\(rescale)", "--out", folder.url.appendingPathComponent(name).path,
      ])
      #expect(outcome.status == 0, "\(outcome.error)")
      #expect(outcome.error.contains("note: before training the loss is") == (name == "raw"), "\(outcome.error)")
      #expect(outcome.error.contains("guessing gives 2.303 (ln 10); the inputs go up to 255") == (name == "raw"))
    }
  }

  @Test("a step that is not taken names epoch, batch, layer and samples") func divergence() throws {
    let folder = try TemporaryFolder()
    let outcome = try Command.run([
      "Specs/residual.yaml", "--set", "training.epochs=2", "--set",
      "training.optimizer={sgd: {learning_rate: 1e30}}", "--out", folder.url.appendingPathComponent("run").path,
    ])
    #expect(outcome.status == 3)
    let pattern =
      #/epoch 1, batch [0-9]+ is not.*; the first layer with such an output is `[a-z0-9_]+` \(samples? [0-9]+/#
    #expect(outcome.error.contains(pattern), "\(outcome.error)")
  }
}
